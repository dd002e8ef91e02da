"""The manifest of a run's folder: written when it begins and when it ends, whole or not at all, so that a killed run is told as one."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evplan.errors import EvplanError, InputError, StoppedError
from evplan.paths import replacing, write_json
from evplan.report.sealed import clean, sealed
from evplan.store.work import Work, digest

NAME = "manifest.json"
MADE_WITH = ("evplan", "highspy", "pyomo", "numpy", "scipy", "pandas")
RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"


@dataclass(frozen=True)
class Manifest:
    """What a run's folder is. state : running, done, stopped (by its user) or failed; a running one whose process is gone was killed.

    work : hash of what was asked.  inputs : SHA-256 by file.  began, ended : UTC.  process : its number, and host.
    files : SHA-256 of those that stood in its folder when it had ended.
    said, exit_code : what its command printed and returned at the end.
    """

    kind: str
    work: str
    state: str
    file: str
    inputs: dict[str, str]
    options: dict[str, Any]
    versions: dict[str, str]
    began: str
    ended: str = ""
    message: str = ""
    process: int = 0
    host: str = ""
    files: dict[str, str] = field(default_factory=dict)
    said: str = ""
    exit_code: int | None = None

    @property
    def fate(self) -> str:
        """Return the state, or `killed` for a run under way whose process is gone from this machine."""
        if self.state == RUNNING and self.host == platform.node() and not _alive(self.process):
            return "killed"
        return self.state

    @property
    def seconds(self) -> float | None:
        """Return how long it took, None where it has not ended."""
        if not self.ended:
            return None
        return (
            datetime.datetime.fromisoformat(self.ended) - datetime.datetime.fromisoformat(self.began)
        ).total_seconds()


@contextmanager
def recorded(folder: Path, work: Work, *, stopped: Any = None) -> Iterator[None]:
    """Keep a run's manifest while it is under way. stopped : called at its end, says whether its user stopped it.

    Of a run that is refused for its input, or finds nothing in a folder of its own, nothing stays.
    """
    own = Manifest(
        work.kind, work.hash, RUNNING, str(work.file), work.inputs, clean(dict(work.options)), {name: version(name) for name in MADE_WITH},
        _now(), process=os.getpid(), host=platform.node(),
    )  # fmt: skip
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    before = (folder / NAME).read_bytes() if (folder / NAME).is_file() else None
    _write(folder, own)
    try:
        yield
    except BaseException as error:  # whatever ends a run is told in its manifest, and goes on
        found_nothing = isinstance(error, (EvplanError, KeyboardInterrupt)) and set(os.listdir(folder)) <= {NAME}
        if isinstance(error, InputError) or (new and found_nothing):
            _take_back(folder, before, new)
        else:
            said = str(error) if isinstance(error, EvplanError) else type(error).__name__
            state = STOPPED if isinstance(error, (StoppedError, KeyboardInterrupt)) else FAILED
            _write(folder, replace(own, state=state, ended=_now(), message=said))
        raise
    state = STOPPED if stopped is not None and stopped() else DONE
    files = {path.name: digest(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != NAME}
    _write(folder, replace(own, state=state, ended=_now(), files=files))


def _take_back(folder: Path, before: bytes | None, new: list[Path]) -> None:
    """Leave a folder's manifest as it was, and no folder that was new and is empty."""
    if before is not None:
        with replacing(folder / NAME) as path:
            path.write_bytes(before)
        return
    (folder / NAME).unlink(missing_ok=True)
    with suppress(OSError):  # it holds something by now
        for path in new:
            path.rmdir()


def remember(folder: Path, said: str, exit_code: int) -> None:
    """Add to a run's manifest what its command printed at the end, and returned."""
    own = read_manifest(folder)
    if own is not None:
        _write(folder, replace(own, said=said, exit_code=exit_code))


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder, None where it has none. Raises: InputError for one that cannot be read."""
    try:
        return _sound(Manifest(**json.loads((folder / NAME).read_text(encoding="utf-8"))))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{folder / NAME}: cannot be read ({error})") from None


def _sound(own: Manifest) -> Manifest:
    """Return a manifest whose fields are what they should be. Raises: ValueError otherwise."""
    texts = (own.kind, own.work, own.state, own.file, own.began, own.ended, own.message, own.host, own.said)
    tables, codes = (own.inputs, own.options, own.versions, own.files), (own.process, own.exit_code or 0)
    if not (all(isinstance(one, str) for one in texts) and all(isinstance(one, dict) for one in tables)):
        raise ValueError("a field is of another type")
    if not all(isinstance(one, int) and 0 <= one < 2**31 for one in codes):
        raise ValueError("a number is none that can be")
    moments = [datetime.datetime.fromisoformat(one) for one in (own.began, own.ended) if one]
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError("a time says no offset")
    return own


def known(folder: Path, work: Work) -> dict[str, Any] | None:
    """Return the summary of a folder that holds this work, done, its files as they were written and all there; None otherwise."""
    try:
        own = read_manifest(folder)
        if own is None or own.state != DONE or own.work != work.hash:
            return None
        return sealed(folder) if not changed(folder, own) else None
    except InputError:
        return None


def changed(folder: Path, own: Manifest) -> list[str]:
    """Return the files of a run that are not as they were when it had ended."""
    return [name for name, was in own.files.items() if digest(folder / name) != was]


def _write(folder: Path, own: Manifest) -> None:
    write_json(folder / NAME, asdict(own))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

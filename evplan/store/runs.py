"""All runs below a folder, and two of them side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evplan.errors import InputError
from evplan.report.sealed import sealed
from evplan.store.manifest import DONE, Manifest, changed, known, read_manifest
from evplan.store.work import Work

TOLD_ELSEWHERE = "summary.files", "seconds", "sha256"  # digests and times differ where nothing else does
DEPTH = 3  # folders below the root in which runs are looked for


@dataclass(frozen=True)
class Stored:
    """A run's folder. manifest : None where it cannot be read, and `fault` says why.  whole : whether its files are as written."""

    folder: Path
    manifest: Manifest | None
    whole: bool
    fault: str = ""


def runs(root: Path, kind: str | None = None, state: str | None = None, file: str | None = None) -> list[Stored]:
    """Return the runs below a folder, oldest first. kind, state : of them.  file : a part of the name of what they were made from."""
    found = [one for folder in _folders(root, DEPTH) if (one := _stored(folder)) is not None]
    kept = [
        one for one in found
        if one.manifest is None or ((kind is None or one.manifest.kind == kind) and (state is None or one.manifest.fate == state)
                                    and (file is None or file in one.manifest.file))
    ]  # fmt: skip
    return sorted(kept, key=lambda one: (one.manifest.began if one.manifest else "", str(one.folder)))


def same(root: Path, work: Work) -> Path | None:
    """Return a folder below a root that holds this work, done and whole; None where there is none."""
    return next((folder for folder in _folders(root, DEPTH) if known(folder, work) is not None), None)


def differences(one: Path, other: Path) -> list[tuple[str, Any, Any]]:
    """Return what two runs differ in: inputs, options, versions, and every figure of their summaries, by dotted path.

    Raises: InputError for a folder that holds no whole run.
    """
    pair = [_said(folder) for folder in (one, other)]
    names = sorted(set(pair[0]) | set(pair[1]))
    return [(name, pair[0].get(name), pair[1].get(name)) for name in names if pair[0].get(name) != pair[1].get(name)]


def _said(folder: Path) -> dict[str, Any]:
    own = read_manifest(folder)
    if own is None:
        raise InputError(f"{folder}: holds no manifest.json; name the folder of a run")
    parts = {"inputs": own.inputs, "options": own.options, "versions": own.versions, "summary": sealed(folder)}
    return {name: value for name, value in _flat(parts, "") if not any(part in name for part in TOLD_ELSEWHERE)}


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            named = len(value) > 1 and isinstance(item, dict) and isinstance(item.get("name"), str)
            name = item["name"] if named else str(i)  # one alone is the other's one, whatever it is called
            yield from _flat(item, f"{path}[{name}]")
    else:
        yield path, value


def _folders(root: Path, depth: int) -> Iterator[Path]:
    """Yield the folders below a root that may be runs; those that cannot be looked into are passed by."""
    if not root.is_dir():
        return
    yield root
    if depth:
        try:
            below = sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
        except OSError:
            return
        for path in below:
            yield from _folders(path, depth - 1)


def _stored(folder: Path) -> Stored | None:
    try:
        own = read_manifest(folder)
    except InputError as error:
        return Stored(folder, None, False, str(error))
    if own is None:
        return None
    try:
        if own.fate == DONE:
            sealed(folder)
    except InputError as error:
        return Stored(folder, own, False, str(error))
    bad = changed(folder, own) if own.fate == DONE else []
    return Stored(folder, own, own.fate == DONE and not bad, f"changed since: {', '.join(bad)}" if bad else own.message)

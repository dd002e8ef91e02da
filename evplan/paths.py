"""Where the shipped folders are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from evplan.errors import InputError

PACKAGE = Path(__file__).resolve().parent
FLAG = "--allow-outside"
ALLOWED = "EVPLAN_ALLOW_OUTSIDE"  # what the flag sets in the environment: processes that are begun have it, too
MOST_BYTES = 250_000_000  # a year of minutes in twenty columns has a quarter of it
_anywhere: ContextVar[bool] = ContextVar("anywhere", default=False)


def shipped(name: str) -> Path:
    """Return the path of a shipped top-level folder (`data`, `models`)."""
    inside = PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def data_dir() -> Path:
    """Return the folder of tariffs, costs, profiles and lookup tables."""
    return shipped("data")


def models_dir() -> Path:
    """Return the folder of trained models and their cards."""
    return shipped("models")


@contextmanager
def anywhere() -> Iterator[None]:
    """Let files name any other: for who calls from Python, and for what was allowed where it was sent from."""
    before = _anywhere.set(True)
    try:
        yield
    finally:
        _anywhere.reset(before)


def within_reach(path: Path, folder: Path) -> bool:
    """Return whether a file in a folder may name a path: in that folder or below once links are followed, or evplan's own data.

    A stranger's file could else lead to whatever its reader may open. The user's flag allows all.
    """
    if _anywhere.get() or os.environ.get(ALLOWED):
        return True
    try:
        place = path.resolve()
    except (OSError, ValueError, RuntimeError):  # no name of a file at all, or links in a ring; who opens it says so
        return True
    return any(place.is_relative_to(root.resolve()) for root in (folder, data_dir(), models_dir()))


def sized(path: Path, most_bytes: int = MOST_BYTES) -> Path:
    """Return a path of data that may be read whole. Raises: ValueError for a file too large to be what is meant, OSError for none."""
    if path.exists() and not path.is_file():
        raise ValueError("is no plain file")
    if path.stat().st_size > most_bytes:
        raise ValueError(f"larger than {most_bytes // 10**6} MB; keep the rows and columns that are needed")
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` only when the block ends well.

    A killed process or a full disk leaves the old file as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def require_file(path: Path) -> None:
    """Raise `InputError` now if a file cannot be written later; nothing is created."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file with --output")
    require_writable(path.parent)


def require_writable(folder: Path, option: str = "--output") -> None:
    """Raise `InputError` now if nothing can be written into a folder later; nothing is created. option : that names the folder."""
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise InputError(f"{folder}: cannot be a folder, because {nearest} is a file; name another with {option}")
    if not os.access(nearest, os.W_OK | os.X_OK) or str(nearest.resolve()).startswith(("/proc", "/sys")):
        raise InputError(f"{folder}: nothing can be written there; name another folder with {option}")

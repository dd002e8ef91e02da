"""Loops that are compiled when they are first called, and kept on disk for the next program that calls them."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import event
from numba.core.caching import FunctionCache

# Sums may be taken in any order, and nothing is not a number: then loops work on several numbers at once.
FREE = {"reassoc", "contract", "nsz", "nnan"}

# What a full disk, and a file that is no whole pickle (its documentation names most of these) or no whole machine code, end in.
BROKEN = (
    OSError, pickle.PickleError, EOFError, AttributeError, ImportError, IndexError, KeyError, TypeError, ValueError, RuntimeError
)  # fmt: skip


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of arrays and numbers as machine code; it lets other threads work beside it."""
    # What is kept is known by the name: a loop holds the code of those that it calls, whose files numba does not watch.
    function.__qualname__ += f"-{_sources(_room(function))}"
    made: Any = numba.njit(nogil=True, fastmath=FREE, error_model="numpy")(function)
    try:
        made._cache = Kept(function)
    except RuntimeError:  # nowhere to keep it
        return made
    return made


class Kept(FunctionCache):
    """What is kept of a function on disk; what cannot be read there is taken away and compiled anew, and nobody is stopped by it."""

    def load_overload(self, *what: Any) -> Any:
        """Return what is kept, None where nothing sound is."""
        try:
            return super().load_overload(*what)
        except BROKEN:
            with suppress(OSError):
                Path(self._cache_file._index_path).unlink()
            return None

    def save_overload(self, *what: Any) -> None:
        """Keep what is compiled, if that can be."""
        try:
            super().save_overload(*what)
        except BROKEN:
            self.disable()


def _room(function: Callable[..., Any]) -> Path:
    """Return the room that a function stands in: the folder right below the package's, or its own where it is not ours."""
    ours, file = Path(__file__).parent, Path(function.__code__.co_filename)
    return ours / file.relative_to(ours).parts[0] if ours in file.parents else file.parent


@cache
def _sources(room: Path) -> str:
    """Return a digest of every file of a room: loops call only those of their own."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(room.rglob("*.py")))).hexdigest()[:12]


def telling(tell: Callable[[], None]) -> AbstractContextManager[Any]:
    """Return a context in which `tell` is called when something is first compiled: it takes some seconds."""
    return event.install_listener("numba:compile", _Once(tell))


class _Once(event.Listener):
    """Tells once that something is compiled."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell: Callable[[], None] | None = tell

    def on_start(self, event: event.Event) -> None:
        """Tell, the first time."""
        if self._tell is not None:
            self._tell()
            self._tell = None

    def on_end(self, event: event.Event) -> None:
        """Say nothing."""

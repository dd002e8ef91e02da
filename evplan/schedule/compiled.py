"""Loops that are compiled when they are first called, and kept on disk for the next program that calls them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numba
from numba.core import event

# Sums may be taken in any order, and nothing is not a number: then loops work on several numbers at once.
FREE = {"reassoc", "contract", "nsz", "nnan"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of arrays and numbers as machine code; it lets other threads work beside it."""
    asked: dict[str, Any] = {"nogil": True, "fastmath": FREE, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **asked)(function)
    except RuntimeError:  # nowhere to keep it
        return numba.njit(**asked)(function)


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

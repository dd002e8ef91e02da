"""Loops that are compiled when they are first called, and kept on disk for the next program that calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

# Sums may be taken in any order, and nothing is not a number: then loops work on several numbers at once.
FREE = {"reassoc", "contract", "nsz", "nnan"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of arrays and numbers as machine code; it lets other threads work beside it."""
    asked: dict[str, Any] = {"nogil": True, "fastmath": FREE, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **asked)(function)
    except RuntimeError:  # nowhere to keep it
        return numba.njit(**asked)(function)

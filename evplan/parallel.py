"""Run one function over many items, side by side, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(function: Callable[[Item], Result], items: Iterable[Item], jobs: int = -1) -> list[Result]:
    """Return `[function(item) for item in items]`, computed on `jobs` threads (-1: every core).

    Threads, because the long work (HiGHS) runs outside Python's lock and progress stays visible.
    """
    from joblib import Parallel, delayed

    return list(Parallel(n_jobs=jobs, prefer="threads")(delayed(function)(item) for item in items))

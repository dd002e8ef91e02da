"""Run one function over many items, side by side, in order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Return the processor cores that this process may use; the environment's EVPLAN_CORES gives it fewer than there are."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("EVPLAN_CORES", "")
    return min(there, max(1, int(asked))) if asked.isdecimal() else there


def run_all(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    stop: threading.Event | None = None,
    jobs: int | None = None,
) -> list[Result]:
    """Return `[function(item) for item in items]`, computed on `jobs` threads (left out: every core).

    Threads, because the long work (HiGHS) runs outside Python's lock and progress stays visible. At the
    first error, or an interruption, `stop` is set so that the others can end early, all are waited for
    (a process must not end while a solver runs), and the error is raised.
    """
    stop = stop or threading.Event()
    errors: list[BaseException] = []

    def guarded(item: Item) -> Result:
        try:
            return function(item)
        except BaseException as error:
            errors.append(error)
            stop.set()
            raise

    with ThreadPoolExecutor(jobs or cores()) as pool:
        futures = [pool.submit(guarded, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException as error:
            stop.set()
            for future in futures:
                future.cancel()
            wait(futures)
            raise (error if isinstance(error, KeyboardInterrupt) else (errors or [error])[0]) from None

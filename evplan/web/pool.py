"""Tasks of the server by name, done by processes of this machine or by a Dask cluster."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from evplan.crew import silent
from evplan.errors import LostError
from evplan.web.task import Result, do
from evplan.worker import Tell
from evplan.workers import Workers

TRIES = 3  # of a task that is asked for and waited for, where its process dies
LONGEST_S = 120.0  # of such a task


class Tasks:
    """Who does the server's tasks; `size` at a time, others wait."""

    def __init__(self, workers: Workers) -> None:
        self.size, self._workers = workers.size, workers

    def run(self, name: str, *arguments: Any, tell: Tell = silent, stop: threading.Event | None = None) -> Result:
        """Return what a task gives. Raises: LostError if who did it is gone, or was told to stop."""
        found: Result = self._workers.run(do, name, arguments, tell=tell, stop=stop or threading.Event())
        return found

    def warm(self) -> None:
        """Start every process, and let it import what schedules need."""
        with ThreadPoolExecutor(self.size) as threads:
            list(threads.map(lambda _: self.run("warm"), range(self.size)))

    def close(self) -> None:
        """Let them go."""
        self._workers.close()


def persistent(workers: Tasks, name: str, *arguments: Any) -> Result:
    """Return what a small task gives, asked again where its process dies. Raises: LostError where that does not help, or takes long."""
    for left in reversed(range(TRIES)):
        stop = threading.Event()
        timer = threading.Timer(LONGEST_S, stop.set)
        timer.start()
        try:
            return workers.run(name, *arguments, tell=silent, stop=stop)
        except LostError:
            if stop.is_set():
                raise LostError(f"this takes longer than the {LONGEST_S:g} s that it may; ask for less") from None
            if not left:
                raise
        finally:
            timer.cancel()
    raise AssertionError

"""Who does the work: processes of this machine, or a Dask cluster; one manner of asking both."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from evplan.crew import Crew, silent
from evplan.errors import LostError
from evplan.web.task import Result, do
from evplan.worker import Tell

TRIES = 3  # of a task that is asked for and waited for, where its process dies
LONGEST_S = 120.0  # of such a task


class Workers(Protocol):
    """Who does tasks; `size` at a time, others wait."""

    size: int

    def run(self, name: str, *arguments: Any, tell: Tell, stop: threading.Event) -> Result:
        """Return what a task gives. Raises: LostError if who did it is gone, or was told to stop."""

    def close(self) -> None:
        """Let them go."""


class Processes:
    """Processes of this machine, which wait for work."""

    def __init__(self, size: int) -> None:
        self.size, self._free = size, threading.BoundedSemaphore(size)
        self._crew = Crew(do, size=size)

    def run(self, name: str, *arguments: Any, tell: Tell = silent, stop: threading.Event | None = None) -> Result:
        """Return what a task gives. Raises: LostError if its process died, or was told to stop."""
        with self._free:
            return self._crew.run(name, arguments, tell=tell, stop=stop or threading.Event())

    def warm(self) -> None:
        """Start every process, and let it import what schedules need."""
        with ThreadPoolExecutor(self.size) as threads:
            list(threads.map(lambda _: self.run("warm"), range(self.size)))

    def close(self) -> None:
        """Let every process go."""
        self._crew.close()


def persistent(workers: Workers, name: str, *arguments: Any) -> Result:
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

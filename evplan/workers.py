"""Who does the work: processes of this machine, or the workers of a Dask cluster (cluster.py); one manner of asking both."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from evplan.crew import Crew, silent
from evplan.parallel import cores
from evplan.worker import Tell


class Workers(Protocol):
    """Who does tasks; `size` at a time, others wait."""

    size: int

    def run(self, function: Callable[..., Any], *arguments: Any, tell: Tell, stop: threading.Event) -> Any:
        """Return what `function(*arguments, tell)` gives. Raises: LostError if who did it is gone, or was told to stop."""

    def close(self) -> None:
        """Let them go."""


class Processes:
    """Processes of this machine, which wait for work."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or cores()
        self._free = threading.BoundedSemaphore(self.size)
        self._crew = Crew(called, size=self.size, cores_each=max(1, cores() // self.size))

    def run(
        self, function: Callable[..., Any], *arguments: Any, tell: Tell = silent, stop: threading.Event | None = None
    ) -> Any:  # fmt: skip
        """Return what `function(*arguments, tell)` gives. Raises: LostError if its process died, or was told to stop."""
        with self._free:
            return self._crew.run(function, arguments, tell=tell, stop=stop or threading.Event())

    def close(self) -> None:
        """Let every process go."""
        self._crew.close()


class Handing:
    """One function's tasks, done by workers in the manner of a crew. given : arguments that travel with each task."""

    def __init__(self, workers: Workers, function: Callable[..., Any], *given: Any) -> None:
        self.size, self._workers, self._function, self._given = workers.size, workers, function, given

    def run(self, *arguments: Any, tell: Tell, stop: threading.Event) -> Any:
        """Return what the function gives for these arguments."""
        return self._workers.run(self._function, *self._given, *arguments, tell=tell, stop=stop)


def called(function: Callable[..., Any], arguments: tuple[Any, ...], tell: Tell) -> Any:
    """Return what a function gives; it runs where the work is done."""
    return function(*arguments, tell)

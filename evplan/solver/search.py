"""The state of one search: best plan, bound, clock, and the order to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from evplan.solver.outcome import NOTHING, Options, Progress

Answer = TypeVar("Answer")


class Stopped(Exception):
    """The search was told to stop."""


def within(best: float, bound: float, gap: float) -> bool:
    """Return whether a plan is within a relative gap of its bound."""
    return bool(np.isfinite(best)) and best - bound <= gap * abs(best) + NOTHING


@dataclass
class Search:
    """The state of one run: best plan, bound, clock."""

    options: Options
    progress: Progress | None
    begun: float = field(default_factory=time.perf_counter)
    best: float = np.inf
    best_x: np.ndarray | None = None
    bound: float = -np.inf

    @property
    def left_s(self) -> float:
        """Return the seconds left; none once the search is told to stop."""
        if self.options.stop.is_set():
            return 0.0
        return self.options.time_limit_s - (time.perf_counter() - self.begun)

    def closed(self, gap: float) -> bool:
        """Return whether bound and best plan are within a relative gap."""
        return within(self.best, self.bound, gap)

    def unless_stopped(self, work: Callable[[], Answer]) -> Answer:
        """Return what the work on one block returns; raise `Stopped` instead once the search is told to stop."""
        if self.options.stop.is_set():
            raise Stopped
        return work()

    def tell(self) -> None:
        """Report progress."""
        if self.progress is not None:
            self.progress(self.best, self.bound)

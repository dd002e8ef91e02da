"""What a solver run says, whichever solver it was, and what it may be told while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.parameters.fleet import Together
from evplan.parameters.merge import Merging

if TYPE_CHECKING:
    from evplan.crew import Hands

NOTHING = 0.01  # money: a distance to the bound below one hundredth of the currency's unit is none
Progress = Callable[[float, float], None]  # (best objective so far, proved bound)


@dataclass(frozen=True)
class Options:
    """How to run. `gap` is relative to the objective; `time_limit_s` counts wall seconds; `stop` ends the search early.

    start : values of the linking columns to begin from, such as those of a plan at other prices; None: none are known.
    settings : options of the solver by its own names.
    cuts : what a looser program of the same blocks has taught (benders.py); they hold here too.
    merging : the merged steps to begin from (parameters/merge.py).
    crew : processes, here or elsewhere, that sites may be solved in; None: they are solved in this one. Neither it nor `stop` travels.
    together : rows of managed vehicles to begin from (solution/together.py).
    """

    gap: float
    time_limit_s: float
    threads: int = 1
    verbose: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    start: np.ndarray | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    cuts: tuple[Any, ...] = ()
    merging: Merging | None = None
    together: tuple[Together, ...] = ()
    crew: Hands | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("stop", "crew")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, stop=threading.Event(), crew=None)


def make_options(gap: float, time_limit_s: float, verbose: bool) -> Options:
    """Return the options of a search; raise `InputError` if they make no sense."""
    if not 0 <= gap < 1:
        raise InputError(f"--gap must be at least 0 and less than 1 (got {gap:g}); 0.001 is one part in a thousand")
    if not 0 < time_limit_s < float("inf"):
        raise InputError(f"--time-limit must be greater than 0 seconds (got {time_limit_s:g})")
    return Options(gap, time_limit_s, verbose=verbose)


@dataclass(frozen=True)
class Outcome:
    """What was found.

    status : 'optimal' (within the gap), 'time_limit', 'stalled' (the gap asked for is below the
        solver's accuracy), 'interrupted', 'infeasible' or 'unbounded'.

    cuts : what a tighter program of the same blocks may begin from.
    loading_s : of the seconds, those in which the program was handed to the solver; 0 where that is not told apart.

    x : array, shape (columns,), or None if no plan was found.  objective, bound : of the minimisation.
    """

    status: str
    x: np.ndarray | None
    objective: float
    bound: float
    seconds: float
    solver: str
    cuts: tuple[Any, ...] = ()
    loading_s: float = 0.0

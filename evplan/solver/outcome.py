"""What a solver run says, whichever solver it was, and what it may be told while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evplan.parameters.fleet import Together
from evplan.parameters.merge import Merging

NOTHING = 0.01  # money: a distance to the bound below one hundredth of the currency's unit is none
Progress = Callable[[float, float], None]  # (best objective so far, proved bound)


@dataclass(frozen=True)
class Options:
    """How to run. `gap` is relative to the objective; `time_limit_s` counts wall seconds; `stop` ends the search early.

    start : values of the linking columns to begin from, such as those of a plan at other prices; None: none are known.
    settings : options of the solver by its own names.
    cuts : what a looser program of the same blocks has taught (benders.py); they hold here too.
    merging : the merged steps to begin from (parameters/merge.py).
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

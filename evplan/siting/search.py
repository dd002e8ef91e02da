"""What is known while a siting program is solved: the best plan, a bound of all plans, and sets of stations that compete.

A plan is worth what `measure.py` counts, not what the solver says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evplan.siting.measure import Plan
from evplan.siting.model import model
from evplan.siting.problem import Problem
from evplan.siting.reach import Rivals
from evplan.siting.study import LESS
from evplan.solver.compile import Program, compile_model
from evplan.solver.outcome import Options

SLIGHT = 1e-6  # of what rules and goals that are held ask, by which a plan may be short
SCALE = 1e3  # of the goal in programs: solvers' tolerances are absolute, and shares of 1 are small
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """What was found. value, bound : of the goal, more is better.  gap : relative.  seconds : of all; building : of them, for building.

    status : 'optimal' within the gap that was asked, 'time_limit', 'interrupted', or 'stalled' where nothing further was found.
    """

    plan: Plan
    value: float
    bound: float
    seconds: float
    building: float
    status: str
    rivals: tuple[tuple[Rivals, ...], ...] = ()

    @property
    def gap(self) -> float:
        """Return how far the plan is from the bound, relative to the plan."""
        return max(0.0, self.bound - self.value) / max(abs(self.value), 1e-12)


@dataclass
class Search:
    """What is known while a program is solved.

    value : of the best plan.  bound : of all plans.  relaxed : what the last linear program came to, to which its reduced costs belong.
    """

    problem: Problem
    sought: Mapping[str, float]
    held: Mapping[str, float]
    options: Options
    tell: Tell
    rivals: list[list[Rivals]]
    seen: set[tuple[int, bytes]] = field(default_factory=set)
    best: Plan | None = None
    value: float = -np.inf
    bound: float = np.inf
    relaxed: float = np.inf
    impossible: bool = False
    building: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    begun: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.seen |= {(k, one.key) for k, own in enumerate(self.rivals) for one in own}

    @property
    def left_s(self) -> float:
        """Return the seconds that are left."""
        return self.options.time_limit_s - (time.perf_counter() - self.begun)

    @property
    def over(self) -> bool:
        """Return whether it is good enough, out of time, or stopped."""
        close = self.best is not None and self.bound - self.value <= self.options.gap * max(abs(self.value), 1e-12)
        return close or self.left_s <= 0 or self.options.stop.is_set()

    def build(self) -> tuple[Any, Program]:
        """Return the program with all rivals that are known, its goal times SCALE."""
        begun = time.perf_counter()
        sought = {goal: SCALE * weight for goal, weight in self.sought.items()}
        block = model(self.problem, sought, self.held, [list(one) for one in self.rivals])
        program = compile_model(block)
        self.building += time.perf_counter() - begun
        return block, program

    def worth(self, plan: Plan) -> float:
        """Return the goal of a plan."""
        return sum(weight * plan.goals[goal] for goal, weight in self.sought.items())

    def offer(self, plan: Plan) -> None:
        """Keep a plan if it is the best so far, can be paid, and keeps what is held."""
        value = self.worth(plan)
        with self.lock:
            if value > self.value and plan.affordable and self._holds(plan):
                self.best, self.value = plan, value
                self.tell(self.shown)

    def _holds(self, plan: Plan) -> bool:
        """Return whether a plan covers groups as the rules ask and comes to what is held."""
        least = plan.problem.study.rules.least_coverage
        covered = dict(zip(plan.problem.groups, plan.by_group[-1], strict=True))
        fair = all(covered.get(name, 1.0) >= share - SLIGHT for name, share in least.items())
        above = (
            (1 if goal not in LESS else -1) * (plan.goals[goal] - least) / max(abs(least), 1.0)
            for goal, least in self.held.items()
        )
        return fair and all(one >= -SLIGHT for one in above)

    def prove(self, bound: float) -> None:
        """Take over a bound of all plans: what is left of them is no better than it, or than the best that is known."""
        if np.isfinite(bound):
            self.bound = min(self.bound, max(bound, self.value))

    @property
    def shown(self) -> str:
        """Return in words how far it is."""
        best = "" if self.best is None else f"{self.value:.5g}"
        most = "" if np.isinf(self.bound) else f"at most {self.bound:.5g}"
        gap = f"gap {max(0.0, self.bound - self.value) / max(abs(self.value), 1e-12):.2%}" if best and most else ""
        return ", ".join(filter(None, [best, most, gap]))

    def passed(self, serves: np.ndarray, stands: np.ndarray) -> list[tuple[int, Rivals]]:
        """Return new sets of rivals that give too much, with their types. serves : (phases, types, sites); stands : by site, type."""
        new = []
        for k, reach in enumerate(self.problem.reach):
            for t, growth in enumerate(self.problem.growth):
                for one in reach.passed(serves[t, k], np.clip(stands[t, :, k], 0, 1), growth):
                    with self.lock:
                        if (k, one.key) not in self.seen:
                            self.seen.add((k, one.key))
                            self.rivals[k].append(one)
                            new.append((k, one))
        return new

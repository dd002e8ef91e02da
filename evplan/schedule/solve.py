"""Decide: by the arrow where it applies, by HiGHS on the whole program elsewhere; always with a bound."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evplan.errors import EvplanError, InputError
from evplan.schedule import fast
from evplan.schedule.flows import Cost, Decision, cost, only
from evplan.schedule.problem import Problem

Solver = Literal["auto", "arrow", "highs"]
ENOUGH = 1e-6  # relative gap: an arrow that ends with more hands over to HiGHS


@dataclass(frozen=True)
class Found:
    """A decision, what it costs, and a lower bound of what any decision costs. solver : who found it.

    slot_price : what a kWh more is worth in each step, where the arrow found it, shape (steps,).
    stands : steps that were over when it was planned anew.
    """

    decision: Decision
    cost: Cost
    bound: float
    solver: str
    seconds: float
    slot_price: np.ndarray | None = None
    stands: int = 0

    @property
    def gap(self) -> float:
        """Return by how much the decision may be dearer than the best, relative to its cost, or to one unit of money if that is more."""
        return max(0.0, self.cost.total - self.bound) / max(abs(self.cost.total), 1.0)


def solve(
    problem: Problem, solver: Solver = "auto", limit_s: float = 60.0, stop: threading.Event | None = None
) -> Found:
    """Return the cheapest decision.

    limit_s : of the search where vehicles are switched; the best so far is returned then, or when `stop` is set.
    """
    begun, stop = time.perf_counter(), stop or threading.Event()

    def told(decision: Decision, bound: float, by: str, slot_price: np.ndarray | None = None) -> Found:
        return Found(decision, cost(problem, decision), bound, by, time.perf_counter() - begun, slot_price)

    if not len(problem.columns) and problem.battery is None:
        nobody = only(problem, np.zeros(0))
        return told(nobody, cost(problem, nobody).total, "nobody is there")
    if (
        problem.goals == ("cost",)
        and problem.has_least
        and not (problem.points.switched or problem.points.chooses_phase)
    ):
        from evplan.schedule import minimum  # Pyomo takes a second to come: the arrow does not wait for it

        return told(*minimum.solve(problem, limit_s, stop), "highs, least power")
    found: Found | None = None
    if fast.applies(problem) and solver != "highs":
        solved = fast.solve(problem)
        found = told(solved.decision, solved.bound, "arrow", solved.slot_price)
        if found.gap <= ENOUGH or solver == "arrow":
            return found
    if solver == "arrow":
        raise InputError(
            "the arrow is for vehicles that only draw, one goal, charge points without rules of their own, and up to 600 rows: steps, "
            "and steps of each demand charge; use --solver auto"
        )
    from evplan.schedule import levels

    try:
        return told(*levels.solve(problem, limit_s, stop), "highs")
    except EvplanError:
        if found is None:
            raise
        return found  # with the gap that it has

"""Decide: by the arrow where it applies, by HiGHS on the whole program elsewhere; always with a bound."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule import fast, minimum
from evplan.schedule.flows import Cost, Decision, cost
from evplan.schedule.problem import Problem
from evplan.schedule.reading import decision_of

Solver = Literal["auto", "arrow", "highs"]
ENOUGH = 1e-6  # relative gap: an arrow that ends with more hands over to HiGHS


@dataclass(frozen=True)
class Found:
    """A decision, what it costs, and a lower bound of what any decision costs. solver : who found it."""

    decision: Decision
    cost: Cost
    bound: float
    solver: str
    seconds: float

    @property
    def gap(self) -> float:
        """Return by how much the decision may be dearer than the best, relative."""
        return max(0.0, self.cost.total - self.bound) / max(abs(self.cost.total), 1e-9)


def solve(problem: Problem, solver: Solver = "auto", limit_s: float = 60.0) -> Found:
    """Return the cheapest decision. limit_s : of the search where powers have a least; the best so far is returned then."""
    begun = time.perf_counter()
    if minimum.needed(problem):
        decision, bound = minimum.solve(problem, limit_s)
        return Found(decision, cost(problem, decision), bound, "highs, least power", time.perf_counter() - begun)
    if solver == "arrow" or (solver == "auto" and fast.applies(problem)):
        decision, bound = fast.solve(problem)
        found = Found(decision, cost(problem, decision), bound, "arrow", time.perf_counter() - begun)
        if found.gap <= ENOUGH or solver == "arrow":
            return found
    decision, bound = by_highs(problem)
    return Found(decision, cost(problem, decision), bound, "highs", time.perf_counter() - begun)


def by_highs(problem: Problem) -> tuple[Decision, float]:
    """Return HiGHS' decision on the Pyomo model, and the optimum that it proves."""
    from evplan.schedule.model import model
    from evplan.solver.compile import compile_model
    from evplan.solver.highs import checked, load

    block = model(problem)
    program = compile_model(block)
    highs = load(program)
    checked(highs.run(), "run")
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise EvplanError("a schedule always has a plan, and HiGHS found none; report the files")
    decision = decision_of(problem, block, program, np.asarray(highs.getSolution().col_value))
    return decision, float(highs.getInfo().objective_function_value)

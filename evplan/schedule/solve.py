"""Decide: by the arrow where it applies, by HiGHS on the whole program elsewhere; always with a bound."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule import fast
from evplan.schedule.flows import Cost, Decision, cost
from evplan.schedule.problem import Problem

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


def solve(problem: Problem, solver: Solver = "auto") -> Found:
    """Return the cheapest decision."""
    begun = time.perf_counter()
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
    x = np.asarray(highs.getSolution().col_value)

    def of(name: str, size: int) -> np.ndarray:
        variable = getattr(block, name, None)
        if variable is None:
            return np.zeros(size)
        at = program.columns.grid(variable)
        return np.where(at >= 0, np.maximum(x[np.maximum(at, 0)], 0.0), 0.0)

    columns, steps = len(problem.columns), problem.steps
    decision = Decision(
        of("drawn_kwh", columns), of("given_kwh", columns), np.where(problem.price < 0, of("spill_kwh", steps), 0.0),
        of("charge_kwh", steps), of("discharge_kwh", steps),
    )  # fmt: skip
    return decision, float(highs.getInfo().objective_function_value)

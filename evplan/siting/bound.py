"""The bound of a siting program: linear programs, with rows of rivals (reach.py) as they are run into."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from evplan.errors import InfeasibleError
from evplan.siting.problem import Problem
from evplan.siting.reach import Rivals
from evplan.siting.search import SCALE, Search
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load, obey

ROUNDS = 80  # of rows of rivals
SETTLED = 0.005  # a round that moves the bound by less, as part of the gap that is asked for, is the last
PRIMAL, DUAL = 4, 1  # of HiGHS's simplex: the first is quicker from nothing, the second after rows were added
PARTS = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the way from a point that no rivals pass to the linear program's


def bound(own: Search, block: Any, program: Program) -> tuple[np.ndarray, np.ndarray] | None:
    """Find the bound of linear programs; return the values and reduced costs of the last that ended, None where none did.

    Raises: InfeasibleError where rules cannot be kept.
    """
    highs = load(replace(program, integer=np.zeros(len(program.cost), bool)))
    checked(highs.setOptionValue("simplex_strategy", PRIMAL), "simplex_strategy")
    obey(highs, own.options.stop)
    between = _Between(own, program, block) if block.component("s") is not None else None
    last = None
    for _ in range(ROUNDS):
        checked(highs.setOptionValue("time_limit", highs.getRunTime() + max(own.left_s, 0.1)), "time_limit")
        checked(highs.run(), "run")
        if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            raise InfeasibleError(_clash(own.problem))
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        before, own.relaxed = own.relaxed, -highs.getInfo().objective_function_value / SCALE
        own.bound = min(own.bound, own.relaxed)
        own.tell(own.shown)
        x, reduced = np.array(highs.getSolution().col_value), np.array(highs.getSolution().col_dual) / SCALE
        last = x, reduced
        checked(highs.setOptionValue("simplex_strategy", DUAL), "simplex_strategy")
        if between is None or own.over or before - own.relaxed <= SETTLED * own.options.gap * abs(own.relaxed):
            break
        if not between.add(highs, x):
            break
    return last


class _Between:
    """Finds rivals at points between the linear program's and one that no rivals pass, which cut deeper than at the first alone.

    Source: Ben-Ameur and Neto 2007, Networks 49(1), 3-17 (in-out separation).
    """

    def __init__(self, own: Search, program: Program, block: Any) -> None:
        self._own, self._s, self._x = own, program.columns.grid(block.s), program.columns.grid(block.x)
        self._inside = np.zeros(self._s.shape), np.zeros(self._x.shape)

    def add(self, highs: Any, x: np.ndarray) -> bool:
        """Add rows of rivals; return whether there were any."""
        outside, added, inside = (np.append(x, 0.0)[self._s], np.append(x, 0.0)[self._x]), False, self._inside
        for part in PARTS:
            point = tuple(part * out + (1 - part) * own for out, own in zip(outside, inside, strict=True))
            new = self._own.passed(*point)
            for k, one in new:
                self._row(highs, k, one)
            added = added or bool(new)
            if not new and part < 1:
                self._inside = point
        return added

    def _row(self, highs: Any, k: int, one: Rivals) -> None:
        for t, growth in enumerate(self._own.problem.growth):
            at = np.concatenate([self._s[t, k, one.sites], self._x[t, one.sites, k]]).astype(np.int32)
            factor = np.concatenate([np.ones(len(one.sites)), -growth * one.alone])
            checked(highs.addRow(-highspy.kHighsInf, growth * one.wanted, len(at), at, factor), "addRow")


def _clash(problem: Problem) -> str:
    """Return why nothing is possible, in words."""
    rules = problem.study.rules
    if rules.least_coverage:
        return "rules.least_coverage: no plan within the budgets covers so much; lower it, raise phases[].budget, or widen candidates"
    return "no plan keeps the rules; see zones.capacity_kw, phases[].budget and rules"

"""Vehicles that charge at least at some power, or not at all (6 A a phase by IEC 61851): near the optimum of the continuous plan.

The continuous plan is solved to a corner, where few powers lie between nothing and the least: prices are told apart by a tiny random
cost, so that there is one corner only. Powers that are 0 stay 0, those above the least stay above, and only those between are decided
anew, as semicontinuous columns; while the gap to the continuous optimum is wide, all columns of the sessions concerned are.
"""

from __future__ import annotations

import time

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule.flows import Decision, cost
from evplan.schedule.model import model
from evplan.schedule.problem import Problem
from evplan.schedule.reading import decision_of
from evplan.solver.compile import compile_model
from evplan.solver.highs import checked, load

TOLD_APART = 1e-5  # of the median price: random costs
CLOSE = 2e-4  # relative gap at which no more is decided anew
NONE = 1e-7  # kWh: a power that small is none
SEED = 1


def least_kwh(problem: Problem) -> np.ndarray:
    """Return the least that each column draws if it draws, kWh, shape (columns,)."""
    return problem.sessions.min_kw[problem.columns.session] * problem.columns.hours


def needed(problem: Problem) -> bool:
    """Return whether any session has a least power."""
    return bool((problem.sessions.min_kw > 0).any())


def solve(problem: Problem, limit_s: float, gap: float = CLOSE) -> tuple[Decision, float]:
    """Return a decision in which no power lies between nothing and the least, and the continuous optimum, a bound."""
    begun = time.perf_counter()
    block = model(problem)
    program = compile_model(block)
    highs, at = load(program), program.columns.grid(block.drawn_kwh)
    at, count = at[at >= 0].astype(np.int32), len(program.cost)
    every, random = np.arange(count, dtype=np.int32), np.random.default_rng(SEED)
    apart = program.cost.copy()
    apart[at] += TOLD_APART * float(np.median(np.abs(problem.price))) * random.random(len(at))
    bound = _run(highs)
    checked(highs.changeColsCost(count, every, apart), "changeColsCost")
    _run(highs)
    drawn = np.asarray(highs.getSolution().col_value)[at]
    least = least_kwh(problem)
    between = (drawn > NONE) & (drawn < least - NONE)
    best: Decision | None = None
    for free in (between, np.isin(problem.columns.session, problem.columns.session[between])):
        left = limit_s - (time.perf_counter() - begun)
        if left <= 0 and best is not None:
            break
        _decide(highs, at, free, drawn, least, problem.most_kwh, max(left, 0.1))
        found = decision_of(problem, block, program, np.asarray(highs.getSolution().col_value))
        if best is None or cost(problem, found).total < cost(problem, best).total:
            best = found
        if cost(problem, best).total - bound <= gap * abs(bound) or not between.any():
            break
    assert best is not None
    return best, bound


def _run(highs: highspy.Highs) -> float:
    checked(highs.run(), "run")
    if highs.getModelStatus() not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit):
        raise EvplanError("a schedule always has a plan, and HiGHS found none; report the files")
    return float(highs.getInfo().objective_function_value)


def _decide(
    highs: highspy.Highs, at: np.ndarray, free: np.ndarray, drawn: np.ndarray, least: np.ndarray, most: np.ndarray, left_s: float
) -> None:  # fmt: skip
    """Fix what is not free to nothing or at least the least, and decide the rest."""
    least = np.minimum(least, most)
    lower = np.where(free | (drawn <= NONE), 0.0, least)
    lower = np.where(free, least, lower)
    upper = np.where(~free & (drawn <= NONE), 0.0, most)
    kind = np.where(
        free & (least > 0), int(highspy.HighsVarType.kSemiContinuous), int(highspy.HighsVarType.kContinuous)
    )
    checked(highs.changeColsBounds(len(at), at, lower, upper), "changeColsBounds")
    kinds = np.array([highspy.HighsVarType(int(one)) for one in kind])
    checked(highs.changeColsIntegrality(len(at), at, kinds), "changeColsIntegrality")
    highs.setOptionValue("time_limit", highs.getRunTime() + left_s)
    highs.setOptionValue("mip_rel_gap", CLOSE / 4)
    _run(highs)

"""Vehicles that charge at least at some power, or not at all (6 A a phase by IEC 61851): near the optimum of the continuous plan.

The continuous plan is solved to a corner, where few powers lie between nothing and the least: prices are told apart by a tiny random
cost, so that there is one corner only. Powers that are 0 stay 0, those above the least stay above, and only those between are decided
anew, as semicontinuous columns; while the gap to the continuous optimum is wide, all columns of the sessions concerned are.
"""

from __future__ import annotations

import threading
import time

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule import fast
from evplan.schedule.flows import Decision, cost
from evplan.schedule.model import model
from evplan.schedule.model.points import least_kwh
from evplan.schedule.problem import Problem
from evplan.schedule.reading import decision_of
from evplan.solver.compile import Program, compile_model
from evplan.solver.highs import checked, load, obey

TOLD_APART = 1e-3  # of the median price: random costs, in the search for a corner only
CLOSE, FEW, CLOSER = (
    4e-4,
    5000,
    1e-4,
)  # relative gap at which no more is decided anew; with few columns a smaller one is worth the time
NONE = 1e-7  # kWh: a power that small is none
SEED = 1
ENDED = (
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kObjectiveTarget,
    highspy.HighsModelStatus.kInterrupt,
)


def solve(problem: Problem, limit_s: float, stop: threading.Event) -> tuple[Decision, float]:
    """Return a decision in which no power lies between nothing and the least, and a bound: the continuous optimum, or what is proved
    where every column was decided. stop : ends the search with what there is."""
    begun = time.perf_counter()
    block = model(problem)
    program = compile_model(block)
    highs, at = load(program), program.columns.grid(block.drawn_kwh)
    at = at[at >= 0].astype(np.int32)
    bound = fast.solve(problem).bound if fast.applies(problem) else _run(highs)
    drawn = _corner(highs, program, at, TOLD_APART * float(np.median(np.abs(problem.price))))
    least = least_kwh(problem)
    between = (drawn > NONE) & (drawn < least - NONE)
    enough = bound + (CLOSER if len(at) < FEW else CLOSE) * abs(bound)
    best, worth = None, np.inf
    obey(highs, stop)
    for free in (between, np.isin(problem.columns.session, problem.columns.session[between]), least > 0):
        left = limit_s - (time.perf_counter() - begun)
        if best is not None and (left <= 0 or worth <= enough or stop.is_set()):
            break
        _decide(highs, at, free, drawn, least, problem.most_kwh)
        highs.setOptionValue("time_limit", max(left, 0.1))
        highs.setOptionValue("mip_rel_gap", CLOSER)
        highs.setOptionValue("objective_target", bound + (enough - bound) / 2)
        _run(highs)
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            continue
        found = decision_of(problem, block, program, np.asarray(highs.getSolution().col_value))
        if (total := cost(problem, found).total) < worth:
            best, worth = found, total
        if (free | (least <= 0)).all():
            bound = max(bound, float(highs.getInfo().mip_dual_bound))
    if best is None:
        raise EvplanError("a schedule always has a plan, and none was found in time; give it more with --time-limit")
    return best, bound


def _corner(highs: highspy.Highs, program: Program, at: np.ndarray, apart: float) -> np.ndarray:
    """Return what vehicles draw at the one corner that is best where random costs tell prices apart."""
    every, told = np.arange(len(program.cost), dtype=np.int32), program.cost.copy()
    told[at] += apart * np.random.default_rng(SEED).random(len(at))
    checked(highs.changeColsCost(len(every), every, told), "changeColsCost")
    _run(highs)
    drawn = np.asarray(highs.getSolution().col_value)[at]
    checked(highs.changeColsCost(len(every), every, program.cost), "changeColsCost")
    return drawn


def _run(highs: highspy.Highs) -> float:
    checked(highs.run(), "run")
    if highs.getModelStatus() not in ENDED:
        raise EvplanError("a schedule always has a plan, and HiGHS found none; report the files")
    return float(highs.getInfo().objective_function_value)


def _decide(
    highs: highspy.Highs, at: np.ndarray, free: np.ndarray, drawn: np.ndarray, least: np.ndarray, most: np.ndarray
) -> None:
    """Fix what is not free to nothing or to the least at least, and let the rest be either."""
    off = ~free & (drawn <= NONE)
    lower, upper = np.where(off, 0.0, least), np.where(off, 0.0, most)
    either = [
        highspy.HighsVarType.kSemiContinuous if one else highspy.HighsVarType.kContinuous for one in free & (least > 0)
    ]
    checked(highs.changeColsBounds(len(at), at, lower, upper), "changeColsBounds")
    checked(highs.changeColsIntegrality(len(at), at, np.array(either)), "changeColsIntegrality")

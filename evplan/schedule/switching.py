"""Whole numbers: the search of a program in which vehicles are switched, from a plan by simple means and one without switches.

The first (greedy.py) keeps every rule; with its switches held, powers are set at their best. The second says who rests: sessions whose
powers keep the rules there are held to it, the others are decided, first near it, and then, while time is left and the gap to its worth
is wide, everybody is, from the best plan so far.
"""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule.greedy import greedy
from evplan.schedule.model.points import least_kwh
from evplan.schedule.points import PHASES
from evplan.schedule.problem import Problem
from evplan.schedule.standing import NONE, parts
from evplan.solver.compile import Program
from evplan.solver.highs import checked

GAP = 1e-4  # relative: no more is asked for
SHARE = 0.3  # of the time for each search but the last


def search(
    problem: Problem,
    block: Any,
    program: Program,
    highs: highspy.Highs,
    drawn: np.ndarray,
    bound: float,
    limit_s: float,
) -> tuple[float, np.ndarray, float]:
    """Return what the best plan found comes to, its columns, and a lower bound of the goal.

    drawn : by a plan without switches, shape (columns,).  bound : its worth.
    """
    begun, every = time.perf_counter(), np.arange(len(program.cost), dtype=np.int32)
    checked(highs.setOptionValue("mip_rel_gap", GAP), "option mip_rel_gap")
    best: tuple[float, Any] | None = None
    by_hand = greedy(problem, drawn) if hasattr(block, "on") and not problem.gives.any() else None
    for near, plan in ((True, by_hand), (True, drawn), (False, drawn), (None, drawn)):
        if plan is None:
            continue
        left = limit_s - (time.perf_counter() - begun)
        if best is not None and (best[0] - bound <= GAP * max(abs(best[0]), 1e-9) or left <= 0):
            break
        lower, upper = (program.lower, program.upper) if near is None else _walls(problem, block, program, plan, near)
        checked(highs.changeColsBounds(len(every), every, lower, upper), "changeColsBounds")
        if best is not None:
            checked(highs.setSolution(best[1]), "setSolution")
        checked(highs.setOptionValue("time_limit", max(1.0, left * (1 if near is None else SHARE))), "time_limit")
        checked(highs.run(), "run")
        info = highs.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if found and (best is None or info.objective_function_value < best[0]):
            best = float(info.objective_function_value), highs.getSolution()
        if near is None:
            bound = max(bound, float(info.mip_dual_bound))
    if best is None:
        raise EvplanError("a schedule always has a plan, and none was found in time; give it more with --time-limit")
    return best[0], np.asarray(best[1].col_value), bound


def _walls(
    problem: Problem, block: Any, program: Program, drawn: np.ndarray, hold: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds that keep vehicles near a plan, shape (program's columns,) each.

    hold : those that keep the rules, to it; phases, in turn.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    if hold and problem.points.chooses_phase:
        there, turn = program.columns.grid(block.is_on), problem.phase_in_turn
        lower[there[(there >= 0) & (turn[:, None] == PHASES)]] = 1.0
    if not hasattr(block, "on"):
        return lower, upper
    on, of_on = drawn > NONE, program.columns.grid(block.on)
    there = of_on >= 0
    upper[of_on[there & ~_around(problem, on)]] = 0.0
    held = there & _keeps(problem, drawn)[problem.columns.session] & hold
    upper[of_on[held & ~on]] = 0.0
    lower[of_on[held & on]] = 1.0
    if problem.points.setpoints_kw:
        at, next_to = program.columns.grid(block.at), _next_to(problem, drawn)
        upper[at[(at >= 0) & ~(next_to >= 0)]] = 0.0
        lower[at[(at >= 0) & (held & on)[:, None] & (next_to == 1)]] = 1.0
    return np.minimum(lower, program.upper), np.maximum(upper, program.lower)


def _around(problem: Problem, on: np.ndarray) -> np.ndarray:
    """Return the columns that are on, or so near to one that is that a least time may reach them."""
    session, found = problem.columns.session, on
    for _ in range(max(problem.points.least_on, problem.points.least_off) - 1):
        same = session[1:] == session[:-1]
        found = found | np.append(False, found[:-1] & same) | np.append(found[1:] & same, False)
    return found


def _next_to(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return 1 for the setpoint that a power reaches or needs, 0 for the one below, -1 for others, shape (columns, setpoints)."""
    points = np.array(problem.points.setpoints_kw)
    above = np.searchsorted(points, drawn / problem.columns.hours - NONE / problem.step_h)
    away = above[:, None] - np.arange(len(points))
    return np.where(away == 0, 1, np.where(away == 1, 0, -1))


def _keeps(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return which sessions keep the least power and the least times, shape (sessions,), bool."""
    on = drawn > NONE
    too_little = on & (drawn < least_kwh(problem) - NONE)
    keeps = (problem.by_session(too_little.astype(float)) == 0) & (parts(problem, drawn) + problem.switched.cut <= 1)
    for v in np.flatnonzero(keeps).tolist():
        own = np.append(_before(problem, v), on[problem.columns_of(v)]).astype(int)
        edges = np.flatnonzero(np.diff(own, prepend=0, append=0))
        runs, pauses = edges[1::2] - edges[::2], edges[2::2] - edges[1:-1:2]
        short = (
            runs.min(initial=10**9) < problem.points.least_on or pauses.min(initial=10**9) < problem.points.least_off
        )
        keeps[v] = not short
    return keeps


def _before(problem: Problem, v: int) -> np.ndarray:
    """Return whether a session was on in the steps before the first, as far back as that matters, bool."""
    points, on_for = problem.points, int(problem.switched.on_for[v])
    if on_for >= 0:
        return np.ones(min(on_for, points.least_on), bool)
    return np.append(np.ones(points.least_on, bool), np.zeros(min(-on_for, points.least_off), bool))

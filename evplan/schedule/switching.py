"""Whole numbers: the search of a program in which vehicles are switched, from a plan by simple means and one without switches.

The first (greedy.py, diffusion.py) keeps every rule; with its switches held, powers are set at their best. The second says who rests:
sessions whose powers keep the rules there are held to it, the others are decided near it. Then the best plan is bettered a few sessions
at a time (nearby.py), and at last, while time is left and the gap to the worth without switches is wide, everybody is decided.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule import diffusion, fast
from evplan.schedule.flows import cost, only
from evplan.schedule.greedy import greedy
from evplan.schedule.model.points import least_kwh
from evplan.schedule.nearby import Nearby
from evplan.schedule.points import PHASES
from evplan.schedule.problem import PLAIN, Problem
from evplan.schedule.standing import NONE, no_setpoint, parts
from evplan.solver.compile import Program
from evplan.solver.highs import checked, obey

GAP = 1e-4  # relative: no more is asked for
# Of the time: for powers of the plan by simple means, for each search near a plan without switches, and for everybody.
FIRST, SHARE, LAST = 0.5, 0.15, 0.25
NEAR_S = 1.0  # for each search near the best plan


def search(
    problem: Problem,
    block: Any,
    program: Program,
    highs: highspy.Highs,
    drawn: np.ndarray,
    bound: float,
    limit_s: float,
    stop: threading.Event,
) -> tuple[float, np.ndarray, float]:
    """Return what the best plan found comes to, its columns, and a lower bound of the goal.

    drawn : by a plan without switches, shape (columns,).  bound : its worth.  stop : ends the search with what there is.
    """
    checked(highs.setOptionValue("mip_rel_gap", GAP), "option mip_rel_gap")
    best = _Best(program, highs, bound, time.perf_counter() + limit_s, stop)
    if hasattr(block, "on") and not problem.gives.any():
        best.within(*_walls(problem, block, program, _by_hand(problem, drawn), True), FIRST * limit_s)
    for hold in (True, False):
        if not best.proved and (hold or best.columns is None):
            best.within(*_walls(problem, block, program, drawn, hold), SHARE * limit_s)
    nearby = Nearby(problem, block, program)
    while best.columns is not None and not best.proved and best.left_s > LAST * limit_s:
        nearby.took(best.within(*nearby.walls(best.columns), min(NEAR_S, best.left_s)))
    if not best.proved and (best.left_s > 0 or best.columns is None):
        best.everywhere()
    if best.columns is None:
        raise EvplanError("a schedule always has a plan, and none was found in time; give it more with --time-limit")
    return best.value, best.columns, best.bound


class _Best:
    """The best plan so far, and searches that begin at it. value : of the goal.  columns : of the program, None before there is one."""

    def __init__(
        self, program: Program, highs: highspy.Highs, bound: float, until: float, stop: threading.Event
    ) -> None:
        self._program, self._highs, self.bound, self._until, self._stop = program, highs, bound, until, stop
        obey(highs, stop)
        self.value = np.inf
        self.columns: np.ndarray | None = None
        self._solution: highspy.HighsSolution | None = None

    @property
    def left_s(self) -> float:
        """Return the seconds that are left; none where it is told to stop."""
        return 0.0 if self._stop.is_set() else max(0.0, self._until - time.perf_counter())

    @property
    def proved(self) -> bool:
        """Return whether nothing much better exists."""
        return self.columns is not None and self.value - self.bound <= GAP * max(abs(self.value), 1e-9)

    def within(self, lower: np.ndarray, upper: np.ndarray, limit_s: float) -> bool:
        """Search within bounds of columns; return whether that ended before its time did. Told to stop, only a first plan is sought."""
        if self._stop.is_set() and self.columns is not None:
            return False
        return self._search(lower, upper, limit_s)

    def everywhere(self) -> None:
        """Search without bounds of its own: what is proved there is proved."""
        self._search(self._program.lower, self._program.upper, self.left_s)
        self.bound = max(self.bound, float(self._highs.getInfo().mip_dual_bound))

    def _search(self, lower: np.ndarray, upper: np.ndarray, limit_s: float) -> bool:
        highs, every = self._highs, np.arange(len(lower), dtype=np.int32)
        checked(highs.changeColsBounds(len(every), every, lower, upper), "changeColsBounds")
        if self._solution is not None:
            checked(highs.setSolution(self._solution), "setSolution")
        checked(highs.setOptionValue("time_limit", max(1.0, limit_s)), "time_limit")
        checked(highs.run(), "run")
        info = highs.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if found and info.objective_function_value < self.value:
            solution = highs.getSolution()
            self.value, self._solution = float(info.objective_function_value), solution
            self.columns = np.asarray(solution.col_value)
        return highs.getModelStatus() != highspy.HighsModelStatus.kTimeLimit


def _by_hand(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return the cheapest plan by simple means. drawn : by a plan without switches, at a corner; one inside is followed as well."""
    plans = [greedy(problem, drawn)]
    if diffusion.applies(problem):
        plain = replace(
            problem, points=PLAIN, sessions=replace(problem.sessions, min_kw=np.zeros(len(problem.sessions)))
        )
        inside = [fast.solve(plain).decision.drawn] if fast.applies(plain) else []
        plans += [diffusion.follow(problem, plan) for plan in [drawn, *inside]]
    return min(plans, key=lambda plan: cost(problem, only(problem, plan)).total)


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
        part = program.columns.grid(block.part)
        upper[part[held & ~no_setpoint(problem, drawn)]] = 0.0
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

"""Seek goals one after the other on the whole program, each among the plans that are as good as any in those before it.

Fairness is the greatest least share, then the greatest least share of those who can still get more, and so on (leximin): who holds the
least share back is read off the prices of the rows, and settled. Where vehicles are switched there are no such prices, and the first
round is the last. Proportional fairness, a sum of logarithms, is sought by lines between breaks, which close in on what is found.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.schedule.flows import Decision
from evplan.schedule.model import Held, model
from evplan.schedule.model.goals import Aim, aims_of, late_h
from evplan.schedule.problem import Problem
from evplan.schedule.reading import decision_of
from evplan.schedule.switching import search
from evplan.solver.compile import Program, compile_model
from evplan.solver.highs import checked, load

ROUNDS = 2000  # of leximin: shares that differ
EVEN = 1e-7  # of a wish: shares that near are one
HELD_BACK = 1e-9  # price of a row, of all prices' sum, above which it binds
APART, SEED = 1e-3, 1  # of the median price: a cost of lateness, per hour, that tells corners apart
LEAST_BREAK = 1e-3  # of a share: below it, lines instead of logarithms
BREAKS, CLOSER = 24, (1.25, 1.03, 1.004)  # how many, and how near to what was found, round by round


@dataclass(frozen=True)
class Sought:
    """What was found for one goal. value, bound : what it comes to, and what it cannot be below.  x : of the program's columns."""

    block: Any
    program: Program
    x: np.ndarray
    value: float
    bound: float
    row_prices: np.ndarray


def solve(problem: Problem, limit_s: float, stop: threading.Event) -> tuple[Decision, float]:
    """Return the decision of the last goal, and a lower bound of what any that is as good in the goals before `cost` costs.

    limit_s : of all; where vehicles are switched, the best so far is taken then, or when `stop` is set.
    """
    held: list[Held] = []
    until, bound = time.perf_counter() + limit_s, -np.inf
    aims = aims_of(problem.goals)
    for i, goal in enumerate(aims):
        share_s = max(1.0, (until - time.perf_counter()) / (len(aims) - i))
        if goal == "fairness":
            found, breaks = _leximin(problem, held, share_s, stop)
        elif goal == "proportional":
            found, breaks = _closing_in(problem, held, share_s, stop)
        else:
            found, breaks = _seek(problem, goal, held, None, share_s, stop), None
        if goal == "cost":
            bound = found.bound
        held.append(Held(goal, found.value + problem.goal_slack * max(abs(found.value), 1e-3), breaks))
    return decision_of(problem, found.block, found.program, found.x), bound


def needs_switches(problem: Problem) -> bool:
    """Return whether the program needs to know which vehicles are on."""
    return problem.points.switched or problem.has_least


def _seek(
    problem: Problem, goal: Aim, held: list[Held], breaks: np.ndarray | None, limit_s: float, stop: threading.Event
) -> Sought:
    """Return the best of one goal."""
    begun = time.perf_counter()
    free, whole = _run(problem, goal, held, breaks)
    if not whole and not needs_switches(problem):
        return free
    drawn = _one_after_the_other(problem, free)
    block = model(problem, goal, held, breaks, needs_switches(problem))
    program = compile_model(block)
    highs = load(program)
    left = max(1.0, limit_s - (time.perf_counter() - begun))
    value, x, bound = search(problem, block, program, highs, drawn, free.value, left, stop)
    return Sought(block, program, x, value, bound, np.zeros(0))


def _run(problem: Problem, goal: Aim, held: list[Held], breaks: np.ndarray | None) -> tuple[Sought, bool]:
    """Return the best of one goal where nobody is switched and whole numbers may be parts, and whether there are any."""
    block = model(problem, goal, held, breaks)
    whole = compile_model(block)
    program = replace(whole, integer=np.zeros_like(whole.integer))
    highs = load(program)
    checked(highs.run(), "run")
    return _proved(block, program, highs), bool(whole.integer.any())


def _one_after_the_other(problem: Problem, free: Sought) -> np.ndarray:
    """Return what is drawn at a corner where vehicles charge early, at full power, and some before others, shape (columns,).

    Tiny costs of lateness tell such corners apart, each session's at a random rate.
    """
    at, told = free.program.columns.grid(free.block.drawn_kwh), free.program.cost.copy()
    rate = 0.5 + np.random.default_rng(SEED).random(len(problem.sessions))
    apart = APART * float(np.median(np.abs(problem.price))) * rate[problem.columns.session] * late_h(problem)
    told[at[at >= 0]] += apart[at >= 0]
    highs = load(replace(free.program, cost=told))
    checked(highs.run(), "run")
    return np.where(at >= 0, np.asarray(highs.getSolution().col_value)[np.maximum(at, 0)], 0.0)


def _proved(block: Any, program: Program, highs: highspy.Highs) -> Sought:
    """Return the optimum that HiGHS ended with."""
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise EvplanError("a schedule always has a plan, and HiGHS found none; report the files")
    solution, value = highs.getSolution(), float(highs.getInfo().objective_function_value)
    return Sought(block, program, np.asarray(solution.col_value), value, value, np.asarray(solution.row_dual))


def _leximin(problem: Problem, held: list[Held], limit_s: float, stop: threading.Event) -> tuple[Sought, np.ndarray]:
    """Return the fairest plan, and the share that each session is settled at; NaN where nothing is asked for, or not settled."""
    settled = np.full(len(problem.sessions), np.nan)
    wants = problem.want_kwh > 0
    for _ in range(ROUNDS):
        found = _seek(problem, "fairness", held, settled, limit_s, stop)
        if found.program.integer.any() or not wants.any():
            return found, settled
        least = min(1.0, -found.value)
        open_ = np.flatnonzero(wants & np.isnan(settled))
        prices = np.abs(found.row_prices[found.program.rows.of("share")])
        back = prices > HELD_BACK * max(float(prices.sum()), 1e-12)
        settled[open_[back] if least < 1 - EVEN else open_] = least - EVEN
        if not np.isnan(settled[wants]).any():
            return found, settled
    settled[wants & np.isnan(settled)] = least - EVEN
    return found, settled


def _closing_in(problem: Problem, held: list[Held], limit_s: float, stop: threading.Event) -> tuple[Sought, np.ndarray]:
    """Return the plan with the greatest sum of logarithms, and the breaks of the last round."""
    wide = np.tile(np.geomspace(LEAST_BREAK, 1.0, BREAKS), (len(problem.sessions), 1))
    found, breaks = _seek(problem, "proportional", held, wide, limit_s, stop), wide
    for near in CLOSER:
        short = found.x[found.program.columns.grid(found.block.short_kwh)]
        share = 1 - short / np.maximum(problem.want_kwh, 1e-12)
        around = share[:, None] * np.geomspace(1 / near, near, BREAKS)
        breaks = np.sort(np.clip(np.hstack([around, wide]), LEAST_BREAK, 1.0), axis=1)
        found = _seek(problem, "proportional", held, breaks, limit_s, stop)
    return found, breaks

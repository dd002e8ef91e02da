"""The cheapest plan by the arrow: vehicles are sessions, the site's balance and peaks are the shared rows.

shared columns y    import, excess, export, spill of every step; peak of every demand charge; slack of every peak row
balance(t)          sum of what vehicles draw - import - excess + export + spill = solar - base
peak(j, t)          import + excess - step_h peak(j) + slack = step_h so far(j)              for every step that j applies in
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evplan.schedule import arrow
from evplan.schedule.arrow.shared import Shared
from evplan.schedule.flows import Decision, only, within
from evplan.schedule.guess import guess
from evplan.schedule.problem import Problem

CLOSE_ENOUGH = 1e-7  # relative, of value and bound: above it, the search begins anew without a guess
CLOSE = 1e-9  # complementarity, relative: where the point is taken for the optimum
NEGLIGIBLE = 1e-9  # kWh: who wants no more wants nothing
LONGEST = 600  # shared rows: dense ones cost with their square


def applies(problem: Problem) -> bool:
    """Return whether the arrow is the tool for a problem: few steps, one goal, vehicles that only draw at any power, no battery."""
    if (
        problem.battery is not None
        or problem.gives.any()
        or not problem.points.plain
        or problem.goals != ("cost",)
        or problem.has_least
    ):
        return False
    return (
        problem.steps + sum(int(line.applies.sum()) for line in problem.demand) <= LONGEST and len(problem.columns) > 0
    )


@dataclass(frozen=True)
class Solved:
    """A decision, a certified lower bound of what any costs, and what a kWh more is worth in each step, shape (steps,)."""

    decision: Decision
    bound: float
    slot_price: np.ndarray


def solve(problem: Problem) -> Solved:
    """Return the cheapest decision, its bound and its prices. Sessions that want nothing are left out: they leave no room inside."""
    wants = problem.want_kwh > NEGLIGIBLE
    if not wants.all():
        return _for_those_who_want(problem, wants)
    own = program(problem)
    point = next(one for one, last in _points(problem, own) if last or _apart(own, one) <= CLOSE_ENOUGH)
    spilled = point.y[3 * problem.steps : 4 * problem.steps]
    resting = np.where(problem.price < 0, np.clip(spilled, 0.0, problem.solar_kwh), 0.0)
    decision = only(problem, within(problem, point.x), resting)
    return Solved(decision, point.bound, -point.shared[: problem.steps])


def _points(problem: Problem, own: arrow.Arrow) -> Iterator[tuple[arrow.Point, bool]]:
    """Yield where the search ends from a guess, if there is one, from its usual beginning, and from one farther inside, the last."""
    begun = guess(problem, own)
    if begun is not None:
        yield arrow.solve(own, CLOSE, begun), False
    yield arrow.solve(own, CLOSE), False
    nothing = arrow.Guess(
        np.zeros(len(own.want)), np.zeros(len(own.right)), float(np.abs(own.all_costs).max(initial=1.0))
    )
    yield arrow.solve(own, CLOSE, nothing), True


def _for_those_who_want(problem: Problem, wants: np.ndarray) -> Solved:
    """Return the cheapest decision where some sessions want nothing and draw nothing. wants : shape (sessions,), bool."""
    session = problem.columns.session
    inside, number = wants[session], np.cumsum(wants) - 1
    columns = problem.columns.of(inside)
    solved = solve(replace(
        problem, sessions=problem.sessions.of(wants), columns=replace(columns, session=number[columns.session]),
        most_kwh=problem.most_kwh[inside], want_kwh=problem.want_kwh[wants], short_price=problem.short_price[wants],
        gone=None if problem.gone is None else problem.gone[inside],
    ))  # fmt: skip
    drawn = np.zeros(len(session))
    drawn[inside] = solved.decision.drawn
    return replace(solved, decision=only(problem, drawn, solved.decision.resting))


def _apart(own: arrow.Arrow, point: arrow.Point) -> float:
    """Return how far a point's columns are from its bound, relative: what it lacks in rows does not count."""
    short = np.maximum(own.want - own.gain * np.bincount(own.session, point.x, len(own.want)), 0.0)
    worth = float(own.cost @ point.x + own.short_cost @ short + own.shared_cost @ point.y)
    return abs(worth - point.bound) / max(abs(worth), 1e-9)


def program(problem: Problem) -> arrow.Arrow:
    """Return a problem as an arrow."""
    steps, h = problem.steps, problem.step_h
    shared = Shared(np.array([line.applies for line in problem.demand], bool).reshape(-1, steps), h)
    so_far = h * np.array([line.so_far_kw for line in problem.demand])[shared.line]
    total = problem.by_step(problem.most_kwh) + problem.base_kwh
    highest = np.full(len(problem.demand), float(total.max(initial=0.0)) / h)
    free = np.zeros(steps)
    return arrow.Arrow(
        first=problem.firsts,
        row=problem.columns.step,
        gain=np.full(len(problem.want_kwh), problem.efficiency),
        cost=problem.draw_price,
        upper=problem.most_kwh,
        want=problem.want_kwh,
        short_cost=problem.short_price,
        shared=shared,
        shared_cost=np.concatenate([
            problem.price, problem.price + problem.excess_price, -problem.export_price, free,
            [line.per_kw for line in problem.demand], np.zeros(len(so_far)),
        ]),
        shared_upper=np.concatenate([
            np.minimum(problem.limit_kwh, total + problem.solar_kwh), total, problem.export_kwh, problem.solar_kwh, highest,
            so_far + h * highest[shared.line],
        ]),
        right=np.concatenate([problem.solar_kwh - problem.base_kwh, so_far]),
    )  # fmt: skip

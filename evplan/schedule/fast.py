"""The cheapest plan by the arrow: vehicles are sessions, the site's balance and peaks are the shared rows.

shared columns y    import, excess, export, spill of every step; peak of every demand charge; slack of every peak row
balance(t)          sum of what vehicles draw - import - excess + export + spill = solar - base
peak(j, t)          import + excess - step_h peak(j) + slack = step_h so far(j)              for every step that j applies in
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array, hstack, vstack
from threadpoolctl import ThreadpoolController

from evplan.schedule import arrow
from evplan.schedule.flows import Decision, only, within
from evplan.schedule.problem import Problem

CLOSE = 1e-9  # complementarity, relative: where the point is taken for the optimum
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


def solve(problem: Problem) -> tuple[Decision, float]:
    """Return a decision, and a certified lower bound of what any costs."""
    with _blas().limit(
        limits=1, user_api="blas"
    ):  # its products are small: threads wait for one another longer than they work
        point = arrow.solve(program(problem), CLOSE)
    spilled = point.y[3 * problem.steps : 4 * problem.steps]
    resting = np.where(problem.price < 0, np.clip(spilled, 0.0, problem.solar_kwh), 0.0)
    return only(problem, within(problem, point.x), resting), point.bound


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def program(problem: Problem) -> arrow.Arrow:
    """Return a problem as an arrow."""
    steps, h = problem.steps, problem.step_h
    at = np.concatenate([np.zeros(0, int), *(np.flatnonzero(line.applies) for line in problem.demand)])
    which = np.repeat(np.arange(len(problem.demand)), [int(line.applies.sum()) for line in problem.demand])
    so_far = h * np.array([line.so_far_kw for line in problem.demand])[which]
    total = problem.by_step(problem.most_kwh) + problem.base_kwh
    highest = np.full(len(problem.demand), float(total.max(initial=0.0)) / h)
    free = np.zeros(steps)
    return arrow.Arrow(
        session=problem.columns.session,
        row=problem.columns.step,
        gain=np.full(len(problem.columns), problem.efficiency),
        cost=problem.draw_price,
        upper=problem.most_kwh,
        want=problem.want_kwh,
        short_cost=problem.short_price,
        shared=_shared(steps, h, at, which, len(problem.demand)),
        shared_cost=np.concatenate([
            problem.price, problem.price + problem.excess_price, -problem.export_price, free,
            [line.per_kw for line in problem.demand], np.zeros(len(at)),
        ]),
        shared_upper=np.concatenate([
            np.minimum(problem.limit_kwh, total + problem.solar_kwh), total, problem.export_kwh, problem.solar_kwh, highest,
            so_far + h * highest[which],
        ]),
        right=np.concatenate([problem.solar_kwh - problem.base_kwh, so_far]),
    )  # fmt: skip


def _shared(steps: int, h: float, at: np.ndarray, which: np.ndarray, peaks: int) -> csr_array:
    """Return the shared columns' part of the rows. at, which : the step and the demand charge of each peak row."""
    one, rows = eye_array(steps), np.arange(len(at))
    picks = coo_array((np.ones(len(at)), (rows, at)), shape=(len(at), steps))
    peak = coo_array((np.full(len(at), -h), (rows, which)), shape=(len(at), peaks))
    balance = hstack([-one, -one, one, one, csr_array((steps, peaks + len(at)))])
    of_peaks = hstack([picks, picks, csr_array((len(at), 2 * steps)), peak, eye_array(len(at))])
    return csr_array(vstack([balance, of_peaks]))

"""What may be sought, as expressions to be minimised.

    cost           price (import + excess) + excess price excess - export price export + per kW peak + wear + short price short
    limit          energy above the limits of the connection and of phases
    service        short price short
    fairness       - the least share of its wish that any session gets, among those whose lack is not settled yet
    proportional   - sum over v of priority log(share[v]), by lines between breaks of the share (Kelly 1997)
    earliness      kWh times hours after arrival
    smoothness     changes of every vehicle's power from step to step, kW, from nothing to nothing

Source of proportional fairness: Kelly 1997, European Transactions on Telecommunications 8(1), 33-37.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.schedule.model.vehicles import before
from evplan.schedule.problem import Problem
from evplan.schedule.sessions import HOUR_S
from evplan.schedule.site import Goal

Breaks = np.ndarray | None


def cost(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return what is paid, and what is lacking or too much at its price."""
    found = [
        problem.price * each(block.import_kwh),
        (problem.price + problem.excess_price) * each(block.excess_kwh),
        -1.0 * problem.export_price * each(block.export_kwh),
        problem.short_price * each(block.short_kwh),
    ]
    if problem.gone is not None:
        found.append(problem.draw_price * each(block.drawn_kwh))
    if problem.giving is not None:
        found.append(problem.giving.wear_per_kwh * each(block.given_kwh))
    if problem.battery is not None:
        found.append(problem.battery.wear_per_kwh * each(block.discharge_kwh))
    if problem.demand:
        found.append(np.array([line.per_kw for line in problem.demand]) * each(block.peak_kw))
    if problem.points.phase is not None:
        found.append(problem.excess_price * each(block.phase_excess_kwh))
    return _total(found)


def limit(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return the energy above limits: what comes before cost must not live on it."""
    phases = [each(block.phase_excess_kwh)] if problem.points.phase is not None else []
    return _total([each(block.excess_kwh), *phases])


def service(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return what is lacking, at its price."""
    return _total([problem.short_price * each(block.short_kwh)])


def fairness(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return less the least share of those who count. breaks : shape (sessions,), the share that is settled, NaN where it is not.

    What is settled is a wall of `short_kwh` (levels.py), and counts no more.
    """
    settled = np.full(len(problem.sessions), np.nan) if breaks is None else breaks
    counts = (problem.want_kwh > 0) & np.isnan(settled)
    block.least_share = Columns((), upper=1.0)
    every = each(block.least_share)[np.newaxis][np.zeros(len(counts), int)]
    lack = each(block.short_kwh) + every * problem.want_kwh
    block.share = Rows(lack <= problem.want_kwh, counts, doc="everybody gets the least share at least")
    block.settled = Rows(
        each(block.short_kwh) <= problem.want_kwh * (1 - np.nan_to_num(settled)),
        ~np.isnan(settled),
        doc="and who is settled, what was found",
    )
    return -each(block.least_share)


def proportional(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return less the sum of logarithms of shares. breaks : shape (sessions, points), rising, the last 1."""
    assert breaks is not None
    wants = problem.want_kwh > 0
    width = np.diff(breaks, prepend=0.0)
    log = np.log(np.maximum(breaks, breaks[:, :1]))
    slope = np.diff(log, prepend=log[:, :1]) / np.maximum(width, 1e-300)
    slope[:, 0] = 1.0 / breaks[:, 0]  # a tangent below the first break: nothing at all is worth a number
    block.part_of_share = Columns((width > 0) & wants[:, None], upper=width)
    parts = each(block.part_of_share)
    share = parts.sum(-1) * problem.want_kwh + each(block.short_kwh)
    block.parts = Rows(share <= problem.want_kwh, wants, doc="a share is what is not lacking")
    return _total([-1.0 * problem.sessions.priority[:, None] * slope * parts])


def earliness(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return energy times how long after arrival it comes."""
    return _total([late_h(problem) * each(block.drawn_kwh)])


def late_h(problem: Problem) -> np.ndarray:
    """Return how long after its session's arrival each column begins, h, shape (columns,)."""
    begins = problem.begin_s + HOUR_S * problem.step_h * problem.columns.step
    return np.maximum(begins - problem.sessions.arrival_s[problem.columns.session], 0.0) / HOUR_S


def smoothness(block: Any, problem: Problem, breaks: Breaks) -> Affine:
    """Return how much every vehicle's power changes from step to step, kW."""
    session = problem.columns.session
    power = (each(block.drawn_kwh) - each(block.given_kwh)) * (1 / problem.columns.hours)
    block.more_kw, block.less_kw = (Columns((len(session),)) for _ in range(2))
    more, less = each(block.more_kw), each(block.less_kw)
    block.change = Rows(power - before(power, session) - more + less == 0, doc="power changes from step to step")
    ends = np.append(session[1:] != session[:-1], True)
    return _total([more + less, power * ends])


Aim = Goal | Literal["limit", "service"]
GOALS: dict[Aim, Callable[[Any, Problem, Breaks], Affine]] = {
    "limit": limit, "service": service, "cost": cost, "fairness": fairness, "proportional": proportional, "earliness": earliness,
    "smoothness": smoothness,
}  # fmt: skip


def aims_of(goals: Sequence[Goal]) -> list[Aim]:
    """Return goals with what they take for granted before them: limits before all but cost, service before early and smooth plans."""
    found: list[Aim] = []
    for goal in goals:
        if goal != "cost" and not found:
            found.append("limit")
        if goal in ("earliness", "smoothness") and not {"cost", "fairness", "proportional", "service"} & set(found):
            found.append("service")
        found.append(goal)
    return found


def _total(parts: list[Affine]) -> Affine:
    return sum((part.sum() for part in parts), Affine((), 0.0))

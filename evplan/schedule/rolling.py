"""What is left to decide at a moment: vehicles that are there, what they still want, peaks and batteries as they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.parameters.clock import Clock
from evplan.schedule.points import Group, Points
from evplan.schedule.problem import Begun, Problem, plugged_in
from evplan.schedule.sessions import HOUR_S, Sessions, joined
from evplan.schedule.standing import Standing


def remaining(
    problem: Problem, step: int, now: Standing, expected: Sessions | None = None, longest: int | None = None
) -> Problem:
    """Return what is left to decide from a step on.

    expected : sessions that are not there yet; they follow those that are.  longest : steps that are planned at most.
    """
    who = np.flatnonzero(now.here)
    there, got = problem.sessions.of(who), now.got_kwh[who]
    begin_s, step_s = problem.begin_s + HOUR_S * problem.step_h * step, HOUR_S * problem.step_h
    there = replace(
        there,
        arrival_s=np.maximum(there.arrival_s, begin_s),
        departure_s=np.maximum(now.leaves_s[who], begin_s + step_s),
    )
    want, price = problem.want_kwh[who] - got, problem.short_price[who]
    want = np.where(problem.gives[who], want, np.maximum(want, 0.0))  # who has got more than is wanted may give it back
    sessions = there
    if expected is not None and len(expected):
        sessions = joined(there, expected)
        want, got = np.append(want, expected.energy_kwh), np.append(got, np.zeros(len(expected)))
        price = np.append(price, np.full(len(expected), float(np.median(problem.short_price))))
    span = slice(step, step + _ahead(problem, step, float(sessions.departure_s.max(initial=begin_s)), longest))
    columns = plugged_in(sessions, begin_s, problem.step_h, span.stop - step)
    most = problem.points.most_kw(sessions.max_kw)[columns.session] * columns.hours
    possible = problem.efficiency * np.bincount(columns.session, most, len(sessions))
    demand = [
        replace(line, applies=line.applies[span], so_far_kw=max(line.so_far_kw, peak), per_kw=price)
        for line, peak, price in zip(problem.demand, now.peaks_kw.tolist(), now.peak_price.tolist(), strict=True)
    ]
    return replace(
        _span(problem, span), sessions=sessions, columns=columns, most_kwh=most, want_kwh=np.minimum(want, possible),
        short_price=price, demand=tuple(line for line in demand if line.applies.any()),
        points=_points(problem.points, who, len(sessions)),
        begun=Begun(got, now.stored_kwh, now.switched.of(who, len(sessions)) if now.switched else None),
    )  # fmt: skip


def _ahead(problem: Problem, step: int, last_s: float, longest: int | None) -> int:
    """Return how many steps are planned: to the last departure; where a battery may fill again after it, as far as there is to see."""
    left = problem.steps - step
    if problem.battery is None:
        ends = (last_s - problem.begin_s) / HOUR_S / problem.step_h - step
        left = min(left, max(1, int(np.ceil(ends - 1e-9))))
    return left if longest is None else min(left, longest)


def over(problem: Problem, span: slice) -> Problem:
    """Return what was to be decided in a span of steps that is over, for those who came in it, with a fair part of demand charges."""
    here = problem.by_session((problem.columns.step < span.start).astype(float)) == 0
    inside = here[problem.columns.session] & (problem.columns.step >= span.start) & (problem.columns.step < span.stop)
    columns = problem.columns.of(inside)
    most = problem.most_kwh[inside]
    possible = problem.efficiency * np.bincount(columns.session, most, len(problem.sessions))
    demand = [
        replace(
            line,
            applies=line.applies[span],
            so_far_kw=0.0,
            per_kw=line.per_kw * line.applies[span].sum() / line.applies.sum(),
        )
        for line in problem.demand
    ]
    return replace(
        _span(problem, span), columns=replace(columns, step=columns.step - span.start), most_kwh=most,
        want_kwh=np.minimum(problem.want_kwh, possible), demand=tuple(demand),
    )  # fmt: skip


def _span(problem: Problem, span: slice) -> Problem:
    """Return a problem whose series are those of a span of steps."""
    series = ("base_kwh", "solar_kwh", "limit_kwh", "export_kwh", "price", "export_price")
    return replace(
        problem, clock=_clock(problem.clock, span), **{name: getattr(problem, name)[span] for name in series}
    )


def _clock(clock: Clock, span: slice) -> Clock:
    return replace(
        clock, start=clock.start[span], step_h=clock.step_h[span], weight=clock.weight[span], month=clock.month[span],
        block=clock.block[span],
    )  # fmt: skip


def _points(points: Points, who: np.ndarray, count: int) -> Points:
    """Return the rules for some sessions and for those expected after them, which share nothing and are on all phases."""

    def of(values: np.ndarray) -> np.ndarray:
        return np.append(values[who], np.zeros(count - len(who), values.dtype))

    groups = tuple(Group(of(group.members), group.most_kwh, group.at_once) for group in points.groups)
    return replace(points, phase=None if points.phase is None else of(points.phase), groups=groups)

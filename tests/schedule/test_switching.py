"""Vehicles that are switched: setpoints, pauses that are no flicker, plans by simple means, and what a moment before them asks for."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import FLAT, drawn, sessions_of, site_of

from evplan.schedule.diffusion import follow
from evplan.schedule.flows import Decision, cost, delivered_kwh, only
from evplan.schedule.greedy import greedy
from evplan.schedule.points import Group, Points
from evplan.schedule.prepare import prepare
from evplan.schedule.rolling import remaining
from evplan.schedule.solve import solve
from evplan.schedule.standing import Standing, switched_before

TINY = 1e-6  # kWh


@pytest.mark.parametrize("seed", range(4))
def test_powers_are_setpoints_but_for_one_part_of_a_step_in_a_stay(seed):
    problem = drawn(seed)
    points = (2.0, 3.7, 7.4, 11.0)
    few = problem.sessions.of(np.arange(len(problem.sessions)) < 12)
    again = replace(
        problem, sessions=few, columns=type(problem.columns)(*(part[problem.columns.session < 12] for part in _parts(problem))),
        most_kwh=problem.most_kwh[problem.columns.session < 12], want_kwh=problem.want_kwh[:12],
        short_price=problem.short_price[:12], points=Points(setpoints_kw=points),
    )  # fmt: skip
    found = solve(again, limit_s=4.0)
    kw = found.decision.drawn / again.columns.hours
    off = np.abs(kw[:, None] - np.array([0.0, *points])).min(axis=1) > 1e-5
    assert again.by_session(off.astype(float)).max() <= 1
    assert (delivered_kwh(again, found.decision) <= again.want_kwh + TINY).all()
    free = solve(replace(again, points=Points()))
    assert found.cost.total >= free.cost.total - 1e-6 * abs(free.cost.total) - 1e-4


def _parts(problem):
    return problem.columns.session, problem.columns.step, problem.columns.hours


def test_who_begins_goes_on_and_who_pauses_pauses():
    price = np.tile([0.1, 0.3], 48)
    sessions = sessions_of([8, 9], [16, 20], [15.0, 30.0], 11.0, min_kw=np.full(2, 4.0))
    flicker = prepare(site_of(tariff=FLAT), sessions, Path())
    calm = prepare(site_of(tariff=FLAT, chargers={"least_on_minutes": 60, "least_off_minutes": 45}), sessions, Path())
    often, seldom = (solve(replace(one, price=price, demand=()), limit_s=5.0) for one in (flicker, calm))
    assert _shortest(flicker, often.decision.drawn)[0] == 1
    on, off = _shortest(calm, seldom.decision.drawn)
    assert on >= 4 and off >= 3 and seldom.cost.total >= often.cost.total - 1e-9
    assert delivered_kwh(calm, seldom.decision) == pytest.approx([15.0, 30.0], abs=1e-5)


def _shortest(problem, drawn_kwh):
    """Return the shortest runs of charging and of pauses between them, in steps; a last run may end early, with a full vehicle."""
    runs, pauses, full = (
        [999],
        [999],
        delivered_kwh(problem, Decision(drawn_kwh, 0 * drawn_kwh, *[np.zeros(problem.steps)] * 3)),
    )
    for v in range(len(problem.sessions)):
        on = drawn_kwh[problem.columns_of(v)] > TINY
        edges = np.flatnonzero(np.diff(np.concatenate([[0], on, [0]])))
        own = list(edges[1::2] - edges[::2])
        runs += own[:-1] if full[v] >= problem.want_kwh[v] - 1e-5 else own
        pauses += list(edges[2::2] - edges[1:-1:2])
    return min(runs), min(pauses)


def test_pauses_count_without_a_least_power_too():
    price = np.tile([0.1, 0.9], 48)
    calm = prepare(
        site_of(tariff=FLAT, chargers={"least_on_minutes": 60, "least_off_minutes": 60}),
        sessions_of([8], [20], [18.0]),
        Path(),
    )
    found = solve(replace(calm, price=price, demand=()), limit_s=5.0)
    on, off = _shortest(calm, found.decision.drawn)
    assert on >= 4 and off >= 4 and delivered_kwh(calm, found.decision) == pytest.approx([18.0], abs=1e-4)


def test_switched_plans_serve_everybody_whom_simple_means_serve():
    count, random = 40, np.random.default_rng(2)
    arrival = random.uniform(6, 14, count)
    sessions = sessions_of(arrival, arrival + random.uniform(4, 9, count), random.uniform(4, 18, count), 11.0)
    problem = prepare(
        site_of(
            connection={"limit_kw": 80.0}, chargers={"setpoints_kw": [3.7, 7.4, 11.0], "count": 12, "least_on_minutes": 45},
        ),
        sessions, Path(),
    )  # fmt: skip
    found = solve(problem, limit_s=6.0)
    assert (delivered_kwh(problem, found.decision) >= problem.want_kwh - 0.05).mean() > 0.95
    assert found.gap < 0.5


@pytest.mark.parametrize("seed", range(3))
def test_the_search_never_ends_worse_than_where_it_began(seed):
    problem = replace(drawn(seed), points=Points(setpoints_kw=(2.0, 7.4, 11.0), least_on=2), goals=("cost",))
    free = solve(replace(problem, points=Points()))
    begun = only(problem, greedy(problem, free.decision.drawn))
    found = solve(problem, limit_s=2.0)
    assert found.cost.total <= cost(problem, begun).total + 1e-5 * abs(found.cost.total) + 1e-5


def _runs(on):
    """Return the lengths of runs of charging and of the pauses between them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on, [0]])))
    return edges[1::2] - edges[::2], edges[2::2] - edges[1:-1:2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("by", "least"), [(greedy, 2), (greedy, 1), (follow, 1)])
def test_a_plan_by_simple_means_keeps_every_rule(by, least, seed):
    problem = drawn(seed)
    at_once = Group(np.ones(len(problem.sessions), bool), np.inf, 9)
    points = Points(setpoints_kw=(2.0, 3.7, 7.4, 11.0), least_on=least, least_off=2 * least - 1, groups=(at_once,))
    problem = replace(problem, points=points)
    plan = by(problem, solve(replace(problem, points=Points())).decision.drawn)
    got = problem.efficiency * problem.by_session(plan)
    assert (plan >= 0).all() and (plan <= problem.most_kwh + TINY).all() and (got <= problem.want_kwh + TINY).all()
    room = np.maximum(problem.limit_kwh - problem.base_kwh + problem.solar_kwh, 0.0)
    assert (problem.by_step(plan) <= room + TINY).all() and problem.by_step(1.0 * (plan > TINY)).max() <= 9
    off = np.abs(plan / problem.columns.hours - np.array([[0.0, *points.setpoints_kw]]).T).min(axis=0) > 1e-5
    assert problem.by_session(off.astype(float)).max() <= 1
    for v in range(len(problem.sessions)):
        runs, pauses = _runs(plan[problem.columns_of(v)] > TINY)
        full = got[v] >= problem.want_kwh[v] - 1e-5
        assert (runs[:-1] >= least).all() and (full or (runs >= least).all()) and (pauses >= 2 * least - 1).all()


def test_setpoints_of_many_vehicles_end_near_what_none_costs():
    random, count = np.random.default_rng(5), 150
    arrival = random.uniform(6, 12, count)
    sessions = sessions_of(arrival, arrival + random.uniform(6, 11, count), random.uniform(5, 25, count), 11.0)
    problem = prepare(
        site_of(connection={"limit_kw": 600.0}, chargers={"setpoints_kw": [3.7, 7.4, 11.0]}), sessions, Path()
    )
    found = solve(problem, limit_s=8.0)
    assert (delivered_kwh(problem, found.decision) >= 0.98 * problem.want_kwh).all() and found.gap < 0.05


@pytest.mark.parametrize("step", [35, 37, 38, 41, 46])
@pytest.mark.parametrize("cheap_now", [True, False])
def test_what_was_switched_before_a_moment_counts_after_it(step, cheap_now):
    sessions = sessions_of([8, 8, 9], [16, 18, 20], [15.0, 30.0, 22.0], 11.0, min_kw=np.full(3, 4.0))
    chargers = {"least_on_minutes": 60, "least_off_minutes": 75}
    whole = prepare(site_of(tariff=FLAT, chargers=chargers), sessions, Path())
    whole = replace(whole, price=np.where(np.arange(96) % 6 < 3, 0.1, 0.5), demand=())
    first = solve(whole, limit_s=4.0).decision.drawn
    turned = np.where((np.arange(96) >= step) == cheap_now, 0.05, 0.9)  # everything speaks for switching at once
    done = np.where(whole.columns.step < step, first, 0.0)
    got = whole.efficiency * whole.by_session(done)
    standing = Standing(
        np.ones(3, bool),
        got,
        whole.sessions.departure_s,
        np.zeros(0),
        np.zeros(0),
        0.0,
        switched_before(whole, done, step),
    )
    left = remaining(replace(whole, price=turned), step, standing)
    found = solve(left, limit_s=4.0)
    greedily = greedy(left, found.decision.drawn)
    for plan in (found.decision.drawn, greedily):
        for v in range(3):
            before = done[whole.columns_of(v)][whole.columns.step[whole.columns_of(v)] < step]
            runs, pauses = _runs(np.concatenate([before, plan[left.columns_of(v)]]) > TINY)
            full = got[v] + left.efficiency * plan[left.columns_of(v)].sum() >= whole.want_kwh[v] - 1e-4
            assert (runs[:-1] >= 4).all() and (pauses >= 5).all()
            assert full or plan is greedily or (runs >= 4).all()
    assert delivered_kwh(left, found.decision) + got == pytest.approx(whole.want_kwh, abs=1e-4)


def test_a_power_that_ended_within_its_step_does_not_do_so_again():
    sessions = sessions_of([8], [12], [20.0], 11.0)
    whole = prepare(site_of(tariff=FLAT, chargers={"setpoints_kw": [3.7, 11.0]}), sessions, Path())
    done = np.zeros(len(whole.columns))
    done[0] = 1.0  # kWh: of 2.75 at 11 kW
    standing = Standing(
        np.ones(1, bool), np.array([0.92]), whole.sessions.departure_s, np.zeros(0), np.zeros(0), 0.0,
        switched_before(whole, done, 33),
    )  # fmt: skip
    left = remaining(whole, 33, standing)
    for plan in (solve(left, limit_s=4.0).decision.drawn, greedy(left, np.full(len(left.columns), 1.0))):
        kw = plan / left.columns.hours
        assert np.abs(kw[:, None] - np.array([0.0, 3.7, 11.0])).min(axis=1).max() < 1e-5


@pytest.mark.parametrize("after_s", [0.0, 3.0])
def test_a_search_that_is_stopped_tells_no_gap_that_it_has_not_proved(after_s):
    random, count = np.random.default_rng(7), 40
    arrival = random.uniform(6, 12, count)
    sessions = sessions_of(arrival, arrival + random.uniform(4, 9, count), random.uniform(5, 20, count), 11.0)
    problem = prepare(
        site_of(connection={"limit_kw": 150.0}, chargers={"setpoints_kw": [3.7, 7.4, 11.0]}), sessions, Path()
    )
    stop, free = threading.Event(), solve(replace(problem, points=Points()))
    clock = threading.Timer(after_s, stop.set)
    clock.start()
    found = solve(problem, limit_s=60.0, stop=stop)
    clock.cancel()
    assert found.seconds < 30 and found.bound == pytest.approx(free.cost.total, rel=1e-5)
    assert (delivered_kwh(problem, found.decision) >= 0.98 * problem.want_kwh).all()


def test_a_stay_too_short_for_what_can_be_set_is_not_asked_for_more():
    sessions = sessions_of([8, 8, 8], [9, 9, 9], [20.0, 20.0, 20.0], np.array([22.0, 9.0, 3.0]))
    problem = prepare(
        site_of(tariff=FLAT, chargers={"power_kw": 22.0, "setpoints_kw": [3.7, 7.4, 11.0]}), sessions, Path()
    )
    assert problem.want_kwh == pytest.approx([0.92 * 11, 0.92 * 7.4, 0.0])

"""Plans made anew: nothing known too early, nothing drawn by who is away, hindsight never dearer, and what a moment leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import drawn, sessions_of, site_of, with_all

from evplan.schedule.flows import cost, delivered_kwh, flows
from evplan.schedule.forecast import Past
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.prepare import prepare
from evplan.schedule.replay import as_it_happened, compared, replay
from evplan.schedule.rolling import Standing, remaining
from evplan.schedule.solve import solve

DAY = 24
FLAT = {"energy": [{"price_per_kwh": 0.2}]}


def week(seed: int, days: int = 5):
    """Return a site and sessions of some days whose drivers say when they leave, and half of whom leave at another time."""
    random = np.random.default_rng(seed)
    arrival = np.sort((DAY * np.arange(days)[:, None] + random.uniform(7, 12, (days, 6))).ravel())
    said = arrival + random.uniform(3, 9, len(arrival))
    left = arrival + (said - arrival) * random.choice([0.6, 1.0, 1.3], len(arrival), p=[0.3, 0.5, 0.2])
    sessions = sessions_of(arrival, said, random.uniform(5, 35, len(arrival)), 11.0)
    return site_of(DAY * days, connection={"limit_kw": 30.0}, shortfall_price_per_kwh=3.0), replace(
        sessions, left_s=sessions.arrival_s + 3600 * (left - arrival)
    )


@pytest.mark.parametrize("seed", range(3))
def test_hindsight_is_never_dearer_and_nobody_draws_who_is_away(seed):
    site, sessions = week(seed)
    real = prepare(site, as_it_happened(sessions), Path())
    found = compared(real, sessions.departure_s, Past(sessions, "UTC"))
    best = cost(real, found.found["knew everything"].decision).total
    for name, one in found.found.items():
        assert best <= cost(real, one.decision).total * (1 + 1e-6), name
        assert (one.decision.drawn <= real.most_kwh + 1e-9).all() and (one.decision.drawn >= -1e-12).all()
        assert (delivered_kwh(real, one.decision) <= sessions.energy_kwh + 1e-6).all()
        assert flows(real, one.decision).excess.max() <= 1e-6
    assert found.found["planned anew"].plans > 5


def test_what_comes_later_changes_nothing_before():
    site, sessions = week(1)
    real = prepare(site, as_it_happened(sessions), Path())
    first = replay(real, sessions.departure_s, Past(sessions, "UTC"))
    half = sessions.arrival_s < sessions.arrival_s[0] + 3 * 86400
    later = replace(sessions, energy_kwh=np.where(half, sessions.energy_kwh, 0.5 * sessions.energy_kwh))
    other = prepare(site, as_it_happened(later), Path())
    again = replay(other, later.departure_s, Past(later, "UTC"))
    before = real.columns.step < 3 * DAY * 4
    assert again.decision.drawn[before] == pytest.approx(first.decision.drawn[before], abs=1e-9)
    assert again.decision.drawn[~before].sum() < first.decision.drawn[~before].sum()


def test_drivers_who_keep_their_word_and_all_come_at_once_are_planned_as_in_hindsight():
    sessions = sessions_of([8.0] * 4, [12, 16, 18, 20], [20.0, 25.0, 30.0, 10.0], 11.0)
    real = prepare(site_of(tariff={**FLAT, "demand": [{"price_per_kw_month": 5.0}]}), sessions, Path())
    once = replay(real, sessions.departure_s)
    assert once.plans == 1
    assert cost(real, once.decision).total == pytest.approx(solve(real).cost.total, rel=1e-6)


def test_who_stays_beyond_their_word_is_served_on():
    sessions = sessions_of([8.0], [9.0], [18.4], 11.0)
    stays = replace(sessions, left_s=sessions.arrival_s + 3 * 3600)
    real = prepare(site_of(tariff=FLAT), as_it_happened(stays), Path())
    assert delivered_kwh(real, replay(real, sessions.departure_s).decision) == pytest.approx([18.4], abs=1e-5)


def test_fear_of_early_departure_brings_charging_forward():
    tariff = {"energy": [{"price_per_kwh": 0.3}, {"price_per_kwh": 0.1, "start": "16:00", "end": "20:00"}]}
    sessions = sessions_of([8.0], [20.0], [18.4], 11.0)
    real = prepare(site_of(tariff=tariff, shortfall_price_per_kwh=5.0), sessions, Path())
    trusting, wary = replay(real, sessions.departure_s), replay(real, sessions.departure_s, Past(sessions, "UTC"))
    first = real.columns.step < 16 * 4
    assert trusting.decision.drawn[first].sum() == pytest.approx(0.0, abs=1e-6)
    assert wary.decision.drawn[first].sum() == pytest.approx(20.0, abs=1e-4)


def test_the_past_tells_who_is_expected_and_who_may_have_left():
    arrival = np.array([8.0, 9.0, 32.0, 33.0])  # Tuesday and Wednesday
    sessions = sessions_of(arrival, arrival + 4, [10.0, 20.0, 30.0, 40.0], 11.0)
    past = Past(sessions, "UTC")
    assert past.expected(sessions.arrival_s[0]) is None
    second = past.expected(sessions.arrival_s[2] + 1)
    assert second.energy_kwh.tolist() == [20.0] and second.arrival_s[0] == sessions.arrival_s[3]
    third = past.expected(sessions.arrival_s[2] + 86400 - 3600)
    assert third.energy_kwh.tolist() == [5.0, 10.0, 15.0, 20.0] and third.max_kw.tolist() == [5.5] * 4
    problem = prepare(site_of(tariff=FLAT), sessions.of(np.array([0])), Path())
    gone = past.gone(problem, problem.sessions.arrival_s, problem.sessions.departure_s)
    assert (np.diff(gone) >= 0).all() and 0 <= gone[0] < gone[-1] <= 1


@pytest.mark.parametrize("of", [drawn, with_all])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_moment_leaves_costs_no_more_than_the_plan_meant_for_it(of, seed):
    problem = of(seed)
    found = solve(problem)
    step = problem.steps // 3
    before = problem.columns.step < step
    gain = problem.efficiency * found.decision.drawn - found.decision.given / (
        problem.giving.efficiency if problem.giving else 1.0
    )
    battery = problem.battery
    stored = 0.0
    if battery is not None:
        kept = battery.efficiency * found.decision.charge - found.decision.discharge / battery.efficiency
        stored = battery.stored_kwh + kept[:step].sum()
    import_kw = flows(problem, found.decision).drawn / problem.step_h
    peaks = [max(line.so_far_kw, import_kw[:step][line.applies[:step]].max(initial=0.0)) for line in problem.demand]
    there = problem.sessions.departure_s > problem.begin_s + 3600 * problem.step_h * step
    standing = Standing(
        there, problem.by_session(np.where(before, gain, 0.0)), problem.sessions.departure_s, np.array(peaks),
        np.array([line.per_kw for line in problem.demand]), stored,
    )  # fmt: skip
    left = remaining(problem, step, standing)
    anew = solve(left)
    assert left.steps <= problem.steps - step
    places = {
        (v, t): k for k, (v, t) in enumerate(zip(problem.columns.session.tolist(), problem.columns.step.tolist()))
    }
    who = np.flatnonzero(there)
    at = np.array(
        [places[int(who[v]), step + t] for v, t in zip(left.columns.session.tolist(), left.columns.step.tolist())], int
    )
    after = slice(step, step + left.steps)
    meant = replace(
        found.decision, drawn=found.decision.drawn[at], given=found.decision.given[at],
        **{name: getattr(found.decision, name)[after] for name in ("resting", "charge", "discharge")},
    )  # fmt: skip
    assert anew.cost.total <= cost(left, meant).total + 1e-5 * max(1.0, abs(anew.cost.total))


def test_policies_know_what_drivers_say_and_no_more():
    sessions = sessions_of([8, 8], [10, 18], [9.2, 9.2], 11.0)
    real = prepare(
        site_of(connection={"limit_kw": 10.0}), replace(sessions, departure_s=sessions.arrival_s + 36000), Path()
    )
    urgent = follow(real, POLICIES["earliest-deadline"], sessions.departure_s)
    first = urgent.drawn[real.columns_of(0)]
    assert first[:4] == pytest.approx([2.5] * 4)
    other_way = follow(real, POLICIES["earliest-deadline"], sessions.departure_s[::-1])
    assert other_way.drawn[real.columns_of(0)][:4] == pytest.approx([0.0] * 4)

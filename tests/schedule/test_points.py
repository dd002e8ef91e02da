"""Rules of charge points: charging curves, phases, groups, setpoints and pauses hold in every plan; and each by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import FLAT, sessions_of, site_of

from evplan.errors import InputError
from evplan.schedule.answer import lacking
from evplan.schedule.flows import cost, delivered_kwh, phase_kwh
from evplan.schedule.points import Group, Points, phases_of
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

TINY = 1e-6  # kWh
CURVE = [{"soc": 0.0, "share": 1.0}, {"soc": 0.8, "share": 1.0}, {"soc": 1.0, "share": 0.1}]


def planned(sessions, **changes):
    problem = prepare(site_of(tariff=FLAT, **changes), sessions, Path())
    return problem, solve(problem, limit_s=5.0)


def test_power_falls_along_the_charging_curve():
    sessions = sessions_of([8], [20], [30.0], 50.0, battery_kwh=np.full(1, 60.0), arrival_soc=np.full(1, 0.5))
    problem, found = planned(sessions, chargers={"power_kw": 50.0, "taper": CURVE}, goals=["earliness"])
    soc = 0.5 + np.cumsum(0.92 * found.decision.drawn) / 60
    share = found.decision.drawn / problem.step_h / 50
    assert (share <= np.minimum(1.0, 1.0 - 4.5 * (soc - 0.8)) + 1e-6).all()
    # Implicit steps come near the curve itself: above 80 % the rest fills by an exponential of 0.1 + 4.5 times what is missing.
    assert share[0] == pytest.approx(1.0) and delivered_kwh(problem, found.decision) == pytest.approx([30.0], abs=1e-6)
    _, by_minutes = planned(sessions, chargers={"power_kw": 50.0, "taper": CURVE}, goals=["earliness"], step_minutes=1)
    level = np.cumsum(0.92 * by_minutes.decision.drawn)
    reached = np.flatnonzero(level >= 0.45 * 60)[0] / 60  # hours to 95 %
    rate = 50 * 0.92 / 60
    exact = 0.3 / rate + np.log((1 - 4.5 * 0.0) / (1 - 4.5 * 0.15)) / (4.5 * rate)
    assert reached == pytest.approx(exact, abs=1.5 / 60)


def test_a_stay_too_short_for_the_curve_is_not_asked_for_more():
    sessions = sessions_of([8], [9], [29.0], 50.0, battery_kwh=np.full(1, 60.0), arrival_soc=np.full(1, 0.5))
    problem, found = planned(sessions, chargers={"power_kw": 50.0, "taper": CURVE})
    assert problem.want_kwh[0] < 29.0 and found.decision.drawn.sum() * 0.92 == pytest.approx(
        problem.want_kwh[0], abs=1e-6
    )


def test_nobody_gets_more_than_a_battery_has_room_for():
    sessions = sessions_of([8], [20], [30.0], battery_kwh=np.full(1, 40.0), arrival_soc=np.full(1, 0.5))
    problem, _ = planned(sessions)
    assert problem.want_kwh == pytest.approx([20.0])


def test_phases_are_handed_out_in_turn_and_each_keeps_its_limit():
    one = {"phases": np.ones(9, int)}
    sessions = sessions_of([8] * 9, [18] * 9, [20.0] * 9, 7.4, **one)
    problem, found = planned(sessions, connection={"limit_kw": 100.0, "phase_limit_kw": 8.0}, load_kw=3.0)
    assert np.bincount(problem.points.phase).tolist() == [0, 3, 3, 3]
    carried = phase_kwh(problem, found.decision)
    assert carried.max() <= 8.0 / 4 + TINY
    assert carried.sum() == pytest.approx(problem.base_kwh.sum() + found.decision.drawn.sum())
    # On one phase all would have 8 - 1 kW for ten hours: 70 kWh of 196 drawn.
    crowded = replace(sessions, phase=np.ones(9, int))
    _, less = planned(crowded, connection={"limit_kw": 100.0, "phase_limit_kw": 8.0}, load_kw=3.0)
    assert less.decision.drawn.sum() == pytest.approx(70.0, abs=1e-5)


def test_the_best_phases_are_never_dearer_than_those_in_turn():
    random = np.random.default_rng(3)
    sessions = sessions_of(
        random.uniform(6, 10, 12), random.uniform(12, 20, 12), random.uniform(5, 40, 12), 7.4, phases=np.ones(12, int)
    )
    said = {"connection": {"limit_kw": 100.0, "phase_limit_kw": 7.0}}
    problem, best = planned(sessions, chargers={"phase_choice": "best"}, **said)
    _, turn = planned(sessions, **said)
    assert best.cost.total <= turn.cost.total * (1 + 1e-4)
    assert best.cost.total >= best.bound * (1 - 1e-6)
    assert set(best.decision.phase.tolist()) == {1, 2, 3}
    assert phase_kwh(problem, best.decision).max() <= 7.0 / 4 + TINY


def test_phases_known_are_kept_and_the_rest_go_where_least_is():
    sessions = sessions_of(
        [1, 2, 3, 4], [5] * 4, [9, 1, 1, 1], phases=np.array([1, 1, 1, 3]), phase=np.array([2, 0, 0, 1])
    )
    assert phases_of(sessions, False).tolist() == [2, 1, 3, 0]
    assert phases_of(sessions, True).tolist() == [2, -1, -1, 0]


def test_who_shares_a_charge_point_shares_its_power_and_takes_turns():
    shared = [{"name": "A", "power_kw": 11.0, "at_once": 1}]
    sessions = sessions_of([8, 8, 8], [12, 12, 12], [18.4, 18.4, 9.2], 11.0, charger=np.array(["A", "A", ""]))
    problem, found = planned(sessions, chargers={"shared": shared})
    of = [problem.by_step(np.where(problem.columns.session == v, found.decision.drawn, 0.0)) for v in range(3)]
    assert (np.minimum(of[0], of[1]) <= TINY).all()
    assert delivered_kwh(problem, found.decision) == pytest.approx([18.4, 18.4, 9.2], abs=1e-4)
    with pytest.raises(InputError, match=r"charger 'B' is not among chargers\.shared"):
        planned(replace(sessions, charger=np.array(["A", "B", ""])), chargers={"shared": shared})


def test_no_more_charge_at_once_than_there_are_charge_points():
    sessions = sessions_of([8] * 5, [13] * 5, [9.2] * 5, 11.0)
    problem, found = planned(sessions, chargers={"count": 2})
    on = problem.by_step((found.decision.drawn > TINY).astype(float))
    assert on.max() <= 2 and delivered_kwh(problem, found.decision) == pytest.approx([9.2] * 5, abs=1e-4)


def test_no_battery_burns_energy_where_energy_earns():
    # Four hours at -0.5: who draws and gives at once would burn 11 kWh an hour; so would a battery beside it.
    sessions = sessions_of(
        [8], [12], [10.0], 11.0, gives=np.ones(1, bool), battery_kwh=np.full(1, 60.0), arrival_soc=np.full(1, 0.5)
    )
    site = site_of(
        prices={"values": [-0.7] * 24}, tariff=FLAT, giving={"wear_per_kwh": 0.05}, battery={"energy_kwh": 20.0, "power_kw": 10.0},
    )  # fmt: skip
    problem = prepare(site, sessions, Path())
    decision = solve(problem, limit_s=10.0).decision
    assert np.minimum(decision.drawn, decision.given).max() <= TINY
    assert np.minimum(decision.charge, decision.discharge).max() <= TINY


def test_groups_without_members_ask_for_nothing():
    assert Points(groups=()).plain and not Points(groups=(Group(np.ones(1, bool), 1.0, None),)).plain


@pytest.mark.parametrize("name", POLICIES)
def test_policies_keep_phases_shared_points_and_charging_curves(name):
    random = np.random.default_rng(5)
    count = 12
    sessions = sessions_of(
        random.uniform(6, 10, count), random.uniform(12, 20, count), random.uniform(5, 20, count), 7.4,
        phases=random.choice([1, 3], count), charger=np.where(np.arange(count) < 4, "A", ""),
        battery_kwh=np.full(count, 40.0), arrival_soc=np.full(count, 0.5),
    )  # fmt: skip
    shared = [{"name": "A", "power_kw": 9.0, "at_once": 2}]
    problem = prepare(
        site_of(
            tariff=FLAT, connection={"limit_kw": 40.0, "phase_limit_kw": 7.0}, load_kw=3.0,
            chargers={"shared": shared, "taper": CURVE, "power_kw": 7.4},
        ),
        sessions, Path(),
    )  # fmt: skip
    decision = follow(problem, POLICIES[name])
    assert phase_kwh(problem, decision).max() <= 7.0 / 4 + TINY
    inside = (sessions.charger == "A")[problem.columns.session]
    assert problem.by_step(np.where(inside, decision.drawn, 0.0)).max() <= 9.0 / 4 + TINY
    assert problem.by_step((inside & (decision.drawn > TINY)).astype(float)).max() <= 2
    for v in range(count):
        own = problem.columns_of(v)
        soc = 0.5 + np.cumsum(0.92 * decision.drawn[own]) / 40
        share = decision.drawn[own] / problem.most_kwh[own]
        assert (share <= np.minimum(1.0, 1 - 4.5 * (soc - 0.8)) + 1e-6).all()
    plan = solve(problem, limit_s=4.0)
    assert plan.cost.total <= cost(problem, decision).total * (1 + 1e-3)


def test_who_gets_less_is_told_by_what_holds_it_back():
    sessions = sessions_of([8] * 3, [10] * 3, [18.4] * 3, 11.0, phases=np.ones(3, int), phase=np.ones(3, int))
    problem, found = planned(sessions, connection={"limit_kw": 100.0, "phase_limit_kw": 11.0})
    assert all("its phase is full in" in one.why for one in lacking(problem, found.decision))
    problem, found = planned(sessions, chargers={"count": 1})
    assert all("its charge point is taken in" in one.why for one in lacking(problem, found.decision))
    full = replace(sessions, battery_kwh=np.full(3, 40.0), arrival_soc=np.full(3, 0.8))
    problem, found = planned(full)
    assert [one.why for one in lacking(problem, found.decision)] == ["its battery has room for 8.0 kWh"] * 3

"""Sessions on the clock: parts of steps, stays that begin or end outside it, vehicles that leave at its last step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import MIDNIGHT, TARIFF, sessions_of, site_of

from evplan.errors import EvplanError, InputError
from evplan.schedule import fast
from evplan.schedule.flows import cost, flows
from evplan.schedule.prepare import prepare
from evplan.schedule.problem import plugged_in
from evplan.schedule.solve import solve
from evplan.schedule.timed import Timed


def test_a_stay_takes_part_of_its_first_and_last_step():
    found = plugged_in(sessions_of([1.1, -3, 23.5, 30], [2.25, 0.2, 26, 31], [1] * 4), MIDNIGHT, 0.5, 48)
    assert found.session.tolist() == [0, 0, 0, 1, 2]
    assert found.step.tolist() == [2, 3, 4, 0, 47]
    assert found.hours == pytest.approx([0.4, 0.5, 0.25, 0.2, 0.5])


def test_a_vehicle_that_leaves_at_the_last_step_is_served():
    problem = prepare(site_of(), sessions_of([23.0], [24.0], [10.0]), Path())
    found = fast.solve(problem).decision
    assert problem.efficiency * found.drawn.sum() == pytest.approx(10.0)


def test_charging_moves_to_cheap_hours_and_stays_under_the_limit():
    # By hand: 20 kWh each into two vehicles from 15:00 to 24:00; 16:00 to 21:00 is dear, 12.5 kW is the least peak that serves
    # both outside it (2 * 20 / 0.92 over 4 h is 10.87 kW).
    problem = prepare(site_of(), sessions_of([15, 15], [24, 24], [20, 20]), Path())
    solved = fast.solve(problem)
    found, bound = solved.decision, solved.bound
    dear = (problem.price > 0.2) @ problem.by_step(found.drawn)
    energy = 40 / 0.92
    flat, lean = 12.0 * energy / 9 + 0.12 * energy * 4 / 9 + 0.3 * energy * 5 / 9, 12.0 * energy / 4 + 0.12 * energy
    assert flat < lean  # the demand charge outweighs the dear hours: all nine hours alike
    assert cost(problem, found).total == pytest.approx(flat)
    assert bound == pytest.approx(flat)
    assert dear == pytest.approx(energy * 5 / 9, rel=1e-6)


def test_the_peak_so_far_is_free():
    problem = prepare(site_of(peak_so_far_kw=30.0), sessions_of([15, 15], [24, 24], [20, 20]), Path())
    found = fast.solve(problem).decision
    assert cost(problem, found).total == pytest.approx(0.12 * 40 / 0.92)


def test_each_demand_charge_has_its_own_peak_so_far():
    tariff = TARIFF | {
        "demand": [{"price_per_kw_month": 5.0}, {"price_per_kw_month": 8.0, "start": "17:00", "end": "21:00"}]
    }
    problem = prepare(site_of(tariff=tariff, peak_so_far_kw=[80.0, 20.0]), sessions_of([15], [24], [20]), Path())
    assert [line.so_far_kw for line in problem.demand] == [80.0, 20.0]
    both = prepare(site_of(tariff=tariff, peak_so_far_kw=80.0), sessions_of([15], [24], [20]), Path())
    assert [line.so_far_kw for line in both.demand] == [80.0, 80.0]


def test_a_gap_of_nothing_beside_nothing_is_told_in_units_of_money():
    problem = prepare(site_of(tariff={"energy": [{"price_per_kwh": 0.2}]}), sessions_of([9], [15], [10]), Path())
    found = solve(replace(problem, solar_kwh=np.full(problem.steps, 50.0)))
    assert found.cost.total == pytest.approx(0.0, abs=1e-5) and found.gap < 1e-5


def test_where_highs_gives_up_the_arrows_plan_is_told_with_its_gap(monkeypatch):
    def gives_up(*_):
        raise EvplanError("HiGHS found none")

    monkeypatch.setattr("evplan.schedule.solve.ENOUGH", -1.0)
    monkeypatch.setattr("evplan.schedule.levels.solve", gives_up)
    found = solve(prepare(site_of(), sessions_of([9], [15], [10]), Path()))
    assert found.solver == "arrow" and found.gap < 1e-6


def test_a_limit_that_is_too_small_gives_what_it_can_to_whom_it_matters_most():
    sessions = sessions_of([0, 0], [4, 4], [30, 30], priority=np.array([1.0, 2.0]))
    problem = prepare(site_of(connection={"limit_kw": 9.0}), sessions, Path())
    found = fast.solve(problem).decision
    got = problem.efficiency * problem.by_session(found.drawn)
    assert got == pytest.approx([36 * 0.92 - 30, 30], abs=1e-5)
    assert flows(problem, found).excess.max() == pytest.approx(0.0, abs=1e-6)


def test_values_in_place_hold_until_the_next_and_are_means_of_steps():
    prices = {"values": [0.1, 0.5, 0.2], "minutes": 480, "scale": 2.0}
    site = site_of(step_minutes=60, tariff={"energy": [{"price_per_kwh": 0.01}]}, prices=prices)
    problem = prepare(site, sessions_of([1], [20], [10.0]), Path())
    assert problem.price == pytest.approx(np.repeat([0.21, 1.01, 0.41], 8))
    begun = {**prices, "begin": "2026-11-30T20:00:00"}
    with pytest.raises(InputError, match="prices: holds 2026-11-30 20:00 to 2026-12-01 20:00; the plan runs from"):
        prepare(site.model_copy(update={"prices": Timed.model_validate(begun)}), sessions_of([1], [20], [10.0]), Path())
    load = Timed.model_validate({"values": [1.0, -1.0], "minutes": 720})
    with pytest.raises(InputError, match=r"load: must hold numbers of at least 0; see value 2 \(-1\)"):
        prepare(site.model_copy(update={"load": load}), sessions_of([1], [20], [10.0]), Path())


@pytest.mark.parametrize("minutes", [60, 47, 20])
def test_prices_by_time_of_use_are_means_of_steps_of_any_length(minutes):
    # Kolkata is half an hour off: cheap from 10:00 to 12:00, 0.1 against 0.4.
    tariff = {"energy": [{"price_per_kwh": 0.4}, {"price_per_kwh": 0.1, "start": "10:00", "end": "12:00"}]}
    site = site_of(10.0, timezone="Asia/Kolkata", start="2026-12-01T05:30:00", step_minutes=minutes, tariff=tariff)
    problem = prepare(site, sessions_of([1], [8], [10.0]), Path())
    begins = 5.5 * 60 + minutes * np.arange(problem.steps)
    cheap = np.clip(np.minimum(begins + minutes, 720) - np.maximum(begins, 600), 0, None) / minutes
    assert problem.price == pytest.approx(0.4 - 0.3 * cheap)


def test_a_plan_without_a_start_begins_on_the_clock_of_its_place():
    site = site_of(timezone="Asia/Kolkata", step_minutes=60, start=None, hours=None)
    problem = prepare(site, sessions_of([2.7], [8], [10.0]), Path())  # 08:12 there
    assert f"{problem.clock.start[0]:%H:%M}" == "08:00"


def test_a_clock_on_which_nobody_is_there_is_told():
    with pytest.raises(
        InputError, match="no session is plugged in between 2026-12-01 00:00 and 2026-12-01 05:45; see start and hours"
    ):
        prepare(site_of(6.0), sessions_of([10], [12], [9.0]), Path())


def test_day_ahead_prices_and_what_export_earns_stand_together():
    site = site_of(
        tariff={"energy": [{"price_per_kwh": 0.0}], "export_per_kwh": 0.05, "export_max_kw": 5.0},
        prices={"values": [0.3, 0.02], "minutes": 720}, connection={"limit_kw": 100.0, "export_kw": 20.0},
    )  # fmt: skip
    problem = prepare(site, sessions_of([1], [20], [10.0]), Path())
    assert problem.export_price == pytest.approx(np.repeat([0.05, 0.02], 48)) and problem.export_kwh.max() == 1.25

"""Outages: the island summed by hand, the laws of their price, and plans that hold a reserve for a day nobody knows."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from support import BARE, TINY, UNWORN, best, solved, three_step_outages, three_step_site, variant

from evplan.errors import InfeasibleError
from evplan.instance.read import read
from evplan.parameters.outages import Outage
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.planning.sites import solve_site
from evplan.solution.invariants import check, present_values
from evplan.solution.outages import least_lost_kwh
from evplan.solver.outcome import Options

STORM = {"storm": {"start": "07-14 17:00", "hours": 4, "per_year": 0.5}}
CRITICAL = {
    "horizon.operating_years": [1],
    "sites[gate-city].critical_load": {"charging_fraction": 0.2},
    "sites[rock-creek].critical_load": {"charging_fraction": 0.5},
}

HOW = Options(1e-5, 60.0)


def standing(**changes):
    """Return the three-step site where 30 kW of panels and a battery of 10 kWh and 10 kW stand, and nobody comes."""
    three = three_step_site()
    array = replace(three.solar.arrays[0], existing_kw=30.0, max_kw=30.0)
    solar = replace(three.solar, arrays=(array,), max_kw=30.0)
    stands = {"existing_kwh": 10.0, "existing_kw": 10.0, "max_kwh": 10.0, "max_kw": 10.0}
    battery = replace(three.battery, **{**UNWORN, **stands})
    nobody = np.zeros((1, 3))
    return three_step_site(
        **{**BARE, "solar": solar, "battery": battery, "demand_kwh": nobody, "expected_kwh": nobody, **changes}
    )


def test_an_island_loses_what_the_sum_by_hand_says():
    # 10 kW are critical for three hours; the full battery holds 10 kWh, of which 9 reach the bus (0.9 one way).
    # Hour 1, no sun: the battery gives 9, 1 kWh is lost. Hour 2: the panels give 15, 5 are over and store 4.5 kWh.
    # Hour 3: the panels give 7.5, the battery the 2.5 still missing (it could give 4.05). Lost: 1 kWh.
    # Twice a year, at 3 a kWh, worth six years: 36. To hold energy costs nothing here, so nothing else changes.
    without, _ = best(standing())
    cost, found = best(standing(outages=three_step_outages()))
    assert found["outage_lost_kwh"].tolist() == pytest.approx(np.array([[1.0]]))
    assert cost - without == pytest.approx(36.0)


def test_doubling_the_value_doubles_the_price_of_a_plan():
    without, _ = best(standing())
    for value in (3.0, 6.0):
        cost, _ = best(standing(outages=three_step_outages(value_per_kwh=value)))
        assert cost - without == pytest.approx(12.0 * value)


def test_an_outage_begins_with_the_least_that_is_held_on_any_of_its_days():
    # A year that ties both months together and begins full would be emptied into a dear second hour on one day; with begins
    # on both days the emptier of them counts. Here stored energy is what the first day holds, 0, as nothing fills the cells.
    battery = replace(standing().battery, start_share=0.0)
    clock = replace(standing().clock, block=np.zeros(3, int))
    outages = three_step_outages(each=(Outage("storm", 2.0, np.array([2]), np.array([0, 2])),))
    _, found = best(standing(battery=battery, clock=clock, outages=outages))
    assert found["outage_lost_kwh"][0, 0] == pytest.approx(2.5)  # the panels give 7.5 of 10; step 0 begins with nothing
    alone = three_step_outages(each=(Outage("storm", 2.0, np.array([2]), np.array([2])),))
    _, found = best(standing(battery=battery, clock=clock, outages=alone))
    assert found["outage_lost_kwh"][0, 0] == pytest.approx(0.0, abs=1e-6)


def test_critical_charging_that_no_port_can_give_is_lost():
    # 20 kW of charging are critical in the second hour and the panels give 15, but no charger stands: all 20 are lost, and 10
    # less the battery's 9 in the first hour, and nothing in the third.
    charging = np.array([[0.0, 20.0, 0.0]])
    outages = three_step_outages(load_kw=np.array([[10.0, 0.0, 0.0]]), charging_kw=charging)
    _, found = best(standing(chargers=(), outages=outages))
    assert found["outage_lost_kwh"][0, 0] == pytest.approx(21.0)


def test_outages_without_a_value_or_an_obligation_change_nothing():
    assert best(standing(outages=three_step_outages(value_per_kwh=0.0)))[0] == pytest.approx(best(standing())[0])


def valued(folder, value):
    """Return what tiny says of a storm in which lost load has a value."""
    return variant(folder, CRITICAL | {"outages": {"cases": STORM, "value_of_lost_load_per_kwh": value}})


@pytest.fixture(scope="module")
def priced(tmp_path_factory):
    """Return tiny's plans with a storm, site by site, at four values of lost load, the wear of batteries priced alike."""
    found = read(valued(tmp_path_factory.mktemp("priced"), 1.0))
    return [
        [
            solve_site(
                found, replace(s, outages=replace(s.outages, value_per_kwh=value)), "highs", HOW, lambda *_: None
            )
            for value in (0.0, 20.0, 40.0, 200.0)
        ]
        for s in prepare(found).sites
    ]


def test_the_battery_grows_and_less_is_lost_with_the_value_of_lost_load(priced):
    for plans in priced:
        assert plans[-1].battery_kwh > plans[0].battery_kwh + 0.5
        lost = np.array([plan.outage_lost_kwh.sum() for plan in plans])
        assert (np.diff(lost) <= 1e-3).all()
        assert lost[-1] < lost[0] - 0.5


def test_an_outage_never_makes_a_plan_worth_more(priced):
    for plans in priced:
        worth = np.array([plan.objective for plan in plans])
        assert (np.diff(worth) <= 2e-5 * np.abs(worth[1:])).all()
        assert worth[-1] < worth[0]
        # Twice the value costs at most twice as much: the plan for the lower value is still there to be had.
        assert worth[0] - worth[2] <= 2 * (worth[0] - worth[1]) + 4e-5 * abs(worth[0])


def test_lost_load_steers_and_is_no_cash(tmp_path):
    run = solved(valued(tmp_path, 1.0), gap=1e-4)
    site, plan = run.parameters.sites[1], run.plans[1]
    lost = float(site.worth_untaxed @ plan.outage_lost_kwh[:, 0]) * 0.5 * 1.0
    assert lost > 0
    assert present_values(site, plan)["outages"] == pytest.approx(-lost)
    assert run.reconciliations[1]["outages_priced"] == pytest.approx(lost)
    assert check(site, plan).passed
    assert plan.outage_lost_kwh == pytest.approx(least_lost_kwh(site, plan), abs=1e-3)


def test_an_obligation_is_carried_in_every_outage(tmp_path):
    cases = STORM | {"night": {"start": "07-18 21:00", "hours": 3, "per_year": 1.0}}
    run = solved(TINY, CRITICAL | {"outages": {"cases": cases, "min_carried": 0.7}}, tmp_path, gap=1e-3)
    for site, plan in zip(run.parameters.sites, run.plans, strict=True):
        critical = site.outages.critical_kwh(site.clock.step_h)
        assert (least_lost_kwh(site, plan) <= 0.3 * critical + 1e-4).all()


def test_an_obligation_that_cannot_be_met_is_named_and_repaired(tmp_path):
    changes = CRITICAL | {
        "outages": {"cases": STORM, "min_carried": 0.9}, "sites[rock-creek].battery_max_kwh": 8.0, "catalogue.solar": None,
    }  # fmt: skip
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    said = str(caught.value)
    assert re.search(r"variant\.yaml:\d+:\d+: outages\.min_carried: 0\.9 cannot be reached at site rock-creek", said)
    assert "Outage storm (14 July, 17:00, 4 h) of year 1 falls shortest" in said
    room = 8.0 + float(re.search(r"8 kWh at most; ([\d.]+) kWh more would do", said)[1])
    lower = float(said.split("One repair that suffices: outages.min_carried: ")[1])
    for repair in ({"sites[rock-creek].battery_max_kwh": room}, {"outages.min_carried": lower}):
        assert solved(TINY, changes | repair, tmp_path, gap=0.01).status == "optimal"


def test_an_obligation_that_no_size_can_meet_is_named_too(tmp_path):
    # At night without a battery nothing at all can be carried, so no row of the clash hangs on any size.
    night = {"storm": {"start": "07-12 20:00", "hours": 3, "per_year": 0.5}}
    changes = {
        "sites[rock-creek].critical_load": {"charging_fraction": 0.5}, "horizon.operating_years": [1],
        "catalogue.battery": None, "outages": {"cases": night, "min_carried": 0.95},
    }  # fmt: skip
    with pytest.raises(
        InfeasibleError, match=r"outages\.min_carried: 0\.95 cannot be reached at site rock-creek"
    ) as caught:
        solve(variant(tmp_path, changes))
    lower = float(str(caught.value).split("One repair that suffices: outages.min_carried: ")[1])
    assert solved(TINY, changes | {"outages.min_carried": lower}, tmp_path, gap=0.01).status == "optimal"


def test_two_obligations_that_cannot_be_met_name_one_of_them(tmp_path):
    night = {"storm": {"start": "07-12 20:00", "hours": 3, "per_year": 0.5}}
    changes = {
        "sites[rock-creek].critical_load": {"charging_fraction": 0.5}, "horizon.operating_years": [1],
        "catalogue.battery": None, "outages": {"cases": night, "min_carried": 0.95},
        "sites[rock-creek].demand.min_served": 0.99, "sites[rock-creek].connection": {"existing_kw": 5.0},
    }  # fmt: skip
    with pytest.raises(InfeasibleError, match=r"demand\.min_served: 0\.99 cannot be reached") as caught:
        solve(variant(tmp_path, changes))
    assert "No single repair was found to suffice." in str(caught.value)

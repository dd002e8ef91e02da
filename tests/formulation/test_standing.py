"""What stands already, a load beside the chargers, modules, durations and fixed costs: small plans summed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import BARE, UNWORN, best, three_step_site

from evplan.assets.tariff import Contract
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import ArrayParameters, SolarParameters

LOAD = np.array([[10.0, 20.0, 5.0]])
NOBODY = {"demand_kwh": np.zeros((1, 3)), "expected_kwh": np.zeros((1, 3)), "chargers": ()}
ENERGY = 100 * 0.1 * 5  # a kW in one step: 100 h a year at 0.1, worth 5 years


def panels(*arrays, **changes):
    return SolarParameters(
        **{"max_kw": 100.0, "present_cost_per_kw": 1.0, "om_per_kw_year": 0.0, "arrays": arrays, **changes}
    )


def plane(existing=0.0, most=100.0, power=(0.0, 1.0, 0.0), name="roof"):
    return ArrayParameters(name, existing, most, np.array([power]))


def battery(**changes):
    free = {
        "max_kwh": 1000.0,
        "max_c_rate": 10.0,
        "present_cost_per_kwh": 0.0,
        "present_cost_per_kw": 0.0,
        "om_per_kw_year": 0.0,
    }
    return BatteryParameters(**{**free, **UNWORN, **changes})


def site(**changes):
    return three_step_site(
        **{**BARE, **NOBODY, "load_kw": LOAD, "existing_kw": 80.0, "connection_steps": (), **changes}
    )


def test_a_load_is_bought():
    # 35 kW-steps at 50 each.
    cost, found = best(site())
    assert cost == pytest.approx(35 * ENERGY)
    assert found["import_kw"][0].tolist() == pytest.approx([10.0, 20.0, 5.0])


def test_panels_that_stand_cost_nothing_and_added_ones_cost():
    # 8 kW stand; 12 more save 12 x 50 at 1 each: the second step is met by the sun alone.
    cost, found = best(site(solar=panels(plane(existing=8.0))))
    assert found["solar_by_array_kw"].tolist() == pytest.approx([20.0])
    assert cost == pytest.approx(15 * ENERGY + 12.0)


def test_what_stands_is_kept_up_but_not_bought():
    solar = panels(plane(existing=8.0, most=8.0), om_per_kw_year=2.0)
    cost, _ = best(site(solar=solar))
    assert cost == pytest.approx((35 - 8) * ENERGY + 5 * 8 * 2.0)


def test_each_plane_gives_power_at_its_own_hours():
    # East shines in step 0, west in step 2; each is built to its load.
    east, west = plane(power=(0.5, 0, 0), name="east"), plane(power=(0, 0, 1.0), name="west")
    cost, found = best(site(solar=panels(east, west)))
    assert found["solar_by_array_kw"].tolist() == pytest.approx([20.0, 5.0])
    assert cost == pytest.approx(20 * ENERGY + 25.0)


def test_panels_come_in_modules():
    # Modules of 7 kW: two give 14 kW, three 20 of 21 used; the third saves 6 x 50 for 7.
    cost, found = best(site(solar=panels(plane(), module_kw=7.0)))
    assert found["solar_by_array_kw"].tolist() == pytest.approx([21.0])
    assert cost == pytest.approx(15 * ENERGY + 21.0)


@pytest.mark.parametrize(("fixed", "built"), [(900.0, 20.0), (1100.0, 0.0)])
def test_a_fixed_cost_is_paid_once_or_not_at_all(fixed, built):
    # 20 kW save 1,000 and cost 20 and the fixed cost.
    cost, found = best(site(solar=panels(plane(), present_fixed_cost=fixed)))
    assert found["solar_by_array_kw"].sum() == pytest.approx(built, abs=1e-6)
    assert cost == pytest.approx(35 * ENERGY - max(0.0, 1000.0 - 20.0 - fixed))


DEAR_FIRST = replace(BARE["tariffs"][0], energy_per_kwh=np.array([1.0, 0.0, 0.1]))


def test_a_battery_keeps_to_its_durations():
    # Free energy in step 1 replaces 10 kW of step 0: 10 / 0.9 kWh held. With a least duration of 3 h and 300 a kW-year:
    # power is what costs, energy is free, so nothing changes but 3 kWh a kW at least.
    store = battery(present_cost_per_kw=1.0, min_duration_h=3.0)
    _, found = best(site(battery=store, tariffs=(DEAR_FIRST,)))
    assert found["battery_kw"] == pytest.approx(10 / 0.81)
    assert found["battery_kwh"] >= 3 * found["battery_kw"] - 1e-6
    _, short = best(site(battery=battery(present_cost_per_kw=1.0, max_duration_h=0.5), tariffs=(DEAR_FIRST,)))
    assert short["battery_kwh"] <= 0.5 * short["battery_kw"] + 1e-6


def test_batteries_come_in_modules_beside_what_stands():
    store = battery(present_cost_per_kwh=1.0, existing_kwh=2.0, existing_kw=2.0, module_kwh=4.0)
    cost, found = best(site(battery=store, tariffs=(DEAR_FIRST,)))
    assert found["battery_kwh"] == pytest.approx(14.0)  # 2 + 3 x 4 holds the 10 / 0.9 kWh
    assert cost == pytest.approx(5 * ENERGY + 12.0)


def test_a_year_that_begins_with_a_charge_may_end_empty():
    # 10 kWh held at first, all of it usable: 9 kWh of the dear first step are free. (Each step happens once here.)
    clock = replace(three_step_site().clock, weight=np.ones(3), block=np.zeros(3, int))
    store = battery(existing_kwh=10.0, existing_kw=100.0, max_kwh=10.0, max_kw=100.0, start_share=1.0)
    tariff = replace(BARE["tariffs"][0], energy_per_kwh=np.array([1.0, 1.0, 1.0]))
    cost, found = best(site(clock=clock, battery=store, tariffs=(tariff,)))
    assert cost == pytest.approx(5 * (35.0 - 9.0))
    assert found["above_min_kwh"][0, -1] == pytest.approx(0.0, abs=1e-9)


def test_the_charge_a_year_begins_with_lies_in_the_deepest():
    store = battery(depth_share=np.array([0.25, 0.75]), wear_per_kwh=np.zeros(2), start_share=0.8)
    assert store.start_by_depth == pytest.approx([0.05, 0.75])


def test_chargers_that_stand_are_there_and_free():
    standing = replace(three_step_site().chargers[0], existing=1, om_per_year=0.0)
    cost, found = best(three_step_site(**{**BARE, "chargers": (standing,)}))
    alone, _ = best(three_step_site(**{**BARE, "chargers": (replace(standing, existing=0),)}))
    assert found["chargers"].tolist() == [2]
    assert cost == pytest.approx(alone - 1000.0)


@pytest.mark.parametrize("least", [90.0, 500.0])
def test_the_least_that_can_be_contracted_is_paid_on_an_open_site_only(least):
    # Nothing else costs anything on an open site, so nothing but the contract ties its sizes to being open.
    contract = Contract(2.0, None, least, np.inf)
    tariff = replace(BARE["tariffs"][0], contract=contract)
    cost, found = best(site(tariffs=(tariff,)))
    assert found["contracted_kw"].tolist() == pytest.approx([least])
    assert cost == pytest.approx(35 * ENERGY + 5 * 2 * 2.0 * least)  # two months a year, worth 5 years
    nobody, closed = best(site(tariffs=(tariff,), load_kw=np.zeros((1, 3))))
    assert (nobody, closed["contracted_kw"].tolist()) == (pytest.approx(0.0), pytest.approx([0.0]))

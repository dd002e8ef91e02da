"""Small plans whose best answer can be summed by hand, solved as they are built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import BARE, FLAT, UNWORN, best, three_step_site

from evplan.assets.tariff import TariffSeries


def test_a_plan_of_chargers_alone_earns_what_the_sum_by_hand_says():
    # Two chargers carry 60 kW, but the bus imports at most 80 kW = 64 kW into vehicles at 0.8 efficiency.
    # Demand: 40 kW for 100 h and 10 kW for 100 h = 5,000 kWh sold at 0.5, bought as 6,250 kWh at 0.1.
    # A year earns 2,500 - 625 - 2 x 10 = 1,855; worth 5 years: 9,275. Costs: 2 x 1,000 + 500 for the connection
    # (40 / 0.8 = 50 kW exceeds the 30 kW that exist). NPV = 9,275 - 2,500 = 6,775.
    # Without the connection: 24 kW into vehicles, 2,400 + 1,000 = 3,400 kWh: 1,700 - 425 - 20 = 1,255 x 5 - 2,000 = 4,275.
    # With the connection and one charger: 6,325 (next test).
    cost, found = best(three_step_site(**BARE))
    assert cost == pytest.approx(-6775.0)
    assert found["chargers"].tolist() == [2]
    assert found["connection_kw"] == 80.0


def test_a_type_of_which_none_may_stand_is_counted_as_none():
    first = three_step_site().chargers[0]
    none = replace(first, name="none", spare=1, max_count=0, capacity_kw=np.zeros((1, 1)))
    cost, found = best(three_step_site(**{**BARE, "chargers": (first, none)}))
    assert cost == pytest.approx(-6775.0)
    assert found["chargers"].tolist() == [2, 0]


def test_one_charger_admits_its_share_of_a_rush_and_gives_its_full_power_to_a_few():
    # One charger keeps the waiting limit for a mean of 20 kW and gives 40 kW at most. First step: 25 kW expected, so
    # 20 / 25 of the drivers are admitted, 32 of 40 kW. Last step: 4 kW expected, all 10 kW wanted are served.
    # 4,200 kWh: 2,100 - 525 - 10 = 1,565 a year, 7,825 over five; less 1,000 + 500: 6,325.
    charger = replace(three_step_site().chargers[0], max_count=1, capacity_kw=np.array([[0.0, 20.0]]))
    cost, found = best(three_step_site(**{**BARE, "chargers": (charger,)}))
    assert cost == pytest.approx(-6325.0)
    assert found["served_kw"][0, 0].tolist() == pytest.approx([32.0, 0.0, 10.0])


def test_a_flat_demand_charge_is_paid_on_each_months_highest_import():
    # As above with 2 per kW and month: peaks of 50 kW in January and 12.5 kW in February add 125 a year, 625 over five.
    line = three_step_site().tariffs[0].demand[0]
    tariff = TariffSeries(np.full(3, 0.1), (line,), fixed_per_month=0.0, export_per_kwh=np.zeros(3))
    cost, _ = best(three_step_site(**{**BARE, "tariffs": (tariff,)}))
    assert cost == pytest.approx(-6775.0 + 625.0)


def test_nothing_is_built_where_nobody_comes():
    cost, found = best(three_step_site(demand_kwh=np.zeros((1, 3)), tariffs=(FLAT,)))
    assert cost == pytest.approx(0.0, abs=1e-9)
    assert found["chargers"].sum() == 0
    assert found["solar_by_array_kw"].sum() == pytest.approx(0.0, abs=1e-9)
    assert found["battery_kwh"] == pytest.approx(0.0, abs=1e-9)


def test_an_obligation_is_served_even_at_a_loss():
    site = three_step_site(**{**BARE, "price_per_kwh": 0.05, "min_served": 0.9})
    cost, found = best(site)
    assert cost > 0
    assert found["served_kw"].sum() * 100.0 == pytest.approx(0.9 * 5000.0)


def test_solar_that_is_free_saves_its_yield_at_the_energy_price():
    # Panels of 40 kW yield 20 and 10 kW in the last two steps; only the last has demand: 12.5 kW drawn, 10 kW of it from
    # the sun, 100 times a year: 1,000 kWh x 0.1 x 5 = 500 saved.
    solar = replace(three_step_site().solar, present_cost_per_kw=0.0, om_per_kw_year=0.0)
    without, _ = best(three_step_site(**BARE))
    with_sun, found = best(three_step_site(**{**BARE, "solar": solar}))
    assert without - with_sun == pytest.approx(500.0)
    assert found["solar_used_kw"].max() <= 10.0 + 1e-9


def test_a_battery_loses_energy_both_ways():
    # Free battery, energy 0 in step 1 and dear in step 0 of the same block: each kWh out costs 1 / 0.81 kWh in.
    battery = three_step_site().battery.__class__(
        max_kwh=1000.0,
        max_c_rate=1.0,
        present_cost_per_kwh=0.0,
        present_cost_per_kw=0.0,
        om_per_kw_year=0.0,
        **UNWORN,
    )
    tariff = TariffSeries(np.array([1.0, 0.1, 0.1]), (), fixed_per_month=0.0, export_per_kwh=np.zeros(3))
    site = three_step_site(
        **{
            **BARE,
            "battery": battery,
            "tariffs": (tariff,),
            "price_per_kwh": 10.0,
            "existing_kw": 80.0,
            "connection_steps": (),
        }
    )
    _, found = best(site)
    assert found["discharge_kw"][0, 0] == pytest.approx(50.0)
    assert found["charge_kw"][0, 1] == pytest.approx(50.0 / 0.81)


def worn_battery(**changes):
    """Return a free battery of 100 kWh that ages as `changes` say."""
    return three_step_site().battery.__class__(
        max_kwh=100.0, max_c_rate=1.0, present_cost_per_kwh=0.0, present_cost_per_kw=0.0, om_per_kw_year=0.0,
        **{**UNWORN, **changes},
    )  # fmt: skip


def shifting(battery):
    """Return a site whose 50 kW of step 0 are bought at 1.0 then, or stored in step 1 of the same block at 0.1."""
    tariff = TariffSeries(np.array([1.0, 0.1, 0.1]), (), fixed_per_month=0.0, export_per_kwh=np.zeros(3))
    return three_step_site(
        **{
            **BARE,
            "battery": battery,
            "tariffs": (tariff,),
            "price_per_kwh": 10.0,
            "existing_kw": 200.0,
            "connection_steps": (),
        }
    )


def test_a_depth_whose_wear_is_dearer_than_the_saving_is_not_used():
    # A kWh out saves 1.0 and costs 0.1 / 0.81 = 0.123 of energy. The upper tenth of 100 kWh wears 0.09 / 0.9 = 0.1 a kWh and
    # is used: 10 kWh of cells, 9 kWh on the bus; the rest wears 0.9 / 0.9 = 1.0 a kWh and is not.
    battery = worn_battery(depth_share=np.array([0.1, 0.9]), wear_per_kwh=np.array([0.09, 0.9]))
    _, found = best(shifting(battery))
    assert found["discharge_kw"][0, 0] == pytest.approx(9.0)
    assert found["discharge_by_depth_kw"][:, 0, 0] == pytest.approx([9.0, 0.0])


def test_an_aged_battery_wears_more_per_kwh():
    # As above, but at 80 % health a kWh of cells is 1/80 of a cycle, not 1/100: the upper tenth wears 0.8 / 0.9 / 0.8 = 1.11.
    battery = worn_battery(
        depth_share=np.array([0.1, 0.9]),
        wear_per_kwh=np.array([0.8, 0.9]),
        soh=np.array([0.8]),
        usable_fraction=np.array([0.8]),
    )
    _, found = best(shifting(battery))
    assert found["discharge_kw"].max() == pytest.approx(0.0, abs=1e-9)


def test_energy_is_not_held_above_the_level_where_its_fade_is_dearer_than_the_saving():
    # A stored kWh gives 0.9 on the bus, saving 0.9 - 0.1 / 0.9 = 0.789, on 100 days: 78.9. What is held at the end of step 1
    # stands for half of that step's part of the year's fading, 100 h x warmth 87.6 / 8760 h = 1, and half of none after it:
    # it costs 0.5 x 20 = 10 below three tenths of the window and 0.5 x 180 = 90 above.
    battery = worn_battery(
        fade_per_stored_kwh_year=np.array([20.0, 180.0]),
        stored_share=np.array([0.0, 0.3]),
        warmth=np.array([0.0, 87.6, 0.0]),
    )
    _, found = best(shifting(battery))
    assert found["above_min_kwh"].max() == pytest.approx(30.0)


def test_cold_cells_are_charged_no_faster_than_they_take_it_up():
    # Step 1 allows 0.2 kW per kWh of 100 kWh: 20 kW in, 16.2 kW out.
    _, found = best(shifting(worn_battery(charge_c_rate=np.array([[1.0, 0.2, 1.0]]))))
    assert found["charge_kw"][0, 1] == pytest.approx(20.0)
    assert found["discharge_kw"][0, 0] == pytest.approx(16.2)

"""Vehicles that stay, on three steps: plans whose best answer can be summed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import best, staying_site

from evplan.assets.tariff import TariffSeries
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.parameters.fleet import Together
from evplan.solver.compile import compile_model
from evplan.solver.highs import run
from evplan.solver.outcome import Options

STAYS = {"step": 0, "stay_h": 2.0, "energy_kwh": 10.0}  # from 22:00 to 24:00, 10 kW at most


def priced(*prices):
    return (TariffSeries(np.array(prices), (), fixed_per_month=0.0, export_per_kwh=np.zeros(3)),)


def test_nothing_is_built_where_no_vehicle_stays():
    cost, found = best(staying_site([]))
    assert cost == pytest.approx(0.0, abs=1e-9)
    assert found["chargers"].tolist() == [0]
    assert not found["held_kwh"].any()


def test_a_vehicle_is_charged_in_the_cheap_hour_of_its_stay():
    # 10 kWh sold at 0.5, a hundred times a year: 500. Drawn 12.5 kWh at 0.1 in the second hour: 125. One charger's upkeep 10.
    # (500 - 125 - 10) x 5 - 1,000 = 825. As soon as it comes it would cost 0.3: (500 - 375 - 10) x 5 - 1,000 = -425: not built.
    site = staying_site([STAYS], tariffs=priced(0.3, 0.1, 0.3))
    cost, found = best(site)
    assert cost == pytest.approx(-825.0)
    assert found["served_kw"][0, 0].tolist() == pytest.approx([0.0, 10.0, 0.0])
    assert found["held_kwh"][0].tolist() == pytest.approx([0.0, 0.0, 0.0])


def test_two_vehicles_need_two_ports_though_one_would_carry_their_power():
    # Both stay both hours and want 10 kWh at up to 10 kW: 20 kWh, so one port of 20 kW could carry them. But who finds no
    # port leaves: the second charger earns (500 - 125 - 10) x 5 - 1,000 = 825 too.
    cost, found = best(staying_site([STAYS, STAYS], tariffs=priced(0.3, 0.1, 0.3)))
    assert found["chargers"].tolist() == [2]
    assert cost == pytest.approx(-2 * 825.0)


def test_ports_that_fail_host_less():
    # A port works half the time: it hosts half of the energy. (250 - 62.5 - 10) x 5 - 1,000 < 0: nothing is built, unless
    # the charger costs 500: 887.5 - 500 = 387.5.
    site = staying_site([STAYS], tariffs=priced(0.3, 0.1, 0.3))
    failing = replace(
        site.chargers[0], availability=0.5, full_kw=np.array([10.0]), present_cost=500.0, limit=1, max_count=1,
        capacity_kw=np.array([[0.0, 10.0]]),
    )  # fmt: skip
    cost, found = best(replace(site, chargers=(failing,)))
    assert cost == pytest.approx(-387.5)
    assert (found["hosted"] * site.managed.group_share).sum() == pytest.approx(0.5)


def test_an_obligation_hosts_at_a_loss():
    cost, found = best(staying_site([STAYS], tariffs=priced(0.3, 0.1, 0.3), price_per_kwh=0.05, min_served=0.9))
    assert cost > 0
    assert found["served_kw"].sum() == pytest.approx(9.0)


def test_a_stay_across_the_end_of_its_block_is_charged_at_the_beginning():
    # From 23:00 for two hours, in a block that ends at 24:00 and begins at 22:00: 22:00 is the cheap hour.
    cost, found = best(staying_site([STAYS | {"step": 1}], tariffs=priced(0.1, 0.3, 0.3)))
    assert cost == pytest.approx(-825.0)
    assert found["served_kw"][0, 0].tolist() == pytest.approx([10.0, 0.0, 0.0])
    assert found["held_kwh"][0].tolist() == pytest.approx([0.0, 0.0, 0.0])


GIVES = STAYS | {"give_kw": 10.0, "out_kwh": 10.0, "spare_kwh": 5.0}


def test_a_vehicle_gives_back_in_the_dear_hour_and_is_full_when_it_leaves():
    # A load of 8 kW. In the dear first hour 8 kWh come out of the vehicle (10 / 1.25 at 0.8 efficiency) and spare 8 at 1.0;
    # paid 0.1 for 10 kWh. In the second hour it may take 10 kW only, so it can take 10 = its own 10 wanted and nothing
    # more: to leave with 10 it may not give. With 20 kW at most it takes 20: 25 drawn at 0.1, and the load's 8 at 0.1.
    rows, prices = [GIVES | {"power_kw": 20.0}], {"give_efficiency": 0.8, "payment_per_kwh": 0.1}
    load = np.array([[8.0, 8.0, 0.0]])
    site = staying_site(rows, prices, tariffs=priced(1.0, 0.1, 0.1), load_kw=load, existing_kw=80.0)
    cost, found = best(site)
    assert found["v2g_kw"][0].tolist() == pytest.approx([10.0, 0.0, 0.0])
    assert found["held_kwh"][0].tolist() == pytest.approx([-10.0, 0.0, 0.0])
    assert found["served_kw"][0, 0].tolist() == pytest.approx([0.0, 20.0, 0.0])
    # Sold 10 at 0.5 = 5; energy 33 at 0.1 = 3.3; paid 1.0: 0.7 an event, 70 a year, less upkeep 10: 60 x 5 - 1,000 = -700.
    assert cost == pytest.approx(700.0)
    slow = staying_site([GIVES], prices, tariffs=priced(1.0, 0.1, 0.1), load_kw=load)
    assert best(slow)[1]["v2g_kw"].sum() == pytest.approx(0.0)


@pytest.mark.parametrize(("wear", "given"), [(0.0, 10.0), (0.5, 10.0), (0.8, 0.0), (1.0, 0.0)])
def test_vehicles_give_back_only_where_it_is_worth_their_wear(wear, given):
    # A kWh out is worth 0.8 x 1.0 on the bus and costs 1.25 x 0.1 to put back: 0.675.
    site = staying_site(
        [GIVES | {"power_kw": 20.0}], {"give_efficiency": 0.8, "wear_per_kwh": wear},
        tariffs=priced(1.0, 0.1, 0.1), load_kw=np.array([[8.0, 8.0, 0.0]]), min_served=1.0, existing_kw=80.0,
    )  # fmt: skip
    assert best(site)[1]["v2g_kw"].sum() == pytest.approx(given)


def test_those_who_only_take_lend_nothing_to_those_who_give():
    # A plain vehicle could be filled early, but its energy is its own: the one that gives has nothing to spare.
    rows = [STAYS, GIVES | {"out_kwh": 0.0, "spare_kwh": 0.0, "energy_kwh": 0.0, "power_kw": 20.0}]
    site = staying_site(
        rows,
        {"give_efficiency": 1.0},
        tariffs=priced(0.1, 1.0, 0.1),
        load_kw=np.array([[0.0, 8.0, 0.0]]),
        min_served=1.0,
    )
    found = best(site)[1]
    assert found["v2g_kw"].sum() == pytest.approx(0.0)
    assert found["served_kw"][0, 0].tolist() == pytest.approx([10.0, 0.0, 0.0])


def test_rows_that_hold_vehicles_apart_are_kept():
    # Without the row all 10 kWh go into the second hour; the row says that no more than 4 can.
    site = staying_site([STAYS], tariffs=priced(0.3, 0.1, 0.3), min_served=1.0)
    row = Together(0, 0, (1,), np.where(site.managed.group_share[0] > 0, 4.0, 0.0))
    tight = replace(site, managed=replace(site.managed, together=(row,)))
    assert best(tight)[1]["served_kw"][0, 0].tolist() == pytest.approx([6.0, 4.0, 0.0])


def test_prices_times_seven_make_the_objective_seven_times():
    def plan(k):
        site = staying_site(
            [STAYS, GIVES],
            {"payment_per_kwh": 0.01 * k},
            tariffs=priced(0.3 * k, 0.1 * k, 0.3 * k),
            price_per_kwh=0.5 * k,
        )
        charger = replace(site.chargers[0], present_cost=1000.0 * k, om_per_year=10.0 * k)
        steps = tuple(replace(step, present_cost=k * step.present_cost) for step in site.connection_steps)
        return best(replace(site, chargers=(charger,), connection_steps=steps))[0]

    assert plan(7.0) == pytest.approx(7 * plan(1.0))


def test_without_vehicles_nothing_is_built_and_the_model_still_stands():
    site = staying_site([STAYS | {"energy_kwh": 0.0}])
    model = formulation.build(site)
    program = compile_model(model)
    found = formulation.results(model, site, Values(program.columns, run(program, Options(0.0, 10.0)).x))
    assert found["chargers"].sum() == 0

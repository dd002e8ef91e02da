"""Bills worked out by hand, and laws every bill obeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import three_step_site, three_steps

from evplan.assets.tariff import bill, peak_kw
from evplan.instance.tariff import DemandCharge, EnergyPrice, Tariff
from evplan.parameters.tariff import tariff_series

CLOCK = three_steps()


def billed(tariff, import_kw, export_kw=(0.0, 0.0, 0.0)):
    imported, exported = np.array(import_kw, float), np.array(export_kw, float)
    return bill(tariff, imported, exported, CLOCK)


def test_a_bill_by_hand():
    # Energy: 100 h x (10 x 0.1 + 20 x 0.2 + 30 x 0.3) = 1,400. Flat demand: 2 x (20 + 30) = 100.
    # Night demand (last two steps): 3 x (20 + 30) = 150. Fixed: 2 months x 1. Export: 4 kW x 100 h x 0.05 = 20.
    found = billed(three_step_site().tariffs[0], [10, 20, 30], [4, 0, 0])
    assert (found.energy, found.demand, found.fixed, found.export_credit) == pytest.approx((1400.0, 250.0, 2.0, 20.0))
    assert found.total == pytest.approx(1632.0)


def test_a_demand_line_sees_only_its_window():
    line = three_step_site().tariffs[0].demand[1]
    assert peak_kw(line, np.array([99.0, 20.0, 30.0]), CLOCK).tolist() == [20.0, 30.0]


def test_later_energy_lines_override_earlier_ones():
    tariff = Tariff(energy=(EnergyPrice(price_per_kwh=0.1), EnergyPrice(price_per_kwh=0.4, start="23:00", end="01:00")))
    assert tariff_series(tariff, CLOCK).energy_per_kwh.tolist() == [0.1, 0.4, 0.4]


def test_months_and_days_choose_their_steps():
    # 31 January 2027 is a Sunday, 1 February a Monday.
    def where(**window):
        return CLOCK.within(DemandCharge(price_per_kw_month=1.0, **window)).tolist()

    assert where(months=(1,)) == [True, True, False]
    assert where(days="weekday") == [False, False, True]
    assert where(days="weekend") == [True, True, False]
    assert where(start="22:30", end="23:30") == [False, True, False]


@given(st.lists(st.floats(0, 1e3), min_size=3, max_size=3), st.floats(0.1, 10))
def test_twice_the_power_doubles_all_but_the_fixed_charge(power, factor):
    tariff = three_step_site().tariffs[0]
    once, more = billed(tariff, power), billed(tariff, np.array(power) * factor)
    assert more.energy == pytest.approx(factor * once.energy, rel=1e-9, abs=1e-6)
    assert more.demand == pytest.approx(factor * once.demand, rel=1e-9, abs=1e-6)
    assert more.fixed == once.fixed


def test_a_plans_own_bill_is_what_the_model_paid(tiny):
    # The objective contains the model's bill; the checker rebuilds it from the series. Here: each part by plain loops.
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    prices, clock = tiny.read.instance.tariffs["general-service"], site.clock
    energy = sum(
        (0.21 if start.month in (6, 7, 8, 9) and start.day_of_week < 5 and 13 <= start.hour < 18 else 0.09)
        * kw
        * 365
        / 7
        for start, kw in zip(clock.start, plan.import_kw[0], strict=True)
    )
    afternoon = [start.day_of_week < 5 and 13 <= start.hour < 18 for start in clock.start]
    demand = 12 * (12.5 * max(plan.import_kw[0]) + 8 * max(plan.import_kw[0][afternoon]))
    assert prices.fixed_per_month == 45
    assert (plan.bills[0].energy, plan.bills[0].demand, plan.bills[0].fixed) == pytest.approx((energy, demand, 540.0))

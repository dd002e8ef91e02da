"""Metrics on cash flows whose answers are known by hand or by theory."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest
from cashflows import flow_of

from evplan.finance.cashflow import charged, tax_law
from evplan.finance.levelised import levelised_cost
from evplan.finance.metrics import irr, measure, mirr, payback_years
from evplan.finance.tax import TaxLaw
from evplan.finance.worth import npv
from evplan.instance.finance import Finance


def test_npv_discounts_year_zero_not_at_all():
    # -1000 + 600 / 1.1 + 600 / 1.21 = -1000 + 545.4545 + 495.8678 = 41.3223
    assert npv(np.array([-1000.0, 600.0, 600.0]), 0.1) == pytest.approx(41.3223, abs=1e-4)


def test_irr_of_one_investment_is_unique():
    # -1000 + 1210 / (1 + r)^2 = 0 gives r = 10 %
    found = irr(np.array([-1000.0, 0.0, 1210.0]))
    assert found.status == "unique"
    assert found.value == pytest.approx(0.1)


def test_irr_that_has_two_roots_is_not_reported():
    # (1 + r) = 1.1 and 1.2: -1 (x - 1.1)(x - 1.2) = -x^2 + 2.3 x - 1.32
    found = irr(np.array([-1.0, 2.3, -1.32]))
    assert (found.value, found.status) == (None, "several")


@pytest.mark.parametrize("flow", [[0.0, 0.0], [-5.0, -1.0], [5.0, 1.0], [-1.0, 2.0, -2.0]])
def test_irr_that_does_not_exist_is_none(flow):
    assert irr(np.array(flow)).status == "none"


def test_irr_with_a_heavy_outflow_in_mid_life_is_still_the_root():
    # At 75.65 % the discounted sum is zero, and the cumulative sums change sign once: the root is the only one.
    flow = np.array([-100.0, 120.0, 90.0, -40.0, 60.0, 60.0])
    found = irr(flow)
    assert found.status == "unique"
    assert npv(flow, found.value) == pytest.approx(0.0, abs=1e-6)


def test_irr_of_a_gold_mine_is_told_too():
    # -1 + 48 / (1 + r) = 0: r = 4,700 %
    assert irr(np.array([-1.0, 48.0])).value == pytest.approx(47.0)


def test_irr_is_negative_where_money_is_lost():
    # -100 + 50 / (1 + r) = 0: r = -50 %
    assert irr(np.array([-100.0, 50.0])).value == pytest.approx(-0.5)


def test_payback_is_interpolated_within_the_year():
    # -100 + 40 + 40 = -20 after two years; a third of 40 later is a half: 2.5 years
    assert payback_years(np.array([-100.0, 40.0, 40.0, 40.0])) == pytest.approx(2.5)


def test_payback_waits_until_the_sum_stays_positive():
    # Sums: -100, 20, -30, 70. Paid back for good in year 3, 30 % into it.
    assert payback_years(np.array([-100.0, 120.0, -50.0, 100.0])) == pytest.approx(2.3)


def test_payback_that_never_comes_is_none():
    assert payback_years(np.array([-100.0, 10.0, 10.0])) is None


def test_the_modified_rate_by_hand():
    # Paid: 100 + 50 / 1.1^2 = 141.3223. In: 120 / 1.1 + 90 / 1.1^3 = 176.7092, at the end 235.2. (235.2 / 141.3223)^(1/3) = 1.18510
    flow = np.array([-100.0, 120.0, -50.0, 90.0])
    assert mirr(flow, 0.1) == pytest.approx((235.2 / 141.32231) ** (1 / 3) - 1, abs=1e-6)
    assert mirr(flow, 0.1) == pytest.approx(npf.mirr(flow, 0.1, 0.1))
    assert mirr(np.array([5.0, 1.0]), 0.1) is None


@pytest.mark.parametrize("falling", ["end", "middle", "beginning"])
def test_rates_are_those_of_the_same_convention(falling):
    flow = np.array([-100.0, 30.0, -5.0, 60.0, 50.0])
    found = irr(flow, falling)
    assert npv(flow, found.value, falling) == pytest.approx(0.0, abs=1e-9)
    # A project that earns just its rate has that modified rate too.
    assert mirr(flow, found.value, falling) == pytest.approx(found.value)


def test_the_sooner_money_falls_the_more_it_earns():
    flow = np.array([-100.0, 30.0, 40.0, 60.0])
    end, middle, beginning = (irr(flow, falling).value for falling in ("end", "middle", "beginning"))
    assert end < middle < beginning


def test_profitability_and_levelised_costs_by_hand():
    # 1,000 kWh a year, two years at 10 %: 1,735.537 kWh discounted; costs 600 + 170 x 1.735537 = 895.041, before tax.
    flow = flow_of(
        TaxLaw(0.25), served_kwh=[0, 1000.0, 1000.0], revenue=[0, 500.0, 500.0], energy=[0, 100.0, 100.0], om=[0, 70.0, 70.0],
        capex=[600.0, 0, 0], depreciation=[0, 300.0, 300.0],
    )  # fmt: skip
    found = measure(flow, Finance(discount_rate=0.1, tax_rate=0.25, inflation=0.0))
    assert found.lcoc_before_tax_per_kwh == pytest.approx(895.041322 / 1735.537190)
    assert found.lcoc_undiscounted_energy_per_kwh == pytest.approx(895.041322 / 2000)
    # Net 330 - 7.5 = 322.5 a year: worth 559.711, over 600 built.
    assert found.profitability_index == pytest.approx(559.7107 / 600, rel=1e-6)


@pytest.mark.parametrize("credits", ["paid", "carried-forward"])
@pytest.mark.parametrize("losses", ["refunded", "carried-forward"])
def test_charging_the_break_even_price_earns_nothing(losses, credits):
    finance = Finance(losses=losses, tax_credits=credits, inflation=0.03)
    rng = np.random.default_rng(0)
    for _ in range(20):
        k = np.arange(16)
        flow = flow_of(
            tax_law(finance), served_kwh=np.where(k > 0, rng.uniform(5e4, 5e5), 0.0), revenue=np.where(k > 0, 1e5, 0.0),
            energy=np.where(k > 0, rng.uniform(1e4, 1e5), 0.0), capex=np.where(k == 0, rng.uniform(1e5, 1e6), 0.0),
            depreciation=np.where((k > 0) & (k <= 5), rng.uniform(2e4, 2e5), 0.0), tax_credit=np.where(k == 1, 5e4, 0.0),
        )  # fmt: skip
        price = levelised_cost(flow, finance)
        assert npv(charged(flow, price, finance).net, 0.08) == pytest.approx(0.0, abs=1e-6 * flow.capex[0])

"""Metrics on cash flows whose answers are known by hand or by theory."""

from __future__ import annotations

import numpy as np
import pytest

from evplan.finance.metrics import irr, payback_years
from evplan.finance.worth import npv


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

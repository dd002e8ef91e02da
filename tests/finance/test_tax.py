"""Losses that are relief at once, and losses that wait; every sum by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evplan.finance.tax import TaxLaw, credits_used, income_tax, losses_used

PROFIT = np.array([0.0, -100.0, 60.0, -20.0, 50.0, 50.0])


def test_a_loss_is_relief_in_its_own_year():
    assert income_tax(PROFIT, TaxLaw(0.3)) == pytest.approx([0, -30, 18, -6, 15, 15])


def test_losses_wait_for_profits():
    # 100 waits, 60 of it used; 40 + 20 wait, 50 used, 10 used: only 40 of the last profit is taxed.
    law = TaxLaw(0.3, carries_losses=True)
    assert losses_used(PROFIT, law) == pytest.approx([0, 0, 60, 0, 50, 10])
    assert income_tax(PROFIT, law) == pytest.approx([0, 0, 0, 0, 0, 12])


def test_only_a_part_of_a_profit_may_be_offset():
    # 80 % of 60 = 48, then of 50 = 40, then of 50: 100 + 20 - 88 = 32 left.
    law = TaxLaw(0.3, carries_losses=True, most=0.8)
    assert losses_used(PROFIT, law) == pytest.approx([0, 0, 48, 0, 40, 32])


def test_a_loss_that_waited_too_long_is_lost():
    # After two years the rest of the first 100 is gone; the 20 of year 3 may still be used in year 4 and 5.
    law = TaxLaw(0.3, carries_losses=True, years=2)
    assert losses_used(PROFIT, law) == pytest.approx([0, 0, 60, 0, 20, 0])


def test_credits_wait_for_tax():
    tax, credit = np.array([0.0, 10.0, 10.0, 10.0]), np.array([0.0, 25.0, 0.0, 0.0])
    assert credits_used(tax, credit, TaxLaw(0.3)) == pytest.approx(credit)
    assert credits_used(tax, credit, TaxLaw(0.3, carries_credits=True)) == pytest.approx([0, 10, 10, 5])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=25), st.sampled_from([None, 1, 3, 20]))
def test_waiting_never_pays_and_never_costs_more_than_the_relief_lost(profits, years):
    taxable = np.array(profits)
    law = TaxLaw(0.25, carries_losses=True, years=years)
    waits, refunds = income_tax(taxable, law), income_tax(taxable, TaxLaw(0.25))
    assert (waits >= 0).all() and (np.cumsum(waits - refunds) >= -1e-6).all()
    used = losses_used(taxable, law)
    assert (np.cumsum(used) <= np.cumsum(np.maximum(-taxable, 0)) + 1e-6).all()
    if years is None or years >= len(profits):
        assert used == pytest.approx(losses_used(taxable, TaxLaw(0.25, carries_losses=True)), abs=1e-6)


def test_many_projects_are_taxed_as_each_by_itself():
    taxable = np.random.default_rng(0).normal(size=(21, 7))
    for law in (TaxLaw(0.3, True), TaxLaw(0.3, True, 0.8, 3), TaxLaw(0.3)):
        together = income_tax(taxable, law)
        for i in range(7):
            assert together[:, i] == pytest.approx(income_tax(taxable[:, i], law))

"""Loans whose payments can be looked up in any table of annuities, and what covers them."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest

from evplan.finance.loan import Loan, lent, unit_service

RICH = np.full(16, 1e9)


def test_an_annuity_pays_what_every_table_says():
    service = lent(Loan(0.06, 10, share=0.5), np.array(2000.0), RICH)
    k = np.arange(1, 11)
    assert service.amount == pytest.approx(1000.0)
    assert service.interest[1:11] == pytest.approx(-npf.ipmt(0.06, k, 10, 1000.0))
    assert service.principal[1:11] == pytest.approx(-npf.ppmt(0.06, k, 10, 1000.0))
    assert service.total[11:] == pytest.approx(0.0, abs=1e-9) and service.owed[-1] == pytest.approx(0.0, abs=1e-9)


def test_monthly_payments_pay_interest_by_the_month():
    service = unit_service(Loan(0.06, 5, share=1.0, per_year=12), 6)
    months = np.arange(1, 61)
    assert service.interest[1:6] == pytest.approx(-npf.ipmt(0.005, months, 60, 1.0).reshape(5, 12).sum(axis=1))
    assert service.principal[1:6] == pytest.approx(-npf.ppmt(0.005, months, 60, 1.0).reshape(5, 12).sum(axis=1))


def test_equal_parts_by_hand():
    # 1,000 in four parts at 10 %: interest 100, 75, 50, 25.
    service = lent(Loan(0.1, 4, share=1.0, payments="equal-principal"), np.array(1000.0), RICH)
    assert service.principal[1:5] == pytest.approx([250] * 4)
    assert service.interest[1:5] == pytest.approx([100, 75, 50, 25])
    # Twice a year at 5 %: eight parts of 125; interest of the first year 50 + 43.75.
    service = lent(Loan(0.1, 4, share=1.0, payments="equal-principal", per_year=2), np.array(1000.0), RICH)
    assert service.interest[1] == pytest.approx(93.75)


def test_in_the_grace_interest_alone_is_paid():
    service = unit_service(Loan(0.08, 5, share=1.0, grace_years=2), 8)
    assert service.interest[1:3] == pytest.approx([0.08, 0.08])
    assert service.principal[1:3] == pytest.approx([0, 0])
    assert service.total[3:6] == pytest.approx([-npf.pmt(0.08, 3, 1.0)] * 3)


def test_a_loan_without_interest_is_paid_back_in_equal_parts():
    assert unit_service(Loan(0.0, 4, share=1.0), 5).total[1:5] == pytest.approx([0.25] * 4)


def test_what_the_horizon_cuts_off_is_paid_in_its_last_year():
    service = unit_service(Loan(0.05, 10, share=1.0), 6)
    assert service.principal.sum() == pytest.approx(1.0)
    assert service.owed[5] == pytest.approx(1 + npf.ppmt(0.05, np.arange(1, 6), 10, 1.0).sum())


@pytest.mark.parametrize("payments", ["annuity", "equal-principal", "sculpted"])
@pytest.mark.parametrize("grace", [0, 2])
def test_the_payments_are_worth_the_loan(payments, grace):
    cash = np.concatenate([[0.0], np.linspace(100, 180, 15)])
    service = lent(Loan(0.07, 12, dscr=1.25, payments=payments, grace_years=grace), np.array(1e9), cash)
    assert npf.npv(0.07, service.total) == pytest.approx(float(service.amount))
    assert service.principal.sum() == pytest.approx(float(service.amount))


def test_coverage_sets_the_amount():
    cash = np.concatenate([[0.0], np.linspace(100, 180, 15)])
    flat = lent(Loan(0.07, 12, dscr=1.25), np.array(1e9), cash)
    assert (cash[1:13] / flat.total[1:13]).min() == pytest.approx(1.25)
    followed = lent(Loan(0.07, 12, dscr=1.25, payments="sculpted"), np.array(1e9), cash)
    assert cash[1:13] / followed.total[1:13] == pytest.approx(np.full(12, 1.25))
    assert followed.amount > flat.amount
    capped = lent(Loan(0.07, 12, dscr=1.25, share=0.5, payments="sculpted"), np.array(600.0), cash)
    assert capped.amount == pytest.approx(300.0)


def test_nothing_is_lent_on_cash_that_is_not_there():
    cash = np.concatenate([[0.0], -np.ones(15)])
    for payments in ("annuity", "sculpted"):
        assert lent(Loan(0.07, 12, dscr=1.25, payments=payments), np.array(1e9), cash).amount == 0.0


def test_rates_may_differ_from_project_to_project():
    rates = np.array([0.0, 0.03, 0.09])
    together = unit_service(Loan(rates, 10, share=1.0, per_year=12), 12)
    for i, rate in enumerate(rates):
        alone = unit_service(Loan(float(rate), 10, share=1.0, per_year=12), 12)
        assert together.interest[:, i] == pytest.approx(alone.interest)


@pytest.mark.parametrize("payments", ["annuity", "equal-principal", "sculpted"])
def test_interest_in_the_grace_is_covered_too(payments):
    cash = np.concatenate([[0.0, 5000.0, 5000.0], np.full(8, 150_000.0)])
    service = lent(Loan(0.07, 10, dscr=1.3, payments=payments, grace_years=2), np.array(1e9), cash)
    owes = service.total > 1e-9 * service.amount
    assert service.amount > 0
    assert (cash[owes] / service.total[owes]).min() == pytest.approx(1.3)

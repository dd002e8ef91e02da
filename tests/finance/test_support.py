"""Support of every kind: the amount reported meets what is asked, none less does, and what it costs the public."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cashflows import flow_of

from evplan.finance.financing import financed
from evplan.finance.loan import Loan
from evplan.finance.owners import terms_of
from evplan.finance.support.gap import gap_of, gaps, margin, needed
from evplan.finance.support.instruments import INSTRUMENTS, Deal
from evplan.finance.tax import TaxLaw
from evplan.finance.worth import npv
from evplan.instance.finance import Finance, Support

CLOSED = 1e-6  # of construction cost: the bar for what is left of the gap
LOAN = {"rate": 0.09, "years": 10, "share": 0.6}


def deal_of(seed: int, **finance) -> Deal:
    """Return a random station of 15 years that mostly does not pay by itself, losses carried forward."""
    said = Finance(losses="carried-forward", **finance)
    rng, k = np.random.default_rng(seed), np.arange(16)
    built, runs = rng.uniform(1e5, 2e6), np.where(k > 0, 1.02 ** (k - 1.0), 0.0)
    sold = rng.uniform(0.5, 2.0) * built * np.minimum(k / 5, 1.0)
    flow = flow_of(
        TaxLaw(said.tax_rate, True), served_kwh=sold, revenue=0.3 * sold * runs, energy=0.11 * sold * runs,
        demand=rng.uniform(0.01, 0.04) * built * runs, om=0.015 * built * runs, land=rng.uniform(0.01, 0.03) * built * runs,
        capex=np.where(k == 0, built, 0.0), replacements=np.where(k == 10, rng.uniform(0, 0.4) * built, 0.0),
        depreciation=np.where((k > 0) & (k <= 10), built / 10, 0.0), residual=np.where(k == 15, 0.05 * built, 0.0),
        book=np.zeros(16),
    )  # fmt: skip
    return Deal(flow, terms_of(said), said)


ACTING = [
    (name, criterion) for name in INSTRUMENTS for criterion in ("irr", "equity") if (name, criterion) != ("loan", "irr")
]


@pytest.mark.parametrize(("name", "criterion"), ACTING)
def test_the_amount_reported_closes_the_gap_in_a_hundred_cases(name, criterion):
    instrument, closed = INSTRUMENTS[name], 0
    for seed in range(100):
        deal = deal_of(seed, loan=LOAN)
        amount = needed(deal, instrument, criterion)
        if amount is None:
            most = instrument.most(deal)
            assert margin(instrument.given(deal, most), criterion) < 0
            continue
        if amount == 0:
            assert margin(deal, criterion) >= 0
            continue
        closed += 1
        assert abs(margin(instrument.given(deal, amount), criterion)) <= CLOSED * deal.built
        assert margin(instrument.given(deal, 0.99 * amount), criterion) < 0
    assert closed >= {"land-waiver": 1, "tariff-waiver": 1, "loan": 5}.get(name, 30)


def test_a_cheaper_loan_does_nothing_for_a_project_apart_from_its_loan():
    deal = deal_of(1, target_irr=0.3, loan=LOAN)
    assert margin(INSTRUMENTS["loan"].given(deal, 0.05), "irr") == margin(deal, "irr") < 0
    assert needed(deal, INSTRUMENTS["loan"], "irr") is None


def test_no_loan_can_be_made_cheaper_where_there_is_none():
    deal = deal_of(1, target_irr=0.3)
    assert needed(deal, INSTRUMENTS["loan"], "irr") is None


def test_the_criterion_that_needs_most_binds():
    deal = deal_of(
        0, loan=LOAN, equity_rate=0.14, discount_rate=0.06, support=Support(criteria=("npv", "irr", "equity"))
    )
    grant = next(gap for gap in gaps(deal) if gap.instrument == "grant")
    assert grant.amount == max(grant.by_criterion.values())
    assert grant.by_criterion[grant.binding] == grant.amount > grant.by_criterion["npv"]


def test_coverage_of_the_loan_is_a_criterion():
    deal = deal_of(3, loan=LOAN, support=Support(criteria=("dscr",), min_dscr=1.4))
    premium = gap_of(deal, INSTRUMENTS["premium"], ("dscr",), 0.05)
    supported = INSTRUMENTS["premium"].given(deal, premium.amount)
    cover = financed(supported.flow, supported.terms).dscr
    assert np.nanmin(cover) == pytest.approx(1.4, rel=1e-9)


def test_what_each_costs_the_public_by_hand():
    deal = deal_of(5, loan=LOAN)
    flow, k = deal.flow, np.arange(16)
    cost = {name: one.public_cost(deal, 0.01, 0.05) for name, one in INSTRUMENTS.items()}
    assert cost["grant"] == pytest.approx(0.01)
    assert cost["premium"] == pytest.approx(npv(0.01 * flow.served_kwh * np.where(k > 0, 1.02 ** (k - 1.0), 0.0), 0.05))
    assert cost["tariff-waiver"] == pytest.approx(0.01 * npv(flow.demand, 0.05))
    assert cost["land-waiver"] == pytest.approx(0.01 * npv(flow.land, 0.05))
    assert cost["tax-credit"] == pytest.approx(0.01 * deal.built / 1.05)
    # The interest forgone of a loan that is paid back by an annuity at the lower rate.
    owed = financed(flow, replace(deal.terms, loan=Loan(0.08, 10, share=0.6))).service.owed
    assert cost["loan"] == pytest.approx(sum(0.01 * owed[j - 1] / 1.05**j for j in range(1, 11)))


def test_a_grant_and_a_premium_that_close_the_same_gap_cost_about_the_same():
    # At the target rate, after tax, both are worth what is missing; the grant loses depreciation, the premium is taxed.
    deal = deal_of(0)
    for name in ("grant", "premium", "tax-credit"):
        gap = gap_of(deal, INSTRUMENTS[name], ("irr",), deal.finance.target_irr)
        short = -margin(deal, "irr")
        assert gap.public_cost > short
        assert gap.public_cost < short / (1 - deal.finance.tax_rate) * 1.001 or name == "tax-credit"


def test_a_waiver_of_everything_that_is_not_enough_is_told():
    deal = deal_of(0)
    poor = replace(deal, flow=replace(deal.flow, revenue=0 * deal.flow.revenue))
    gap = gap_of(poor, INSTRUMENTS["land-waiver"], ("irr",), 0.08)
    assert gap.amount is None and gap.public_cost is None and gap.binding == "irr"


@pytest.mark.parametrize("name", ["grant", "premium", "tariff-waiver"])
def test_coverage_is_reached_with_the_loan_still_there(name):
    # A grant lowers the loan and so its service: with a fifth of it left, what is covered once is covered five times.
    deal = deal_of(3, loan=LOAN, support=Support(criteria=("dscr",), min_dscr=4.0))
    amount = needed(deal, INSTRUMENTS[name], "dscr")
    if amount is None:
        most = INSTRUMENTS[name].given(deal, min(INSTRUMENTS[name].most(deal), 0.99 * deal.built))
        assert name != "premium" and margin(most, "dscr") < 0
        return
    given = INSTRUMENTS[name].given(deal, amount)
    assert (
        margin(given, "dscr") == pytest.approx(0.0, abs=1e-6) and financed(given.flow, given.terms).service.amount > 0
    )


def test_a_year_without_cash_is_covered_by_no_grant_however_little_it_leaves_to_lend():
    deal = deal_of(3, loan=LOAN, support=Support(criteria=("dscr",), min_dscr=1.3))
    k = np.arange(16)
    poor = replace(deal, flow=replace(deal.flow, replacements=np.where(k == 7, 5 * deal.built, 0.0)))
    assert needed(poor, INSTRUMENTS["grant"], "dscr") is None


def test_a_grant_may_pay_for_losses_where_nothing_is_built():
    # Land of 400 a year for 15 years, losses refunded: a grant is taxed over ten years, so 0.25 of it comes back in tax.
    said, k = Finance(), np.arange(16)
    flow = flow_of(TaxLaw(said.tax_rate), land=np.where(k > 0, 400.0, 0.0), capex=0.0 * k)
    deal = Deal(flow, terms_of(said), said)
    amount = needed(deal, INSTRUMENTS["grant"], "irr")
    by_hand = 0.75 * 400 * sum(1.1**-j for j in range(1, 16)) / (1 - 0.025 * sum(1.1**-j for j in range(1, 11)))
    assert amount == pytest.approx(by_hand)


def test_a_tax_credit_counts_what_grants_leave_and_two_credits_lower_one_basis():
    # 1,000,000, of which 400,000 are granted: a credit of 30 % is 180,000, and half of it is not depreciated: 600,000 - 90,000.
    k = np.arange(16)
    capex, written = np.where(k == 0, 1e6, 0.0), np.where((k > 0) & (k <= 10), 1e5, 0.0)
    deal = Deal(flow_of(TaxLaw(0.25), capex=capex, depreciation=written), terms_of(Finance()), Finance())
    granted = INSTRUMENTS["grant"].given(deal, 4e5)
    both = INSTRUMENTS["tax-credit"].given(granted, 0.3).flow
    assert both.tax_credit[1] == pytest.approx(180_000) and both.depreciation.sum() == pytest.approx(510_000)
    # A catalogue's credit of 30 % left 850,000 to depreciate; another of 20 % takes 100,000 more off it.
    credited = Deal(
        replace(deal.flow, depreciation=0.85 * written, first_depreciation=0.85 * written), deal.terms, deal.finance
    )
    assert INSTRUMENTS["tax-credit"].given(credited, 0.2).flow.depreciation.sum() == pytest.approx(750_000)

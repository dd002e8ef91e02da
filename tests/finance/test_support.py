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
def test_coverage_can_be_reached_by_a_grant_that_leaves_nothing_to_lend(name):
    deal = deal_of(3, loan=LOAN, support=Support(criteria=("dscr",), min_dscr=4.0))
    amount = needed(deal, INSTRUMENTS[name], "dscr")
    if amount is not None:
        assert margin(INSTRUMENTS[name].given(deal, amount), "dscr") >= -1e-6
    assert name != "grant" or amount is not None

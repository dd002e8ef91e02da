"""Very many scenarios by arrays are what each is by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cashflows import flow_of

from evplan.finance.cashflow import BILL, BUILT
from evplan.finance.financing import Terms, financed, under
from evplan.finance.loan import Loan, lent
from evplan.finance.many import PART, Drawn, Response, between, outcomes
from evplan.finance.tax import TaxLaw
from evplan.finance.worth import npv
from evplan.instance.finance import Finance

FINANCE = Finance(losses="carried-forward", discount_rate=0.07, target_irr=0.11)
LAW = TaxLaw(0.25, carries_losses=True)
TERMS = Terms(Loan(0.06, 8, share=0.6, fee=0.01, reserve_months=3), reserve_rate=0.02)


def at(level: float):
    """Return a station's cash flow at some level of demand: sales saturate, the demand charge does not follow."""
    k = np.arange(13)
    runs = np.where(k > 0, 1.02 ** (k - 1.0), 0.0)
    return flow_of(
        LAW, capex=np.where(k == 0, 1000.0, 0.0), served_kwh=900 * min(level, 1.2) * (k > 0), revenue=360 * min(level, 1.2) * runs,
        energy=90 * level * runs, demand=40 * runs, om=25 * runs, replacements=np.where(k == 6, 150.0, 0.0),
        depreciation=np.where((k > 0) & (k <= 5), 200.0, 0.0), residual=np.where(k == 12, 60.0, 0.0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def response():
    """Return the station at three levels, with the loan it gets as planned."""
    plan = financed(at(1.0), TERMS)
    levels = np.array([0.5, 1.0, 1.5])
    return Response(levels, tuple(at(level) for level in levels), float(plan.service.amount) / 1000.0)


def drawn(count: int, seed: int = 0) -> Drawn:
    rng = np.random.default_rng(seed)
    demand, *others = np.exp(0.2 * rng.normal(size=(5, count)))
    return Drawn(demand, *others, loan_rate=rng.uniform(0.03, 0.09, count))


def test_a_scenario_that_changes_nothing_is_the_plan(response):
    one = np.ones(1)
    found = outcomes(response, Drawn(one, one, one, one, one, 0.06 * one), TERMS, FINANCE)
    plan = financed(at(1.0), TERMS)
    assert found.npv[0] == pytest.approx(npv(at(1.0).net, 0.07))
    assert found.equity_npv[0] == pytest.approx(npv(plan.equity, 0.11))
    assert found.min_dscr[0] == pytest.approx(np.nanmin(plan.dscr))


def test_every_scenario_is_what_it_is_by_itself(response):
    sample = drawn(PART + 7)  # two parts
    found = outcomes(response, sample, TERMS, FINANCE)
    for s in (0, 5, PART - 1, PART, PART + 6):
        d = sample.demand[s]
        low, high = (at(level) for level in ((0.5, 1.0) if d < 1 else (1.0, 1.5)))
        part = np.clip((d - (0.5 if d < 1 else 1.0)) / 0.5, 0.0, 1.0)
        lines = {name: (1 - part) * getattr(low, name) + part * getattr(high, name) for name in ("revenue", *BILL)}
        lines["revenue"] = lines["revenue"] * sample.price[s]
        lines |= {name: lines[name] * sample.bill[s] for name in BILL}
        lines |= {name: getattr(low, name) * sample.built[s] for name in BUILT}
        flow = replace(low, **lines, om=low.om * sample.om[s])
        loan = replace(TERMS.loan, rate=sample.loan_rate[s], share=response.lent)
        service = lent(loan, flow.capex[0], flow.capex)
        owners = under(flow, service, replace(TERMS, loan=loan))
        assert found.npv[s] == pytest.approx(npv(flow.net, 0.07))
        assert found.equity_npv[s] == pytest.approx(npv(owners.equity, 0.11))
        assert found.min_dscr[s] == pytest.approx(np.nanmin(owners.dscr))


def test_without_a_loan_nothing_is_covered_and_equity_has_it_all(response):
    found = outcomes(replace(response, lent=0.0), drawn(50), Terms(), FINANCE.model_copy(update={"equity_rate": 0.07}))
    assert np.isnan(found.min_dscr).all()
    assert found.equity_npv == pytest.approx(found.npv)


def test_levels_are_mixed_linearly_and_held_outside():
    mix = between(np.array([0.5, 1.0, 2.0]), np.array([0.1, 0.5, 0.75, 1.0, 1.25, 3.0]))
    assert mix.T.tolist() == [[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.75, 0.25], [0, 0, 1]]

"""What a loan, reserves and working capital leave for the owners."""

from __future__ import annotations

import numpy as np
import pytest
from cashflows import flow_of

from evplan.finance.financing import Terms, financed, loan_life_cover, saved
from evplan.finance.loan import Loan
from evplan.finance.tax import TaxLaw
from evplan.finance.worth import npv

LAW = TaxLaw(0.25)


def station(law: TaxLaw = LAW):
    """Return ten years of a station: 1,000 built, 300 a year rising by 10 sold, 80 spent, depreciated over five years."""
    k = np.arange(11)
    return flow_of(
        law, capex=np.where(k == 0, 1000.0, 0.0), revenue=np.where(k > 0, 290.0 + 10 * k, 0.0),
        energy=np.where(k > 0, 80.0, 0.0), depreciation=np.where((k > 0) & (k <= 5), 200.0, 0.0),
        replacements=np.where(k == 6, 120.0, 0.0), residual=np.where(k == 10, 50.0, 0.0),
    )  # fmt: skip


def test_without_a_loan_the_owners_have_the_project():
    found = financed(station(), Terms())
    assert found.equity == pytest.approx(station().net)
    assert np.isnan(found.dscr).all()


def test_the_first_years_by_hand():
    # Loan 600 at 5 % in three equal parts. Year 1: operating 220, depreciation 200, interest 30: loss 10, relief 2.5.
    # Equity: 220 + 2.5 - 200 - 30 = -7.5. Coverage: 222.5 / 230. Year 2: 230, interest 20, profit 10, tax 2.5: 227.5 / 220.
    found = financed(station(), Terms(Loan(0.05, 3, share=0.6, payments="equal-principal")))
    assert found.equity[:3] == pytest.approx([-400.0, -7.5, 7.5])
    assert found.dscr[1:3] == pytest.approx([222.5 / 230, 227.5 / 220])
    assert np.isnan(found.dscr[4:]).all()


def test_a_loan_at_the_discount_rate_is_worth_its_tax_shield():
    # Modigliani and Miller: value with a loan = value without + rate of tax x interest, at the loan's rate.
    loan = Loan(0.07, 8, share=0.7)
    found = financed(station(), Terms(loan))
    shield = npv(0.25 * found.service.interest, 0.07)
    assert npv(found.equity, 0.07) == pytest.approx(npv(station().net, 0.07) + shield)


def test_reserves_at_the_discount_rate_cost_the_tax_on_their_interest():
    terms = Terms(None, working_capital_months=6, put_by_years=4, reserve_rate=0.07)
    found = financed(station(), terms)
    lost = npv(0.25 * found.reserve_interest, 0.07)
    assert npv(found.equity, 0.07) == pytest.approx(npv(station().net, 0.07) - lost)
    assert found.working_capital[0] == pytest.approx(40.0) and found.working_capital[-1] == 0.0


def test_reserves_without_interest_only_move_cash():
    terms = Terms(Loan(0.05, 8, share=0.5, reserve_months=6), working_capital_months=3, put_by_years=3)
    plain = financed(station(), Terms(Loan(0.05, 8, share=0.5)))
    found = financed(station(), terms)
    paid = (found.service.interest * 0.75).sum()
    assert found.equity.sum() == pytest.approx(station().net.sum() - paid)
    assert plain.equity.sum() == pytest.approx(station().net.sum() - (plain.service.interest * 0.75).sum())
    uses = 1000 + found.debt_reserve[0] + found.working_capital[0]
    assert found.service.amount == pytest.approx(0.5 * uses)
    assert found.debt_reserve[3] == pytest.approx(found.service.total[4] / 2)


def test_a_replacement_is_saved_for_in_equal_parts():
    put_by, taken = saved(station().replacements, 4)
    assert taken[3:7] == pytest.approx([30.0] * 4)
    assert put_by[2:8] == pytest.approx([0, 30, 60, 90, 0, 0])
    early = np.zeros(5)
    early[1] = 50.0
    assert saved(early, 4)[1] == pytest.approx([0, 50, 0, 0, 0])


@pytest.mark.parametrize("law", [LAW, TaxLaw(0.25, carries_losses=True, most=0.8, years=5)])
@pytest.mark.parametrize("before_tax", [False, True])
def test_sculpted_coverage_holds_after_the_tax_that_depends_on_it(law, before_tax):
    terms = Terms(
        Loan(0.06, 8, dscr=1.3, payments="sculpted", reserve_months=6), covered_before_tax=before_tax, reserve_rate=0.02
    )
    found = financed(station(law), terms)
    assert found.dscr[1:9] == pytest.approx(np.full(8, 1.3))
    assert npv(found.service.total, 0.06) == pytest.approx(float(found.service.amount))
    cover = loan_life_cover(found, 0.06)
    assert cover[:8] == pytest.approx(
        np.full(8, 1.3)
    )  # sculpted to one coverage, every year's loan life cover is it too


def test_the_loan_life_cover_of_an_annuity_by_hand():
    # At the end of year 6 two payments of s are left: (a7 / 1.05 + a8 / 1.05^2) over what is owed then.
    found = financed(station(), Terms(Loan(0.05, 8, share=0.6)))
    ahead = found.available[7] / 1.05 + found.available[8] / 1.05**2
    cover = loan_life_cover(found, 0.05)
    assert cover[6] == pytest.approx(ahead / found.service.owed[6])
    assert np.isnan(cover[8:]).all()


def test_a_fee_is_paid_at_once_and_written_off_over_the_loan():
    terms = Terms(Loan(0.05, 8, share=0.5, fee=0.02))
    found = financed(station(), terms)
    fee = 0.02 * found.service.amount
    assert found.service.amount == pytest.approx(0.5 * (1000 + fee))
    plain = station().taxable - found.service.interest
    assert plain[1:9] - found.taxable[1:9] == pytest.approx(np.full(8, fee / 8))


def test_money_is_neither_made_nor_lost():
    terms = Terms(
        Loan(0.05, 8, share=0.5, fee=0.02, reserve_months=6),
        working_capital_months=3,
        put_by_years=5,
        reserve_rate=0.03,
    )
    for law in (LAW, TaxLaw(0.25, carries_losses=True)):
        flow = station(law)
        found = financed(flow, terms)
        built = flow.capex.sum() + flow.replacements.sum() - flow.residual.sum()
        into = flow.operating.sum() + found.reserve_interest.sum()
        out = built + found.tax.sum() + found.service.interest.sum() + found.fee
        assert found.equity.sum() == pytest.approx(into - out)

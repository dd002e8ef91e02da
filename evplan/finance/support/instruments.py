"""Instruments of public support: what an amount of each does to a plan's money, and what it costs the public.

    grant           money in year 0; lowers what may be depreciated, and what tax credits count
    premium         per kWh sold, first-year money rising with inflation; taxed
    loan            percentage points off the loan's rate
    tariff waiver   part of the grid's charges (demand, capacity, fixed) that is not billed
    land waiver     part of the land's cost that is not paid
    tax credit      part of construction less grants, taken off tax in the first year; half of it lowers what may be depreciated

Public cost is what is handed out or forgone, before the tax that comes back, in present value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evplan.finance.cashflow import Cashflow, with_grant, with_lower_basis, with_premium
from evplan.finance.financing import Terms, financed
from evplan.finance.worth import npv
from evplan.instance.finance import Finance, InstrumentName

MOST_GRANT = 100.0  # times construction cost, or what years lose; more is no support but another business
MOST_PREMIUM = 1000.0  # per kWh
GRID = ("demand", "capacity", "fixed")
BASIS_REDUCTION = 0.5  # of a tax credit; as US law has it (26 USC 50(c)(3))


@dataclass(frozen=True)
class Deal:
    """A plan's money and how it is financed."""

    flow: Cashflow
    terms: Terms
    finance: Finance

    @property
    def built(self) -> float:
        """Return what is built, before any support."""
        return float(self.flow.capex.sum())

    @property
    def counted(self) -> float:
        """Return what tax credits count: what is built, less grants."""
        return max(0.0, self.built - float(self.flow.grant.sum()))

    @property
    def unpaid(self) -> float:
        """Return what neither grants nor tax credits pay of what is built."""
        return max(0.0, self.counted - float(self.flow.tax_credit.sum()))


@dataclass(frozen=True)
class Instrument:
    """One kind of support. unit : of its amount, 'money' where it is the file's currency.

    given : the deal with an amount of it.  most : the largest amount that means something; 0 where there is nothing it works on.
    handed : what an amount hands out each year, shape (years + 1,), nominal.  first : a guess of what is needed.
    """

    name: InstrumentName
    unit: str
    given: Callable[[Deal, float], Deal]
    most: Callable[[Deal], float]
    handed: Callable[[Deal, float], np.ndarray]

    def public_cost(self, deal: Deal, amount: float, rate: float) -> float:
        """Return what an amount costs the public, present value at its own rate."""
        return npv(self.handed(deal, amount), rate, deal.finance.discounting)


def _grant(deal: Deal, amount: float) -> Deal:
    return replace(deal, flow=with_grant(deal.flow, amount, deal.finance))


def _premium(deal: Deal, per_kwh: float) -> Deal:
    return replace(deal, flow=with_premium(deal.flow, per_kwh, deal.finance))


def _cheaper_loan(deal: Deal, points: float) -> Deal:
    loan = deal.terms.loan
    assert loan is not None
    return replace(deal, terms=replace(deal.terms, loan=replace(loan, rate=loan.rate - points)))


def _tariff_waiver(deal: Deal, part: float) -> Deal:
    waived = {name: (1 - part) * getattr(deal.flow, name) for name in GRID}
    return replace(deal, flow=replace(deal.flow, **waived))


def _land_waiver(deal: Deal, part: float) -> Deal:
    return replace(deal, flow=replace(deal.flow, land=(1 - part) * deal.flow.land))


def credited(deal: Deal, part: float, basis_reduction: float = BASIS_REDUCTION) -> Deal:
    """Return a deal with a tax credit of part of construction less grants, of which a part lowers what may be depreciated."""
    flow = deal.flow
    credit = np.zeros_like(flow.capex)
    credit[1] = part * deal.counted
    lowered = with_lower_basis(flow, basis_reduction * part * deal.counted, deal.finance, of_basis=True)
    return replace(deal, flow=replace(lowered, tax_credit=flow.tax_credit + credit))


def _interest_saved(deal: Deal, points: float) -> np.ndarray:
    """Return the interest forgone each year on what is then owed."""
    owed = financed(_cheaper_loan(deal, points).flow, _cheaper_loan(deal, points).terms).service.owed
    saved = np.zeros_like(owed)
    saved[1:] = points * owed[:-1]
    return saved


def _at_start(deal: Deal, amount: float, year: int = 0) -> np.ndarray:
    paid = np.zeros_like(deal.flow.capex)
    paid[year] = amount
    return paid


def _losses(deal: Deal) -> float:
    """Return what years that lose money lose in all."""
    return -float(np.minimum(deal.flow.net, 0.0).sum())


def _lendable(deal: Deal) -> float:
    return float(np.max(deal.terms.loan.rate)) if deal.terms.loan else 0.0


INSTRUMENTS: dict[InstrumentName, Instrument] = {
    one.name: one
    for one in (
        Instrument("grant", "money", _grant, lambda d: MOST_GRANT * max(d.built, _losses(d), 1.0), _at_start),
        Instrument(
            "premium", "money/kWh", _premium, lambda d: MOST_PREMIUM if d.flow.served_kwh.any() else 0.0,
            lambda d, p: _premium(d, p).flow.premium - d.flow.premium,
        ),
        Instrument("loan", "points", _cheaper_loan, _lendable, _interest_saved),
        Instrument(
            "tariff-waiver", "part", _tariff_waiver, lambda d: float(any(getattr(d.flow, name).any() for name in GRID)),
            lambda d, part: part * sum((getattr(d.flow, name) for name in GRID), np.zeros_like(d.flow.capex)),
        ),
        Instrument(
            "land-waiver", "part", _land_waiver, lambda d: float(d.flow.land.any()), lambda d, part: part * d.flow.land
        ),
        Instrument(
            "tax-credit", "part", credited, lambda d: float(d.counted > 0 and d.finance.tax_rate > 0),
            lambda d, part: _at_start(d, part * d.counted, 1),
        ),
    )
}  # fmt: skip

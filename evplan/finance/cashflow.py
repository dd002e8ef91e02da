"""The cash flow of a site: nominal money, year by year, year 0 being construction.

    operating         revenue + other revenue - host's share - bill - O&M - land - given back
    running amounts   first-year prices * price index; years between modelled ones are interpolated along demand
    tax               on operating - depreciation [+ premium], by `tax.py`
    residual          book-free part taxed, received at the end of the last year
    net               operating + premium - capex - replacements + grant - tax + tax credit + residual

A capital grant lowers the cost that tax law sees: what may be depreciated, and what tax credits count. A premium is taxed as income.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from evplan.assets.tariff import BILL_PARTS, Bill
from evplan.finance.tax import TaxLaw, credits_used, income_tax
from evplan.instance.finance import Finance
from evplan.parameters.money import Schedule, index_of


@dataclass(frozen=True)
class Running:
    """A site's yearly amounts in first-year money, shape (modelled years,)."""

    served_kwh: np.ndarray
    revenue: np.ndarray
    bills: tuple[Bill, ...]
    om: float | np.ndarray
    land: float | np.ndarray
    other_revenue: np.ndarray | float = 0.0
    shared: float = 0.0  # part of revenue that goes to the host
    given_back: np.ndarray | float = (
        0.0  # what drivers are paid, and what their cells lose, for energy their vehicles give back
    )


@dataclass(frozen=True)
class Cashflow:
    """Nominal amounts by year, shape (years + 1,). Costs are positive numbers; `net` adds them up."""

    served_kwh: np.ndarray
    shared_kwh: np.ndarray  # sold for the host, whose revenue it is
    revenue: np.ndarray
    other_revenue: np.ndarray
    host_share: np.ndarray
    energy: np.ndarray
    demand: np.ndarray
    capacity: np.ndarray
    fixed: np.ndarray
    minimum: np.ndarray
    export_credit: np.ndarray
    om: np.ndarray
    land: np.ndarray
    given_back: np.ndarray
    capex: np.ndarray
    replacements: np.ndarray
    depreciation: np.ndarray
    tax_credit: np.ndarray
    residual: np.ndarray
    book: np.ndarray
    grant: np.ndarray
    premium: np.ndarray
    first_depreciation: np.ndarray  # of what construction bought, and the part of `book` that is
    first_book: np.ndarray
    law: TaxLaw

    @cached_property
    def bill(self) -> np.ndarray:
        """Return the electricity bill, export credit taken off."""
        return self.energy + self.demand + self.capacity + self.fixed + self.minimum - self.export_credit

    @cached_property
    def operating(self) -> np.ndarray:
        """Return revenue less running costs, before tax and support."""
        earned = self.revenue + self.other_revenue - self.host_share
        return earned - self.bill - self.om - self.land - self.given_back

    @cached_property
    def taxable(self) -> np.ndarray:
        """Return profit for tax, negative where it is a loss."""
        return self.operating + self.premium - self.depreciation + self.residual - self.book

    @cached_property
    def tax(self) -> np.ndarray:
        """Return tax paid, before credits; negative is relief."""
        return income_tax(self.taxable, self.law)

    @cached_property
    def credit_used(self) -> np.ndarray:
        """Return the tax credits that come to bear in each year."""
        return credits_used(self.tax, self.tax_credit, self.law)

    @cached_property
    def net(self) -> np.ndarray:
        """Return the net cash flow of owners and lender together."""
        paid = self.capex + self.replacements + self.tax - self.credit_used
        return self.operating + self.premium + self.grant - paid + self.residual


BILL = ("energy", "demand", "capacity", "fixed", "minimum", "export_credit")
BUILT = (
    "capex",
    "replacements",
    "depreciation",
    "tax_credit",
    "residual",
    "book",
    "first_depreciation",
    "first_book",
)  # what follows from construction
MONEY = [f.name for f in fields(Cashflow) if f.name != "law"]


def make_cashflow(running: Running, schedules: Iterable[Schedule], share: np.ndarray, finance: Finance) -> Cashflow:
    """Return the cash flow of a site without support.

    share : array, shape (years, modelled)   How much each modelled year speaks for each of the plan's.
    """
    years, modelled = share.shape

    def yearly(amounts: np.ndarray | list[float], kind: str = "general") -> np.ndarray:
        series = np.concatenate([[0.0], share @ np.asarray(amounts, float)])
        return series * index_of(finance, years, kind) if kind else series

    bills = {part: yearly([getattr(b, part) for b in running.bills], "electricity") for part in BILL_PARTS}
    every = np.ones(modelled)
    schedules = list(schedules)
    zero = np.zeros(years + 1)
    return Cashflow(
        served_kwh=yearly(running.served_kwh, ""),
        shared_kwh=running.shared * yearly(running.served_kwh, ""),
        revenue=yearly(running.revenue),
        other_revenue=yearly(running.other_revenue * every),
        host_share=running.shared * yearly(running.revenue),
        **bills,
        om=yearly(running.om * every, "om"),
        land=yearly(running.land * every),
        given_back=yearly(running.given_back * every),
        capex=sum((s.first_cost for s in schedules), zero),
        replacements=sum((s.replacements for s in schedules), zero),
        depreciation=sum((s.depreciation for s in schedules), zero),
        tax_credit=sum((s.credit for s in schedules), zero),
        residual=_at_end(sum(s.residual for s in schedules), years),
        book=_at_end(sum(s.book for s in schedules), years),
        grant=zero,
        premium=zero,
        first_depreciation=sum((s.first_depreciation for s in schedules), zero),
        first_book=_at_end(sum(s.first_book for s in schedules), years),
        law=tax_law(finance),
    )


def tax_law(finance: Finance) -> TaxLaw:
    """Return how the instance file taxes profit."""
    carries = finance.losses == "carried-forward"
    return TaxLaw(
        finance.tax_rate, carries, finance.loss_share, finance.loss_years, finance.tax_credits == "carried-forward"
    )


def refunded(flow: Cashflow) -> Cashflow:
    """Return the cash flow as the plan was made: losses and credits lower the owner's other tax at once."""
    return replace(flow, law=replace(flow.law, carries_losses=False, carries_credits=False))


def with_grant(flow: Cashflow, grant: float, finance: Finance) -> Cashflow:
    """Return the cash flow with a capital grant in year 0; it is not taxed, but lowers what tax law counts as paid."""
    paid = np.zeros_like(flow.capex)
    paid[0] = grant
    counted = max(float(flow.capex[0] - flow.grant[0]), 0.0)  # of construction, for tax credits
    left = max(0.0, 1 - grant / counted) if counted > 0 else 0.0
    lowered = with_lower_basis(flow, grant, finance)
    return replace(lowered, grant=flow.grant + paid, tax_credit=flow.tax_credit * left)


def with_lower_basis(flow: Cashflow, amount: float, finance: Finance, of_basis: bool = False) -> Cashflow:
    """Return the cash flow with so much less of construction to depreciate, every purchase losing the same part.

    of_basis : whether the amount is of what may be depreciated, not of its cost, of which credits may leave out a part.
    Where nothing is built, it is taken off in a straight line.
    """
    years, basis = len(flow.capex) - 1, float(flow.first_depreciation.sum() + flow.first_book.sum())
    whole = basis if of_basis else float(flow.capex[0])
    if whole > 0:
        written, rest = amount / whole * flow.first_depreciation, amount / whole * flow.first_book
    else:
        written = np.zeros(years + 1)
        written[1 : 1 + finance.depreciation_years] = amount / finance.depreciation_years
        rest = _at_end(amount - written.sum(), years)
    return replace(flow, depreciation=flow.depreciation - written, book=flow.book - rest)


def with_premium(flow: Cashflow, per_kwh: float, finance: Finance) -> Cashflow:
    """Return the cash flow with a premium on every kWh sold, in first-year money, indexed to inflation."""
    index = index_of(finance, len(flow.net) - 1)
    return replace(flow, premium=flow.premium + per_kwh * flow.served_kwh * index)


def charged(flow: Cashflow, price_per_kwh: float, finance: Finance) -> Cashflow:
    """Return the cash flow with all energy sold at one price in first-year money, rising with inflation, instead of its own."""
    price = price_per_kwh * index_of(finance, len(flow.capex) - 1)
    return replace(flow, revenue=price * flow.served_kwh, host_share=price * flow.shared_kwh)


def total(flows: list[Cashflow]) -> Cashflow:
    """Return the sum of several sites' cash flows."""
    return Cashflow(**{name: sum(getattr(flow, name) for flow in flows) for name in MONEY}, law=flows[0].law)


def less(flow: Cashflow, other: Cashflow) -> Cashflow:
    """Return what one cash flow is over another, amount by amount."""
    return Cashflow(**{name: getattr(flow, name) - getattr(other, name) for name in MONEY}, law=flow.law)


def _at_end(amount: float, years: int) -> np.ndarray:
    series = np.zeros(years + 1)
    series[-1] = amount
    return series

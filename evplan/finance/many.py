"""One plan's money in very many scenarios: the same cash flow, tax and loan as everywhere, on arrays over scenarios.

    line(k, s) = sum over levels l of line(k, l) w(l, s) * factor(s)

What the plan sells and pays for electricity at several levels of demand is known (each dispatched anew); between them it is
interpolated along a straight line, w, and outside them held. The loan is agreed before the scenario is known: it is drawn for what
is built, at the part of construction it has in the plan, and its payments do not follow the scenario's cash. Scenarios pass through
in parts that fit the processor's cache, so memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evplan.finance.cashflow import BILL, BUILT, MONEY, Cashflow
from evplan.finance.financing import Financed, Terms, under
from evplan.finance.loan import Service, repaid_as, unit_service
from evplan.instance.finance import Finance
from evplan.parameters.money import discounts

PART = 1024  # scenarios that pass through together


@dataclass(frozen=True)
class Drawn:
    """What scenarios do to one plan, each of shape (n,); 1 changes nothing.

    demand : of vehicles.  price : to drivers.  bill : of the electricity bill.  om : of upkeep.  built : of construction,
    replacements and all that follows from them.  loan_rate : the loan's rate itself, p.u. per year.
    """

    demand: np.ndarray
    price: np.ndarray
    bill: np.ndarray
    om: np.ndarray
    built: np.ndarray
    loan_rate: np.ndarray

    def parts(self) -> Iterator[tuple[slice, Drawn]]:
        """Yield the scenarios in parts that fit the processor's cache."""
        for begin in range(0, len(self.demand), PART):
            own = slice(begin, begin + PART)
            yield own, Drawn(**{name: getattr(self, name)[own] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Response:
    """One plan's cash flow at several levels of demand, and how much of what it needs is lent.

    levels : array, shape (levels,), ascending   Demand over that of the plan; 1 is among them.  flows : at each level.
    lent : loan over what is paid in year 0, p.u.
    repaid : array, shape (years + 1,)   Parts of the loan paid back in each year; None where its rate says which (an annuity).
    """

    levels: np.ndarray
    flows: tuple[Cashflow, ...]
    lent: float = 0.0
    repaid: np.ndarray | None = None

    @property
    def as_planned(self) -> Cashflow:
        """Return the cash flow at the plan's own demand."""
        return self.flows[int(np.flatnonzero(self.levels == 1.0)[0])]

    def of(self, line: str) -> np.ndarray:
        """Return one line at every level, shape (years + 1, levels)."""
        return np.array([getattr(flow, line) for flow in self.flows]).T


@dataclass(frozen=True)
class Outcomes:
    """What a plan comes to in each scenario, shape (n,). min_dscr : NaN without a loan."""

    npv: np.ndarray
    equity_npv: np.ndarray
    min_dscr: np.ndarray


def outcomes(response: Response, drawn: Drawn, terms: Terms, finance: Finance) -> Outcomes:
    """Return what a plan comes to in each scenario."""
    count, years = len(drawn.demand), len(response.flows[0].capex) - 1
    rate = finance.target_irr if finance.equity_rate is None else finance.equity_rate
    worth, own_worth = (discounts(r, years, finance.discounting) for r in (finance.discount_rate, rate))
    found = Outcomes(*np.full((3, count), np.nan))
    for own, part in drawn.parts():
        flow = in_scenarios(response, part)
        owners = financed_in(flow, response, part, terms)
        found.npv[own], found.equity_npv[own] = worth @ flow.net, own_worth @ owners.equity
        if terms.loan is not None and response.lent > 0:
            found.min_dscr[own] = least_cover(owners)
    return found


def in_scenarios(response: Response, drawn: Drawn) -> Cashflow:
    """Return the cash flow of some scenarios, shape (years + 1, n); lines that are zero have shape (years + 1, 1)."""
    plan, mix = response.as_planned, between(response.levels, drawn.demand)
    lines = {name: getattr(plan, name)[:, None] for name in MONEY} | dict.fromkeys(BILL, np.zeros((len(plan.capex), 1)))
    lines |= {
        name: response.of(name) @ mix
        for name in ("served_kwh", "revenue", "other_revenue", "host_share", "given_back", "premium")
        if getattr(plan, name).any()
    }
    lines["energy"] = (response.of("bill") @ mix) * drawn.bill
    lines |= {name: lines[name] * drawn.price for name in ("revenue", "host_share")}
    lines["om"] = lines["om"] * drawn.om
    lines |= {name: lines[name] * drawn.built for name in BUILT if getattr(plan, name).any()}
    if plan.grant.any():
        lines |= _beside_a_grant(plan, lines, drawn.built)
    return Cashflow(**lines, law=plan.law)


def _beside_a_grant(plan: Cashflow, lines: dict[str, np.ndarray], built: np.ndarray) -> dict[str, np.ndarray]:
    """Return what tax law sees of construction at another cost, where a grant that was agreed takes the same off it as before."""
    part = float(plan.grant.sum() / plan.capex[0]) if plan.capex[0] > 0 else 0.0
    more = built - 1.0  # of construction than planned
    left = max(1.0 - part, 0.0)
    credit = plan.tax_credit / left * part if left > 0 else np.zeros_like(plan.tax_credit)
    return {
        "depreciation": lines["depreciation"] + part * plan.first_depreciation[:, None] * more,
        "book": lines["book"] + part * plan.first_book[:, None] * more,
        "tax_credit": lines["tax_credit"] + credit[:, None] * more,
    }


def financed_in(flow: Cashflow, response: Response, drawn: Drawn, terms: Terms) -> Financed:
    """Return the owners' side of scenarios, under the loan agreed for the plan at each scenario's rate."""
    years = len(flow.capex) - 1
    if terms.loan is None or response.lent <= 0:
        return under(flow, Service(np.zeros(1), *np.zeros((2, years + 1, 1))), terms)
    loan, amount = replace(terms.loan, rate=drawn.loan_rate), response.lent * flow.capex[0]
    unit = unit_service(loan, years) if response.repaid is None else repaid_as(response.repaid, drawn.loan_rate)
    return under(flow, Service(amount, amount * unit.interest, amount * unit.principal), replace(terms, loan=loan))


def least_cover(owners: Financed) -> np.ndarray:
    """Return the least coverage of any year in which service is due, shape (n,)."""
    due = owners.service.total
    years = np.flatnonzero((due > 0).any(axis=1))
    owes = due[years] > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = np.where(owes, owners.available[years] / due[years], np.inf)
    return cover.min(axis=0)


def between(levels: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return how much of each level makes up each value, shape (levels, n): two neighbours, or the nearest outside."""
    place = np.interp(at, levels, np.arange(len(levels), dtype=float))
    return np.maximum(0.0, 1.0 - np.abs(place - np.arange(len(levels))[:, None]))

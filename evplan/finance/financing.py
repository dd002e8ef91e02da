"""Who pays for what is built: a loan, reserves and working capital, and what is left for the owners' equity.

    drawn       a loan for part of construction, fee, reserves and working capital, grants taken off
    available   operating + premium + interest on reserves - tax - replacements (or what is put by for them) - more working capital
    equity      available - interest - principal - more debt reserve + residual - tax on it + tax credit;
                year 0: loan + grant - construction - fee - first reserves

Tax is on profit after interest and fee. Cash available counts no residual value, and no tax on it (at the full rate). Coverage may
be measured before tax. What the loan takes depends on tax and the reserve on the loan: both are repeated until they stand still.
Arrays run over years first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.finance.cashflow import Cashflow
from evplan.finance.loan import Loan, Service, lent
from evplan.finance.tax import credits_used, income_tax

MOST_ROUNDS, STILL = 200, 1e-13  # of what is built
MONTHS = 12.0


@dataclass(frozen=True)
class Terms:
    """How a project is financed.

    loan : None for equity alone.
    covered_before_tax : whether coverage counts cash before tax.
    working_capital_months : of next year's running costs, held in cash.
    put_by_years : over how many years before it a replacement is saved for; 0 pays it when it falls due.
    reserve_rate : interest on what is held.
    """

    loan: Loan | None = None
    covered_before_tax: bool = False
    working_capital_months: float = 0.0
    put_by_years: int = 0
    reserve_rate: float | np.ndarray = 0.0


@dataclass(frozen=True)
class Financed:
    """The owners' side of a cash flow, shape (years + 1, ...). Amounts are positive as named; reserves are at year ends.

    available : cash that the coverage ratio counts.  fee, drawn : in year 0.
    """

    available: np.ndarray
    service: Service
    fee: np.ndarray
    taxable: np.ndarray
    tax: np.ndarray
    tax_credit: np.ndarray
    reserve_interest: np.ndarray
    debt_reserve: np.ndarray
    put_by: np.ndarray
    working_capital: np.ndarray
    equity: np.ndarray

    @property
    def dscr(self) -> np.ndarray:
        """Return the coverage of each year's service, NaN where none is due."""
        due = self.service.total
        owes = due > 1e-9 * np.maximum(self.service.amount, 1e-300)
        return np.where(owes, self.available / np.where(owes, due, 1.0), np.nan)


def financed(flow: Cashflow, terms: Terms) -> Financed:
    """Return a cash flow with its loan sized, and what is left for equity."""
    none = Service(np.zeros_like(flow.capex[0]), np.zeros_like(flow.capex), np.zeros_like(flow.capex))
    found = under(flow, none, terms)
    if terms.loan is None:
        return found
    cost = np.maximum(np.abs(flow.capex[0]), 1.0)
    for _ in range(MOST_ROUNDS):
        before = found.service
        uses = flow.capex[0] - flow.grant[0] + found.fee + found.debt_reserve[0] + found.working_capital[0]
        found = under(flow, lent(terms.loan, np.maximum(uses, 0.0), found.available), terms)
        if (np.abs(found.service.total - before.total) <= STILL * cost).all():
            break
    return found


def under(flow: Cashflow, service: Service, terms: Terms) -> Financed:
    """Return the owners' side of a cash flow under a loan that is agreed already."""
    loan, years = terms.loan, len(flow.capex) - 1
    fee = (loan.fee if loan else 0.0) * service.amount
    due, costs = service.total, flow.bill + flow.om + flow.land + flow.host_share + flow.given_back
    put_by, replaced = saved(flow.replacements, terms.put_by_years)
    debt_reserve = held(loan.reserve_months if loan else 0.0, due)
    working = held(terms.working_capital_months, costs)
    earned = _before(terms.reserve_rate * (debt_reserve + put_by + working))
    written = amortised(fee, min(loan.years, years) if loan else 1, years)
    running = flow.taxable + earned - service.interest - written
    tax = income_tax(running, flow.law)
    credit = credits_used(tax, flow.tax_credit, flow.law)
    before_tax = flow.operating + flow.premium + earned - replaced - _more(working)
    on_residual = flow.law.rate * (flow.residual - flow.book)
    available = before_tax if terms.covered_before_tax else before_tax - (tax - on_residual)
    kept = before_tax - tax + credit + flow.residual - due - flow.capex + flow.grant - _more(debt_reserve)
    kept[0] += service.amount - fee
    return Financed(available, service, fee, running, tax, credit, earned, debt_reserve, put_by, working, kept)


def held(months: float, paid: np.ndarray) -> np.ndarray:
    """Return what is held at the end of each year, so many months of what the next one pays, shape (years + 1, ...)."""
    if not months:
        return np.zeros((len(paid), *(1,) * (paid.ndim - 1)))
    ahead = np.zeros_like(paid)
    np.multiply(paid[1:], months / MONTHS, out=ahead[:-1])
    return ahead


def _before(at_end: np.ndarray) -> np.ndarray:
    """Return a series a year later."""
    later = np.zeros_like(at_end)
    later[1:] = at_end[:-1]
    return later


def _more(held_now: np.ndarray) -> np.ndarray:
    """Return by how much what is held grows each year."""
    return held_now - _before(held_now)


def saved(replacements: np.ndarray, over: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what is put by at the end of each year for replacements to come, and what saving for them takes each year.

    Each is saved for in equal parts over the years up to its own, or since the first if those are fewer.
    """
    if over == 0:
        return held(0.0, replacements), replacements
    taken = np.zeros_like(replacements)
    for k in range(1, len(replacements)):
        first = max(1, k - over + 1)
        taken[first : k + 1] += replacements[k] / (k + 1 - first)
    return np.cumsum(taken - replacements, axis=0), taken


def amortised(amount: np.ndarray, over: int, years: int) -> np.ndarray:
    """Return an amount written off in equal parts over the first years, shape (years + 1, ...)."""
    written = np.zeros((years + 1, *np.shape(amount)))
    written[1 : over + 1] = np.asarray(amount) / over
    return written


def loan_life_cover(found: Financed, rate: float | np.ndarray) -> np.ndarray:
    """Return the present value of the cash available until the last payment over what is owed, at the end of each year.

    NaN where nothing is owed. rate : the loan's.
    """
    owed, due = found.service.owed, found.service.total
    ahead = np.full_like(owed, np.nan)
    worth, counted = np.zeros_like(owed[0]), np.zeros(owed.shape[1:], bool)
    for k in range(len(owed) - 1, -1, -1):
        ahead[k] = np.where(
            owed[k] > 1e-9 * np.maximum(found.service.amount, 1e-300),
            worth / np.where(owed[k] > 0, owed[k], 1.0),
            np.nan,
        )
        counted = counted | (due[k] > 0)
        worth = np.where(counted, (worth + found.available[k]), 0.0) / (1 + rate)
    return ahead

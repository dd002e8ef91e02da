"""A loan: what is owed, paid and covered, year by year.

    annuity             every payment alike after the grace, in which interest alone is paid
    equal principal     the same part of the loan is paid back each time
    sculpted            the service of each year is its cash available over the coverage asked for

Amounts fall at year ends, the loan is drawn in year 0; with several payments a year, interest runs by the nominal rate over their
number. Arrays run over years first; further axes are projects, scenarios.

    DSCR(k) = cash available(k) / service(k)            LLCR(k) = present value of cash available until the last payment / owed(k)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Payments = Literal["annuity", "equal-principal", "sculpted"]


@dataclass(frozen=True)
class Loan:
    """Terms of a loan.

    rate : nominal, per year; may be an array over projects.  years : from the draw to the last payment, grace included.
    share : most of what is built that is lent, p.u.; None for as much as coverage allows.
    dscr : least coverage; None where `share` alone sets the amount.
    fee : of the amount, paid when it is drawn; a cost for tax in equal parts over the loan's years.
    reserve_months : of the next year's service, held in cash from the draw to the last payment.
    """

    rate: float | np.ndarray
    years: int
    share: float | np.ndarray | None = None
    dscr: float | None = None
    payments: Payments = "annuity"
    grace_years: int = 0
    per_year: int = 1
    fee: float = 0.0
    reserve_months: float = 0.0


@dataclass(frozen=True)
class Service:
    """What a loan takes. amount : drawn in year 0, shape (...); interest, principal : paid, shape (years + 1, ...)."""

    amount: np.ndarray
    interest: np.ndarray
    principal: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Return interest and principal of each year."""
        return self.interest + self.principal

    @property
    def owed(self) -> np.ndarray:
        """Return what is owed at the end of each year."""
        return self.amount - np.cumsum(self.principal, axis=0)


def unit_service(loan: Loan, years: int) -> Service:
    """Return the service of a loan of 1 that is paid back by its schedule, over the plan's years.

    What the horizon cuts off is paid back in its last year.
    """
    rate, m = np.asarray(loan.rate, float), loan.per_year
    each, made = rate / m, m * (loan.years - loan.grace_years)
    with np.errstate(divide="ignore", invalid="ignore"):
        payment = np.where(each > 0, each / -np.expm1(-made * np.log1p(each)), 1 / made)
        a_year = np.where(
            each > 0, np.expm1(m * np.log1p(each)) / each, m
        )  # what payments of 1 within a year come to at its end
    growth, part = 1 + each * a_year, m / made
    interest, principal = np.zeros((2, years + 1, *rate.shape))
    owed = np.ones(rate.shape)
    for k in range(1, min(loan.years, years) + 1):
        if k <= loan.grace_years:
            interest[k] = rate
        elif loan.payments == "equal-principal":
            principal[k] = part
            interest[k] = each * (m * owed - (m - 1) / 2 * part)
        else:
            principal[k] = owed - (owed * growth - payment * a_year)
            interest[k] = m * payment - principal[k]
        owed = owed - principal[k]
    principal[min(loan.years, years)] += owed
    return Service(np.ones(rate.shape), interest, principal)


def repaid_as(parts: np.ndarray, rate: np.ndarray) -> Service:
    """Return the service of loans of 1 that are paid back by given parts, each at its own rate. parts : shape (years + 1,)."""
    owed = 1.0 - np.concatenate([[0.0], np.cumsum(parts)[:-1]])  # at the beginning of each year
    owed[0] = 0.0
    principal = np.broadcast_to(parts[:, None], (len(parts), len(rate)))
    return Service(np.ones(len(rate)), owed[:, None] * rate, principal)


def lent(loan: Loan, built: np.ndarray, available: np.ndarray) -> Service:
    """Return the loan for something that costs `built` in all, shape (...), and yields `available` a year, shape (years + 1, ...)."""
    most = np.inf if loan.share is None else loan.share * built
    if loan.payments == "sculpted":
        return _sculpted(loan, most, available)
    unit = unit_service(loan, len(available) - 1)
    amount = np.asarray(most)
    if loan.dscr is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(unit.total > 0, available / (loan.dscr * unit.total), np.inf)
        amount = np.minimum(amount, np.maximum(room.min(axis=0), 0.0))
    return Service(amount * unit.amount, amount * unit.interest, amount * unit.principal)


def _sculpted(loan: Loan, most: np.ndarray | float, available: np.ndarray) -> Service:
    """Return a loan whose service follows the cash available at one coverage, as large as that, the grace and `most` allow.

    In a year whose cash does not pay the interest, what is lacking is added to what is owed.
    """
    assert loan.dscr is not None
    years, rate, grace = len(available) - 1, np.asarray(loan.rate, float), loan.grace_years
    k = np.arange(years + 1).reshape(-1, *(1,) * (available.ndim - 1))
    cash = np.maximum(available, 0.0) / loan.dscr
    paid = np.where((k > grace) & (k <= min(loan.years, years)), cash, 0.0)
    whole = (paid * (1 + rate) ** -(k - grace)).sum(axis=0)  # in the grace, interest is paid as it falls due
    if grace:
        with np.errstate(divide="ignore"):
            whole_most = np.where(rate > 0, cash[1 : grace + 1].min(axis=0) / np.where(rate > 0, rate, 1.0), np.inf)
        most = np.minimum(most, whole_most)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(whole > 0, np.minimum(1.0, most / whole), 0.0)
    amount = owed = part * whole
    interest, principal = np.zeros_like(paid), np.zeros_like(paid)
    for year in range(1, years + 1):
        interest[year] = rate * owed
        if year > grace:
            principal[year] = part * paid[year] - interest[year]
        owed = owed - principal[year]
    return Service(amount, interest, principal)

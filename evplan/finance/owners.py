"""The owners' side of a plan: the loan, its coverage, and what their equity earns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.finance.cashflow import Cashflow
from evplan.finance.financing import Financed, Terms, financed, loan_life_cover
from evplan.finance.loan import Loan
from evplan.finance.metrics import Irr, irr, mirr, payback_years
from evplan.finance.worth import npv
from evplan.instance.finance import Finance

OF_OWNERS = {
    "equity_npv": "Net present value of the owners' cash after tax and debt service, at the return they ask (finance.equity_rate).",
    "equity_irr": "Rate at which the owners' net present value is zero; given only where exactly one such rate exists.",
    "dscr": "Debt service coverage ratio: cash available for debt service in a year over interest and principal due in it.",
    "llcr": "Loan life coverage ratio: cash available until the last payment, in present value at the loan's rate, over what is owed.",
}


@dataclass(frozen=True)
class Owners:
    """What the owners of a plan pay and get. Figures of a loan are None where there is none.

    rate : the return asked of equity.  equity : paid in before operation.  min_dscr_year : the year that covers least.
    """

    financed: Financed
    rate: float
    equity: float
    npv: float
    irr: Irr
    mirr: float | None
    payback_years: float | None
    loan: float
    min_dscr: float | None
    min_dscr_year: int | None
    mean_dscr: float | None
    llcr: float | None
    min_llcr: float | None


def terms_of(finance: Finance) -> Terms:
    """Return the financing that an instance file asks for."""
    said, loan = finance.loan, None
    if said is not None:
        loan = Loan(
            said.rate, said.years, said.share, said.min_dscr, said.payments, said.grace_years, said.payments_per_year,
            said.fee, said.reserve_months,
        )  # fmt: skip
    before_tax = said is not None and said.coverage == "before-tax"
    return Terms(
        loan, before_tax, finance.working_capital_months, finance.replacement_saving_years, finance.reserve_rate
    )


def owners_of(flow: Cashflow, finance: Finance) -> Owners:
    """Return a cash flow financed as the instance file says, and what it is worth to its owners."""
    terms, falling = terms_of(finance), finance.discounting
    found = financed(flow, terms)
    rate = finance.target_irr if finance.equity_rate is None else finance.equity_rate
    cover = found.dscr
    owes = np.flatnonzero(~np.isnan(cover))
    life = loan_life_cover(found, terms.loan.rate) if terms.loan else np.full_like(cover, np.nan)
    lasts = life[~np.isnan(life)]
    return Owners(
        financed=found,
        rate=rate,
        equity=-float(found.equity[0]),
        npv=npv(found.equity, rate, falling),
        irr=irr(found.equity, falling),
        mirr=mirr(found.equity, rate, falling),
        payback_years=payback_years(found.equity),
        loan=float(found.service.amount),
        min_dscr=float(cover[owes].min()) if len(owes) else None,
        min_dscr_year=int(owes[cover[owes].argmin()]) if len(owes) else None,
        mean_dscr=float(cover[owes].mean()) if len(owes) else None,
        llcr=float(lasts[0]) if len(lasts) else None,
        min_llcr=float(lasts.min()) if len(lasts) else None,
    )

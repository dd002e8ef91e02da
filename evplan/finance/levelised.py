"""The levelised cost of charging in its named definitions, per kWh sold, in first-year money.

break-even      price p, rising with inflation, at which the after-tax NPV is zero
before tax      PV(construction + replacements + running costs - residual) / PV(kWh * price index)
undiscounted    the same present value of costs / sum of kWh
"""

from __future__ import annotations

import numpy as np

from evplan.finance.cashflow import Cashflow, charged
from evplan.finance.worth import npv, smallest
from evplan.instance.finance import Finance
from evplan.parameters.money import discounts, index_of

DEAREST = 1e6  # per kWh


def levelised_cost(flow: Cashflow, finance: Finance) -> float | None:
    """Return the break-even price; None where nothing is sold or no price would do."""
    years, rate, falling = len(flow.capex) - 1, finance.discount_rate, finance.discounting
    kept = (1 - finance.tax_rate) * float(
        (flow.served_kwh * index_of(finance, years)) @ discounts(rate, years, falling)
    )
    if kept <= 0:
        return None

    def worth(price: float) -> float:
        return npv(charged(flow, price, finance).net, rate, falling)

    if not (flow.law.carries_losses or flow.law.carries_credits):
        return -worth(0.0) / (worth(1.0) - worth(0.0))
    return 0.0 if worth(0.0) >= 0 else smallest(worth, -worth(0.0) / kept, DEAREST)


def cost_before_tax(flow: Cashflow, finance: Finance) -> float | None:
    """Return costs before tax over discounted energy; None where nothing is sold."""
    years = len(flow.capex) - 1
    discount = discounts(finance.discount_rate, years, finance.discounting)
    return _over(flow, finance, float((flow.served_kwh * index_of(finance, years)) @ discount))


def cost_over_undiscounted_energy(flow: Cashflow, finance: Finance) -> float | None:
    """Return the present value of costs before tax over the plain sum of energy; None where nothing is sold."""
    return _over(flow, finance, float(np.sum(flow.served_kwh)))


def _over(flow: Cashflow, finance: Finance, energy_kwh: float) -> float | None:
    cost = flow.capex + flow.replacements + (flow.revenue - flow.operating) - flow.residual
    return npv(cost, finance.discount_rate, finance.discounting) / energy_kwh if energy_kwh > 0 else None

"""The viability gap: the smallest support that brings net present value to zero at the target return."""

from __future__ import annotations

from dataclasses import dataclass

from evplan.finance.cashflow import Cashflow, with_grant, with_premium
from evplan.finance.worth import npv, smallest
from evplan.instance.finance import Finance

MOST_GRANT = 100.0  # times construction cost; more is no support but another business
MOST_PREMIUM = 1000.0  # per kWh


@dataclass(frozen=True)
class ViabilityGap:
    """Support that closes the gap at `target_irr`; zeros where none is needed.

    grant : Money in year 0, or None where no grant closes the gap.
    grant_fraction_of_capex : May exceed 1: then a grant that only refunds construction is not enough.
    per_kwh : Premium per kWh sold, first-year money, or None.
    """

    target_irr: float
    grant: float | None
    grant_fraction_of_capex: float | None
    per_kwh: float | None


def viability_gap(flow: Cashflow, finance: Finance) -> ViabilityGap:
    """Return the grant, and the premium per kWh, that bring the after-tax NPV to zero at the target return."""
    capex = float(flow.capex.sum())
    target, falling = finance.target_irr, finance.discounting
    if npv(flow.net, target, falling) >= 0:
        return ViabilityGap(target, 0.0, 0.0, 0.0)
    grant = smallest(
        lambda g: npv(with_grant(flow, g, finance).net, target, falling), max(capex, 1.0), MOST_GRANT * max(capex, 1.0)
    )
    premium = smallest(lambda p: npv(with_premium(flow, p, finance).net, target, falling), 1.0, MOST_PREMIUM)
    share = grant / capex if grant is not None and capex > 0 else None
    return ViabilityGap(target, grant, share, premium)

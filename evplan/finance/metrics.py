"""Metrics of a cash flow; each says what it means and when it does not exist.

Amounts fall at the end of their year; year 0 is not discounted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy_financial as npf

from evplan.finance.cashflow import Cashflow
from evplan.instance.schema import Finance
from evplan.parameters.money import discounts, index_of

DEFINITIONS = {
    "npv": "Net present value after tax at the discount rate; yearly amounts fall at year ends, construction in year 0.",
    "irr": "Rate at which the after-tax net present value is zero; given only where exactly one such rate exists.",
    "payback_years": "Years until cumulative after-tax cash turns and stays positive, interpolated within the year.",
    "discounted_payback_years": "The same with discounted cash.",
    "roi": "Sum of after-tax net cash over the horizon, divided by construction cost and replacements.",
    "lcoc_per_kwh": "Levelised cost of charging: the price per kWh, in first-year money and rising with inflation, "
    "at which the after-tax net present value is zero; all costs and residual value over discounted energy sold.",
    "viability_gap": "Smallest capital grant in year 0 (it lowers depreciation) that brings the after-tax net present "
    "value to zero at the target return; per kWh: the taxed premium on every kWh sold, rising with inflation, that does the same.",
}


@dataclass(frozen=True)
class Irr:
    """status : 'unique', 'several' (then `value` is None), or 'none'."""

    value: float | None
    status: str


def npv(flow: np.ndarray, rate: float) -> float:
    """Return the net present value of a yearly cash flow whose first entry is year 0."""
    return float(npf.npv(rate, flow))


def irr(flow: np.ndarray) -> Irr:
    """Return the internal rate of return, above -99 %, with its status.

    Every real root of the polynomial sum of flow[k] v^k, v = 1/(1 + r), is found; one answer is
    given only if one root exists.
    """
    if not (flow.min(initial=0.0) < 0 < flow.max(initial=0.0)):
        return Irr(None, "none")
    scaled = np.trim_zeros(flow / np.abs(flow).max(), "b")
    roots = np.roots(scaled[::-1])
    real = roots.real[(np.abs(roots.imag) <= 1e-7 * np.maximum(1.0, np.abs(roots.real))) & (roots.real > 0)]
    rates = sorted({round(float(rate), 9) for rate in 1 / real - 1 if rate > -0.99})
    if len(rates) == 1:
        return Irr(rates[0], "unique")
    return Irr(None, "several" if rates else "none")


def payback_years(flow: np.ndarray) -> float | None:
    """Return the years until the cumulative cash flow turns positive for good, or None."""
    cumulative = np.cumsum(flow)
    below = np.flatnonzero(cumulative < 0)
    if not len(below):
        return 0.0 if np.any(flow) else None
    last = int(below[-1])
    if last == len(flow) - 1:
        return None
    return float(last - cumulative[last] / flow[last + 1])


@dataclass(frozen=True)
class Metrics:
    """What an investor asks of one cash flow; None where a figure does not exist."""

    capex: float
    npv: float
    irr: Irr
    payback_years: float | None
    discounted_payback_years: float | None
    roi: float | None
    lcoc_per_kwh: float | None


def measure(flow: Cashflow, finance: Finance) -> Metrics:
    """Return the metrics of a cash flow."""
    rate, net = finance.discount_rate, flow.net
    discount = discounts(rate, len(net) - 1)
    invested = float((flow.capex + flow.replacements).sum())
    return Metrics(
        capex=float(flow.capex.sum()),
        npv=npv(net, rate),
        irr=irr(net),
        payback_years=payback_years(net),
        discounted_payback_years=payback_years(net * discount),
        roi=float(net.sum() / invested) if invested > 0 else None,
        lcoc_per_kwh=levelised_cost(flow, finance),
    )


def levelised_cost(flow: Cashflow, finance: Finance) -> float | None:
    """Return the break-even price per kWh, first-year money, or None where nothing is sold."""
    years = len(flow.net) - 1
    discount = discounts(finance.discount_rate, years)
    index = index_of(finance, years)
    kept_energy = (1 - finance.tax_rate) * float((flow.served_kwh * index) @ discount)
    if kept_energy <= 0:
        return None
    without_sales = flow.net - (1 - finance.tax_rate) * flow.revenue
    return -npv(without_sales, finance.discount_rate) / kept_energy

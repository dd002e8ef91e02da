"""Metrics of a cash flow; each says what it means and when it does not exist.

When a year's amounts fall (its end, middle or beginning) is `finance.discounting`, and the same in every figure; year 0 is time 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.finance.cashflow import Cashflow
from evplan.finance.levelised import cost_before_tax, cost_over_undiscounted_energy, levelised_cost
from evplan.finance.rates import STATUS, UNIQUE, rates_of_return
from evplan.finance.worth import npv
from evplan.instance.finance import Discounting, Finance
from evplan.parameters.money import LEAD, discounts

DEFINITIONS = {
    "npv": "Net present value after tax at the discount rate, equity and loan together, with construction at time 0.",
    "irr": "Rate at which the after-tax net present value is zero; given only where exactly one such rate exists.",
    "mirr": "Modified internal rate of return: what is paid out discounted, what comes in carried to the end, both at the discount "
    "rate; the rate that leads from one to the other. It always exists once, also where the internal rate does not.",
    "irr_real": "The internal rate of return less inflation: (1 + rate) / (1 + inflation) - 1.",
    "payback_years": "Years until cumulative after-tax cash turns and stays positive, interpolated within the year.",
    "discounted_payback_years": "The same with discounted cash.",
    "roi": "Sum of after-tax net cash over the horizon, divided by construction cost and replacements.",
    "profitability_index": "Present value of all but construction, over the present value of construction; above 1, it pays.",
    "lcoc_per_kwh": "Levelised cost of charging: the price per kWh, in first-year money and rising with inflation, "
    "at which the after-tax net present value is zero; all costs and residual value over discounted energy sold.",
    "lcoc_before_tax_per_kwh": "The same without tax, depreciation, credits and support: costs before tax less residual value.",
    "lcoc_undiscounted_energy_per_kwh": "Costs before tax less residual value, in present value, over energy sold that is not "
    "discounted: lower than what has to be charged; shown because studies use it.",
    "lcoe_per_kwh": "Levelised cost of energy: what supplying a kWh sold costs before tax (bill, connection, panels, battery), chargers, "
    "land and the host aside; over discounted energy.",
    "viability_gap": "Smallest capital grant in year 0 (it lowers depreciation) that brings the after-tax net present "
    "value to zero at the target return; per kWh: the taxed premium on every kWh sold, rising with inflation, that does the same.",
}  # fmt: skip


@dataclass(frozen=True)
class Irr:
    """status : 'unique', 'several' (then `value` is None), or 'none'."""

    value: float | None
    status: str


def irr(flow: np.ndarray, falling: Discounting = "end") -> Irr:
    """Return the internal rate of return, above -100 %, with its status; see `rates.py`."""
    found = rates_of_return(spread(flow, falling)[:, None])
    status = int(found.status[0])
    if status != UNIQUE:
        return Irr(None, STATUS[status])
    per_period = 1 + float(found.value[0])
    return Irr((per_period**2 if falling == "middle" else per_period) - 1, STATUS[status])


def spread(flow: np.ndarray, falling: Discounting) -> np.ndarray:
    """Return amounts by the periods at whose ends they fall: years, or half years where they fall in the middle."""
    if falling == "end":
        return flow
    if falling == "beginning":
        return np.append(flow[0] + flow[1], flow[2:])
    halves = np.zeros(2 * len(flow) - 2)
    halves[0], halves[1::2] = flow[0], flow[1:]
    return halves


def mirr(flow: np.ndarray, rate: float, falling: Discounting = "end") -> float | None:
    """Return the modified internal rate of return, paid and earned at one rate; None where money goes one way only."""
    worth = flow * discounts(rate, len(flow) - 1, falling)
    paid, earned = -float(np.minimum(worth, 0.0).sum()), float(np.maximum(worth, 0.0).sum())
    years = len(flow) - 1 - LEAD[falling]
    if not paid > 0 or not earned > 0 or not years > 0:
        return None
    return (earned / paid) ** (1 / years) * (1 + rate) - 1


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
    """What an investor asks of one cash flow; None where a figure does not exist. `DEFINITIONS` says what each is."""

    capex: float
    npv: float
    irr: Irr
    irr_real: float | None
    mirr: float | None
    payback_years: float | None
    discounted_payback_years: float | None
    roi: float | None
    profitability_index: float | None
    lcoc_per_kwh: float | None
    lcoc_before_tax_per_kwh: float | None
    lcoc_undiscounted_energy_per_kwh: float | None


def measure(flow: Cashflow, finance: Finance) -> Metrics:
    """Return the metrics of a cash flow."""
    rate, falling, net = finance.discount_rate, finance.discounting, flow.net
    discount = discounts(rate, len(net) - 1, falling)
    invested, built = float((flow.capex + flow.replacements).sum()), float(flow.capex @ discount)
    found = irr(net, falling)
    return Metrics(
        capex=float(flow.capex.sum()),
        npv=npv(net, rate, falling),
        irr=found,
        irr_real=None if found.value is None else (1 + found.value) / (1 + finance.inflation) - 1,
        mirr=mirr(net, rate, falling),
        payback_years=payback_years(net),
        discounted_payback_years=payback_years(net * discount),
        roi=float(net.sum() / invested) if invested > 0 else None,
        profitability_index=1 + npv(net, rate, falling) / built if built > 0 else None,
        lcoc_per_kwh=levelised_cost(flow, finance),
        lcoc_before_tax_per_kwh=cost_before_tax(flow, finance),
        lcoc_undiscounted_energy_per_kwh=cost_over_undiscounted_energy(flow, finance),
    )

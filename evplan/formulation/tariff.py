"""The tariff.

    billed_kw[y,l,m]   highest import of month m inside demand line l's window, kW    >= 0

    import_kw[y,t] <= billed_kw[y,l,m(t)]   where line l applies                      billed_power

A line that applies at every step bills the month's highest import (`highest_kw`) and needs no rows.
Yearly: energy price * import + sum of lines, price * billed_kw + fixed - export price * export.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.terms import Terms, linear
from evplan.parameters.types import SiteParameters
from evplan.units import MONTHS_PER_YEAR


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add billed powers to the site's block and register the bill."""
    lines, month = site.tariff.demand, site.clock.month.tolist()
    windowed = [i for i, line in enumerate(lines) if not line.applies.all()]
    inside = [(i, t) for i in windowed for t in np.flatnonzero(lines[i].applies).tolist()]
    block.LT = pyo.Set(initialize=inside, ordered=True, dimen=2)
    block.LM = pyo.Set(initialize=list(dict.fromkeys((i, month[t]) for i, t in inside)), ordered=True, dimen=2)
    block.billed_kw = pyo.Var(block.Y, block.LM, domain=pyo.NonNegativeReals)
    block.billed_power = pyo.Constraint(
        block.Y, block.LT,
        rule=lambda b, y, i, t: linear([(1.0, b.import_kw[y, t]), (-1.0, b.billed_kw[y, i, month[t]])]) <= 0,
        doc="the billed power of a demand charge is the highest in its window",
    )  # fmt: skip
    for y in block.Y:
        terms.each_year(y, _energy(block, site, y))
        terms.each_year(y, _demand(block, site, y))
        terms.each_year(y, MONTHS_PER_YEAR * site.tariff.fixed_per_month * block.open)


def _energy(block: Any, site: SiteParameters, y: int) -> Any:
    year_h, price = site.clock.year_h, site.tariff.energy_per_kwh
    bought = [(float(price[t] * year_h[t]), block.import_kw[y, t]) for t in block.T]
    sold = [(-site.tariff.export_per_kwh * float(year_h[t]), block.export_kw[y, t]) for t in block.EXPORT_T]
    return linear(bought + sold)


def _demand(block: Any, site: SiteParameters, y: int) -> Any:
    months, lines = site.clock.month_weight.tolist(), site.tariff.demand
    always = [i for i, line in enumerate(lines) if line.applies.all()]
    pairs = [(lines[i].price_per_kw_month * months[m], block.highest_kw[y, m]) for i in always for m in block.M]
    pairs += [(lines[i].price_per_kw_month * months[m], block.billed_kw[y, i, m]) for i, m in block.LM]
    return linear(pairs)

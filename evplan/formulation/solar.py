"""Solar panels.

solar_kw            size, kW of direct-current rating           >= 0, <= max
solar_used_kw[y,t]  power used or exported, kW (sunny steps)    >= 0

solar_used_kw[y,t] <= yield[y,t] * solar_kw                     solar_yield (the rest is curtailed)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.terms import Terms, linear
from evplan.formulation.values import Values
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the panels to the site's block and register their terms."""
    solar = site.solar
    assert solar is not None
    sunny = np.flatnonzero((solar.yield_kw_per_kw > 0).any(axis=0)).tolist()
    block.SUN_T = pyo.Set(initialize=sunny, ordered=True)
    block.solar_kw = pyo.Var(domain=pyo.NonNegativeReals)
    block.solar_used_kw = pyo.Var(block.Y, block.SUN_T, domain=pyo.NonNegativeReals)
    block.solar_limit = pyo.Constraint(expr=block.solar_kw <= solar.max_kw, doc="panels fit the site")
    block.solar_yield = pyo.Constraint(
        block.Y, block.SUN_T,
        rule=lambda b, y, t: linear([(1.0, b.solar_used_kw[y, t]), (-float(solar.yield_kw_per_kw[y, t]), b.solar_kw)]) <= 0,
        doc="panels give no more than the sun allows",
    )  # fmt: skip
    shines = set(sunny)
    terms.supply.append(lambda y, t: [(1.0, block.solar_used_kw[y, t])] if t in shines else [])
    terms.capital.append(solar.present_cost_per_kw * block.solar_kw)
    for y in block.Y:
        terms.each_year(y, solar.om_per_kw_year * block.solar_kw)


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the panels' size and the power used, shape (years, steps), kW."""
    return {
        "solar_kw": max(0.0, float(values.of(block.solar_kw)[0])),
        "solar_used_kw": values.grid(block.solar_used_kw, site, list(block.SUN_T)),
    }

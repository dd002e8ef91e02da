"""Solar panels, on one plane or several.

solar_kw[a]          panels on plane a, kW of direct-current rating                >= existing, <= room of the plane
solar_used_kw[y,t]   power used or exported, kW (sunny steps)                      >= 0
solar_built          1 if panels are added, where that costs something by itself   binary
solar_modules        blocks of panels added, where they come in blocks             integer

solar_used_kw[y,t] <= sum over a of yield[a,y,t] * solar_kw[a]                     solar_yield (the rest is curtailed)
sum over a of solar_kw[a] <= max_kw                                                solar_limit
added = sum over a of solar_kw[a] - existing[a] <= room * solar_built              solar_fixed_cost
added = module_kw * solar_modules                                                  solar_in_modules
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.standing import Standing, standing
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear.affine import each, gathered
from evplan.linear.columns import Columns
from evplan.linear.pairs import Linear, Pairs
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters, SolarParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the panels to the site's block and register their terms."""
    solar = site.solar
    assert solar is not None
    arrays, grid = solar.arrays, site.demand_kwh.shape
    sunny = np.broadcast_to(solar.shines, grid)
    block.ARRAY = pyo.RangeSet(0, len(arrays) - 1)
    block.solar_kw = pyo.Var(
        block.ARRAY, domain=pyo.NonNegativeReals, bounds=lambda b, a: (arrays[a].existing_kw, arrays[a].max_kw)
    )
    block.solar_used_kw = Columns(sunny)
    used_kw, solar_kw = each(block.solar_used_kw), each(block.solar_kw)
    yields = np.stack([array.yield_kw_per_kw for array in arrays], axis=-1)  # shape (years, steps, arrays)
    block.solar_limit = pyo.Constraint(
        expr=Linear((1.0, block.solar_kw[a]) for a in block.ARRAY) <= solar.max_kw, doc="panels fit the site"
    )
    block.solar_yield = Rows(
        used_kw - (yields * solar_kw).sum(-1) <= 0, sunny, doc="panels give no more than the sun allows"
    )
    terms.supply.append(used_kw)
    terms.each_year(solar.om_per_kw_year * solar_kw.sum(), "om")
    _added(block, solar, standing(block, site, "solar_kw", lambda a: arrays[a].existing_kw), terms)


def _added(block: Any, solar: SolarParameters, standing_kw: Standing, terms: Terms) -> None:
    """Register what added panels cost, and the whole numbers that come with them."""
    stands = [standing_kw(a) for a in block.ARRAY]
    added: Pairs = [(1.0, block.solar_kw[a]) for a in block.ARRAY]
    added += [(-coefficient, stood) for pairs, _ in stands for coefficient, stood in pairs]
    existing_kw = sum(number for _, number in stands)
    terms.capital.append(solar.present_cost_per_kw * (gathered((), {(): added}) - existing_kw))
    if solar.present_fixed_cost > 0:
        block.solar_built = pyo.Var(domain=pyo.Binary)
        room = solar.max_kw - solar.existing_kw
        block.solar_fixed_cost = pyo.Constraint(
            expr=Linear([*added, (-room, block.solar_built)]) <= existing_kw, doc="adding panels has a fixed cost"
        )
        terms.capital.append(solar.present_fixed_cost * each(block.solar_built))
    if solar.module_kw:
        block.solar_modules = pyo.Var(domain=pyo.NonNegativeIntegers)
        block.solar_in_modules = pyo.Constraint(
            expr=Linear([*added, (-solar.module_kw, block.solar_modules)]) == existing_kw,
            doc="panels are added in modules",
        )


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the panels on every plane, kW, and the power used, shape (years, steps), kW."""
    assert site.solar is not None
    stand = np.array([array.existing_kw for array in site.solar.arrays])
    return {
        "solar_by_array_kw": np.maximum(values.of(block.solar_kw), stand),
        "solar_used_kw": values.least_0(block.solar_used_kw),
    }

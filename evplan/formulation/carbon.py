"""Carbon: what drawn energy emits, its price, and a limit on a year's emissions.

    allowance_kg[y,m]    what month m may emit, kg                                             >= 0

    sum over t in m of kg[t] import[y,t] h[t] <= allowance_kg[y,m]                             month_emits
    sum over m of month_weight[m] allowance_kg[y,m] <= cap_kg                                  carbon_cap

Steering: price per kg times what is emitted. Allowances let every month be planned by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.terms import Terms
from evplan.linear import Linear, Pairs
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the limit to the site's block and register the price."""
    carbon = site.carbon
    if carbon is None:
        return
    kg, clock = carbon.kg_per_kwh, site.clock
    for y in block.Y:
        if carbon.price_per_kg > 0:
            emitted = ((carbon.price_per_kg * float(kg[t] * clock.year_h[t]), block.import_kw[y, t]) for t in block.T)
            terms.steering.setdefault(y, []).append(Linear(emitted))
    if not np.isfinite(carbon.cap_kg):
        return
    block.allowance_kg = pyo.Var(block.Y, block.M, domain=pyo.NonNegativeReals)

    def emits(b: Any, y: int, m: int) -> Any:
        steps = np.flatnonzero((clock.month == m) & (kg > 0)).tolist()
        drawn: Pairs = [(float(kg[t] * clock.year_h[t] / clock.month_weight[m]), b.import_kw[y, t]) for t in steps]
        return Linear([*drawn, (-1.0, b.allowance_kg[y, m])]) <= 0

    block.month_emits = pyo.Constraint(block.Y, block.M, rule=emits, doc="each month emits no more than its allowance")
    block.carbon_cap = pyo.Constraint(
        block.Y,
        rule=lambda b, y: Linear((float(clock.month_weight[m]), b.allowance_kg[y, m]) for m in b.M) <= carbon.cap_kg,
        doc="carbon.cap_t_per_year: what a year may emit",
    )

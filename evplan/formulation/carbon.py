"""Carbon: what drawn energy emits, its price, and a limit on a year's emissions.

    allowance_kg[y,m]    what month m may emit, kg                                             >= 0

    sum over t in m of kg[t] import[y,t] h[t] <= allowance_kg[y,m]                             month_emits
    sum over m of month_weight[m] allowance_kg[y,m] <= cap_kg                                  carbon_cap

Steering: price per kg times what is emitted. Allowances let every month be planned by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.formulation.terms import Terms
from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the limit to the site's block and register the price."""
    carbon = site.carbon
    if carbon is None:
        return
    kg, clock = carbon.kg_per_kwh, site.clock
    months = len(clock.month_weight)
    if carbon.price_per_kg > 0:
        terms.steering.append((carbon.price_per_kg * kg * clock.year_h * each(block.import_kw)).sum(1))
    if not np.isfinite(carbon.cap_kg):
        return
    block.allowance_kg = Columns((len(site.years), months))
    allowance_kg = each(block.allowance_kg)
    emitted_kg = kg * clock.year_h / clock.month_weight[clock.month] * each(block.import_kw)
    block.month_emits = Rows(
        emitted_kg.sum_by(clock.month, months) - allowance_kg <= 0, doc="each month emits no more than its allowance"
    )
    block.carbon_cap = Rows(
        (clock.month_weight * allowance_kg).sum(1) <= carbon.cap_kg, doc="carbon.cap_t_per_year: what a year may emit"
    )

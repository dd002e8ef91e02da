"""Reach: how much a month can pledge, told by sizes alone. True of every plan, so that no plan is lost.

    pledged_kwh[y,m] <= sum over t in m of wanted_kwh[y,t], where wanted_kw[y,t] < level
                        + hours of m in which it is more * sum over g of full_kw[g,y]                       within_ports

They bound the sum of min(wanted, full), which is concave in `full`, by a tangent for each level. A search that
takes months apart learns nothing of a month until it visits it; without these rows it begins at sites too small to serve.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.linear.affine import each
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters

LEVELS = (0.0, 0.2, 0.4, 0.6)  # of the highest power wanted in the year


def add(block: Any, site: SiteParameters) -> None:
    """Bound the pledges of a block that has some."""
    if block.component("pledged_kwh") is None:
        return
    clock, wanted_kw, pledged_kwh = site.clock, site.demand_kwh / site.clock.step_h, each(block.pledged_kwh)
    in_month = np.equal.outer(clock.month, np.arange(len(clock.month_weight)))
    month_h = clock.year_h[:, None] * in_month  # shape (steps, months)
    level_kw = np.array(LEVELS)[:, None, None] * wanted_kw.max(axis=1, keepdims=True)  # shape (levels, years, 1)
    more = wanted_kw >= level_kw
    block.within_ports = Rows(
        pledged_kwh - (more @ month_h) * each(block.full_kw).sum(0)[:, None]
        <= np.where(more, 0.0, wanted_kw) @ month_h,
        doc="a month pledges no more than its ports can give",
    )

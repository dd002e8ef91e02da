"""The tariff: the bill of what is drawn and sent.

    lacking[y,m]   what a month's charges lack of the minimum charge             >= 0

    lacking[y,m] >= minimum * open - (energy + demand + capacity + fixed - export)[y,m]   minimum_charge

Yearly: price * import + metered lines (metered.py) + demand, coincident and contracted power (demand.py)
+ fixed charges + lacking - export price * export.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from evplan.formulation import demand, metered
from evplan.formulation.charges import Charges
from evplan.formulation.terms import Terms
from evplan.linear import Linear, members
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add what the tariff meters to the site's block and register the bill."""
    charges, month_weight = Charges(), site.clock.month_weight.tolist()
    _energy(block, site, charges)
    metered.add(block, site, charges)
    demand.add(block, site, charges)
    for y in block.Y:
        for m in block.M:
            charges.monthly[y, m].append((site.tariffs[y].fixed_per_month, block.open))
    _minimum(block, site, charges)
    for y in block.Y:
        terms.each_year(y, Linear(charges.of_year(y, month_weight)), "bill")


def _energy(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Register what has one price in its step: import where no metered line holds, export that is not netted."""
    year_h, month, months = site.clock.year_h.tolist(), site.clock.month.tolist(), site.clock.month_weight.tolist()
    import_kw, export_kw = members(block.import_kw), members(block.export_kw)
    for y in block.Y:
        price, export = site.tariffs[y].energy_per_kwh.tolist(), site.tariffs[y].export_per_kwh.tolist()
        for t in block.T:
            if price[t]:
                charges.monthly[y, month[t]].append((price[t] * year_h[t] / months[month[t]], import_kw[y, t]))
        for t in block.EXPORT_T:
            if export[t]:
                charges.monthly[y, month[t]].append((-export[t] * year_h[t] / months[month[t]], export_kw[y, t]))


def _minimum(block: Any, site: SiteParameters, charges: Charges) -> None:
    least = {y: site.tariffs[y].minimum_per_month for y in block.Y}
    billed = [(y, m) for y in block.Y if least[y] > 0 for m in block.M]
    if not billed:
        return
    block.lacking = pyo.Var(billed, domain=pyo.NonNegativeReals)
    block.minimum_charge = pyo.Constraint(
        billed,
        rule=lambda b, y, m: Linear([(1.0, b.lacking[y, m]), *charges.monthly[y, m], (-least[y], b.open)]) >= 0,
        doc="a month is billed its minimum charge at least",
    )  # fmt: skip
    for y, m in billed:
        charges.monthly[y, m].append((1.0, block.lacking[y, m]))

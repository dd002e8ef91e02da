"""The tariff: the bill of what is drawn and sent.

    lacking[y,m]   what a month's charges lack of the minimum charge             >= 0

    lacking[y,m] >= minimum * open - (energy + demand + capacity + fixed - export)[y,m]   minimum_charge

Yearly: price * import + metered lines (metered.py) + demand, coincident and contracted power (demand.py)
+ fixed charges + lacking - export price * export.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.formulation import demand, metered
from evplan.formulation.charges import Charges
from evplan.formulation.terms import Terms
from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add what the tariff meters to the site's block and register the bill."""
    charges = Charges()
    _energy(block, site, charges)
    metered.add(block, site, charges)
    demand.add(block, site, charges)
    fixed = np.array([[tariff.fixed_per_month] for tariff in site.tariffs])
    charges.monthly.append(fixed * each(block.open) + np.zeros(len(site.clock.month_weight)))
    _minimum(block, site, charges)
    terms.each_year(charges.of_year(site.clock.month_weight), "bill")


def _energy(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Register what has one price in its step: import where no metered line holds, export that is not netted."""
    clock = site.clock
    hours = clock.year_h / clock.month_weight[clock.month]
    price = np.stack([tariff.energy_per_kwh for tariff in site.tariffs])
    export = np.stack([tariff.export_per_kwh for tariff in site.tariffs])
    paid = price * hours * each(block.import_kw) - export * hours * each(block.export_kw)
    charges.monthly.append(paid.sum_by(clock.month, len(clock.month_weight)))


def _minimum(block: Any, site: SiteParameters, charges: Charges) -> None:
    least = np.array([[tariff.minimum_per_month] for tariff in site.tariffs])
    billed = np.broadcast_to(least > 0, (len(site.tariffs), len(site.clock.month_weight)))
    if not billed.any():
        return
    block.lacking = Columns(billed)
    block.minimum_charge = Rows(
        each(block.lacking) + charges.of_month() - least * each(block.open) >= 0, billed,
        doc="a month is billed its minimum charge at least",
    )  # fmt: skip
    charges.monthly.append(each(block.lacking))

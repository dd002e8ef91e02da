"""What supplying energy costs, chargers, land and the host aside: the levelised cost of energy of a plan.

LCOE = PV(bill + connection, panels and battery with their upkeep and replacements - residual) / PV(kWh sold * price index)
"""

from __future__ import annotations

import numpy as np

from evplan.finance.cashflow import Cashflow, Running, make_cashflow
from evplan.finance.investments import Investments, kind_of
from evplan.instance.schema import Instance
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution, sold_kwh


def supply_cashflow(
    instance: Instance,
    numbers: SiteParameters,
    plan: SiteSolution,
    items: Investments,
    paid_for_energy: np.ndarray | float,
) -> Cashflow:
    """Return the cash flow of supplying a site's energy alone. items : its investments by name.

    paid_for_energy : to drivers whose vehicles give back, shape (modelled years,), first-year money.
    """
    solar, battery = instance.catalogue.solar, instance.catalogue.battery
    upkeep = solar.om_per_kw_year * plan.solar_kw if solar else 0.0
    upkeep += battery.om_per_kw_year * plan.battery_kw if battery else 0.0
    nothing = np.zeros(len(numbers.years))
    running = Running(sold_kwh(numbers, plan), nothing, plan.bills, upkeep, 0.0, given_back=paid_for_energy)
    own = [schedule for name, schedule in items.items() if kind_of(name) != "chargers"]
    return make_cashflow(running, own, numbers.share, instance.finance)

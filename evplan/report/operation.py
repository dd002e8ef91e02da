"""How a plan runs: energies and use by year, and the limits it uses up."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.assets.tariff import Bill
from evplan.parameters.types import SiteParameters
from evplan.report.run import Run
from evplan.solution.tables import SiteSolution, sold_kwh
from evplan.units import HOURS_PER_YEAR


def energies(run: Run, i: int) -> dict[str, Any]:
    """Return energies of the first modelled year, and of every modelled year."""
    plan, numbers = run.plans[i], run.parameters.sites[i]
    year_h = numbers.clock.year_h
    wanted, served = numbers.demand_kwh @ numbers.clock.weight, sold_kwh(numbers, plan)
    rated_kw = sum(plan.chargers.get(c.name, 0) * c.power_kw for c in run.read.instance.catalogue.chargers)
    return {
        "energy_served_kwh": float(served[0]),
        "energy_turned_away_kwh": float(max(0.0, wanted[0] - served[0])),
        "by_year": {
            year: {
                "served_kwh": float(served[y]),
                "turned_away_kwh": float(max(0.0, wanted[y] - served[y])),
                "utilisation": float(plan.served_total_kw[y] @ year_h / (rated_kw * HOURS_PER_YEAR))
                if rated_kw
                else None,
                "grid_fee_per_kwh": _grid_fee(plan.bills[y], float(served[y])),
                "import_kwh": float(plan.import_kw[y] @ year_h),
                "export_kwh": float(plan.export_kw[y] @ year_h),
                "solar_used_kwh": float(plan.solar_used_kw[y] @ year_h),
                "solar_curtailed_kwh": _curtailed(numbers, plan, y),
                "discharged_kwh": float(plan.discharge_kw[y] @ year_h),
                "given_back_kwh": float(plan.v2g_kw[y] @ year_h),
                "emitted_t": float(numbers.carbon.emitted_kg(plan.import_kw, numbers.clock)[y] / 1000.0)
                if numbers.carbon
                else None,
                "highest_import_kw": float(plan.import_kw[y].max(initial=0.0)),
            }
            for y, year in enumerate(numbers.years)
        },
    }


def _grid_fee(bill: Bill, served_kwh: float) -> float | None:
    """Return what the grid takes besides energy, per kWh sold: demand, capacity, fixed and minimum charges."""
    fee = bill.demand + bill.capacity + bill.fixed + bill.minimum
    return fee / served_kwh if served_kwh > 0 else None


def _curtailed(numbers: SiteParameters, plan: SiteSolution, y: int) -> float:
    if numbers.solar is None:
        return 0.0
    could = numbers.solar.could_kw(plan.solar_by_array_kw)[y]
    return float(np.maximum(could - plan.solar_used_kw[y], 0.0) @ numbers.clock.year_h)


def limits_reached(numbers: SiteParameters, plan: SiteSolution) -> list[str]:
    """Return the limits of the instance that the plan uses up: more room might pay."""
    near = 1 - 1e-6
    reached = []
    if numbers.solar and plan.solar_kw >= near * numbers.solar.max_kw > numbers.solar.existing_kw:
        reached.append(f"solar max_kw = {numbers.solar.max_kw:g}")
    if numbers.battery and plan.battery_kwh >= near * numbers.battery.max_kwh > numbers.battery.existing_kwh:
        reached.append(f"battery max_kwh = {numbers.battery.max_kwh:g}")
    for charger in numbers.chargers:
        if charger.existing < charger.limit == plan.chargers[charger.name]:
            reached.append(f"{charger.name} max_count = {charger.limit}")
    largest = max((step.power_kw for step in numbers.connection_steps), default=numbers.existing_kw)
    if plan.open and plan.import_kw.max(initial=0.0) >= near * largest:
        reached.append(f"the largest grid connection, {largest:g} kW")
    return reached

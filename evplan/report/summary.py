"""summary.json: the stable machine interface of a run, and the figures every page is made from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evplan.finance.appraise import Appraised, capex_by_item, investments
from evplan.finance.metrics import DEFINITIONS
from evplan.parameters.types import SiteParameters
from evplan.report.run import Run
from evplan.solution.invariants import present_values
from evplan.solution.life import BatteryLife
from evplan.solution.tables import SiteSolution


def summary(run: Run) -> dict[str, Any]:
    """Return the summary of a run; amounts are in the currency named, first-year money unless said."""
    from evplan import __version__

    instance, finance = run.read.instance, run.read.instance.finance
    return clean({
        "instance": str(run.read.path),
        "instance_hash": run.read.hash,
        "scenario": run.read.scenario,
        "title": instance.title,
        "evplan_version": __version__,
        "status": run.status,
        "objective": run.objective,
        "bound": run.bound,
        "gap": run.gap,
        "seconds": run.seconds,
        "solver": "; ".join(dict.fromkeys(plan.solver.split(",")[0] for plan in run.plans)),
        "checker": {"passed": all(v.passed for v in run.verdicts), "worst_residual": run.worst_residual},
        "currency": finance.currency,
        "horizon": {"start": instance.horizon.start.isoformat(), "years": instance.horizon.years,
                    "operating_years": instance.horizon.modelled_years(), "step_minutes": instance.horizon.step_minutes,
                    "weeks": [week.isoformat() for week in instance.horizon.weeks]},
        "finance": finance.model_dump(),
        "definitions": DEFINITIONS,
        "weather": run.parameters.weather_source,
        "warnings": list(run.warnings),
        "sites": [_site(run, i) for i in range(len(run.plans))],
        "settings": {name: _money(group) for name, group in run.appraisal.settings.items()},
        "portfolio": _money(run.appraisal.portfolio),
    })  # fmt: skip


def _site(run: Run, i: int) -> dict[str, Any]:
    site, plan, numbers = run.read.instance.sites[i], run.plans[i], run.parameters.sites[i]
    money = run.appraisal.sites[i]
    life = run.lives[i]
    items = investments(run.read.instance, site, plan, life.resimulated_years if life else None)
    return {
        "name": site.name,
        "setting": site.setting,
        "tariff": site.tariff,
        "price_per_kwh": site.price_per_kwh,
        "chargers": plan.chargers,
        "pv_kw": plan.solar_kw,
        "battery_kwh": plan.battery_kwh,
        "battery_kw": plan.battery_kw,
        "connection_kw": plan.connection_kw,
        **_energy(site.connection.existing_kw, run, i),
        "bill": bill_by_part(plan),
        **_money(money),
        "capex_by_item": capex_by_item(items),
        "limits_reached": limits_reached(numbers, plan),
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "solver": plan.solver,
        "checker": run.verdicts[i].residuals,
        "objective_parts": present_values(numbers, plan),
        "npv_reconciliation": run.reconciliations[i],
        "battery_life": _life(life),
    }


def _energy(existing_kw: float, run: Run, i: int) -> dict[str, Any]:
    """Return energies of the first modelled year, and of every modelled year."""
    plan, numbers = run.plans[i], run.parameters.sites[i]
    year_h = numbers.clock.year_h
    wanted, served = numbers.demand_kwh @ numbers.clock.weight, plan.served_total_kw @ year_h
    rated_kw = sum(plan.chargers.get(c.name, 0) * c.power_kw for c in run.read.instance.catalogue.chargers)
    return {
        "existing_connection_kw": existing_kw,
        "energy_served_kwh": float(served[0]),
        "energy_turned_away_kwh": float(max(0.0, wanted[0] - served[0])),
        "by_year": {
            year: {
                "served_kwh": float(served[y]),
                "turned_away_kwh": float(max(0.0, wanted[y] - served[y])),
                "utilisation": float(served[y] / (rated_kw * 8760)) if rated_kw else None,
                "import_kwh": float(plan.import_kw[y] @ year_h),
                "export_kwh": float(plan.export_kw[y] @ year_h),
                "solar_used_kwh": float(plan.solar_used_kw[y] @ year_h),
                "solar_curtailed_kwh": _curtailed(numbers, plan, y),
                "discharged_kwh": float(plan.discharge_kw[y] @ year_h),
                "highest_import_kw": float(plan.import_kw[y].max(initial=0.0)),
            }
            for y, year in enumerate(numbers.years)
        },
    }


def _curtailed(numbers: SiteParameters, plan: SiteSolution, y: int) -> float:
    if numbers.solar is None:
        return 0.0
    could = numbers.solar.yield_kw_per_kw[y] * plan.solar_kw
    return float(np.maximum(could - plan.solar_used_kw[y], 0.0) @ numbers.clock.year_h)


def limits_reached(numbers: SiteParameters, plan: SiteSolution) -> list[str]:
    """Return the limits of the instance that the plan uses up: more room might pay."""
    near = 1 - 1e-6
    reached = []
    if numbers.solar and plan.solar_kw >= near * numbers.solar.max_kw > 0:
        reached.append(f"solar max_kw = {numbers.solar.max_kw:g}")
    if numbers.battery and plan.battery_kwh >= near * numbers.battery.max_kwh > 0:
        reached.append(f"battery max_kwh = {numbers.battery.max_kwh:g}")
    for charger in numbers.chargers:
        if 0 < charger.limit == plan.chargers[charger.name]:
            reached.append(f"{charger.name} max_count = {charger.limit}")
    largest = max((step.power_kw for step in numbers.connection_steps), default=numbers.existing_kw)
    if plan.open and plan.import_kw.max(initial=0.0) >= near * largest:
        reached.append(f"the largest grid connection, {largest:g} kW")
    return reached


def bill_by_part(plan: SiteSolution) -> dict[str, float]:
    """Return the first modelled year's bill by component."""
    bill = plan.bills[0]
    return {
        "energy": bill.energy,
        "demand": bill.demand,
        "fixed": bill.fixed,
        "export_credit": bill.export_credit,
        "total": bill.total,
    }


def _money(money: Appraised) -> dict[str, Any]:
    """Return the metrics of one cash flow."""
    metrics, gap = money.metrics, money.gap
    return {
        "capex": metrics.capex,
        "npv": metrics.npv,
        "irr": metrics.irr.value,
        "irr_status": metrics.irr.status,
        "payback_years": metrics.payback_years,
        "discounted_payback_years": metrics.discounted_payback_years,
        "roi": metrics.roi,
        "lcoc_per_kwh": metrics.lcoc_per_kwh,
        "viability_gap": {
            "grant": gap.grant,
            "grant_fraction_of_capex": gap.grant_fraction_of_capex,
            "per_kwh": gap.per_kwh,
            "target_irr": gap.target_irr,
        },
    }


def _life(life: BatteryLife | None) -> dict[str, Any] | None:
    return None if life is None else {name: getattr(life, name) for name in life.__dataclass_fields__}


def clean(value: Any) -> Any:
    """Return plain JSON values: arrays as lists, NumPy scalars as numbers, infinities as null."""
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

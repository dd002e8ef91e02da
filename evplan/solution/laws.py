"""The physical laws a plan must obey, each as a residual: power, stored energy, service, sizes.

Residuals are relative to the site's own scale; 0 is perfect.
"""

from __future__ import annotations

import numpy as np

from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import SiteParameters
from evplan.solution.managed import staying
from evplan.solution.outages import least_lost_kwh
from evplan.solution.residuals import Residuals, excess_of, growth
from evplan.solution.tables import SiteSolution


def physical(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Return the residual of every physical law."""
    serving = _service(site, plan) if site.managed is None else staying(site, site.managed, plan)
    return {**_power(site, plan), **_storage(site, plan), **serving, **_sizes(site, plan), **_outages(site, plan)}


def _power(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Balance at every step, limits of the connection, yield of the panels."""
    wanted_kw = site.demand_kwh / site.clock.step_h + site.load_kw
    scale = max(1.0, plan.connection_kw, float(np.max(wanted_kw, initial=0.0)))
    efficiency = np.array([c.efficiency for c in site.chargers])
    drawn = np.tensordot(1 / efficiency, plan.served_kw, axes=1) if len(efficiency) else 0.0
    balance = (
        plan.import_kw + plan.solar_used_kw + plan.discharge_kw - plan.charge_kw - plan.export_kw - drawn - site.load_kw
        + (site.managed.give_efficiency if site.managed else 1.0) * plan.v2g_kw
    )  # fmt: skip
    sun = site.solar.could_kw(plan.solar_by_array_kw) if site.solar else np.zeros_like(plan.import_kw)
    return {
        "power balance": excess_of(np.abs(balance)) / scale,
        "import limit": excess_of(plan.import_kw - plan.connection_kw) / scale,
        "export limit": excess_of(plan.export_kw - min(site.export_limit * plan.connection_kw, site.export_max_kw))
        / scale,
        "contract": _contract(site, plan) / scale,
        "carbon cap": _carbon(site, plan),
        "solar yield": excess_of(plan.solar_used_kw - sun) / scale,
        "negative power": max(excess_of(-series) for series in powers(plan)) / scale,
    }


def _carbon(site: SiteParameters, plan: SiteSolution) -> float:
    """No year emits more than its cap; relative to the cap, or to a tonne."""
    if site.carbon is None or not np.isfinite(site.carbon.cap_kg):
        return 0.0
    return excess_of(site.carbon.emitted_kg(plan.import_kw, site.clock) - site.carbon.cap_kg) / max(
        1000.0, site.carbon.cap_kg
    )


def _contract(site: SiteParameters, plan: SiteSolution) -> float:
    """Contracted capacity is within what the tariff allows, and import within it where no excess is."""
    worst = 0.0
    for tariff, contracted, imported in zip(site.tariffs, plan.contracted_kw, plan.import_kw, strict=True):
        contract = tariff.contract
        if contract is None:
            worst = max(worst, abs(contracted))
        elif plan.open:
            over = float(imported.max(initial=0.0)) - contracted if contract.excess_price_per_kw_month is None else 0.0
            worst = max(worst, contract.min_kw - contracted, contracted - contract.max_kw, over)
    return worst


def powers(plan: SiteSolution) -> tuple[np.ndarray, ...]:
    return (
        plan.import_kw,
        plan.export_kw,
        plan.solar_used_kw,
        plan.charge_kw,
        plan.discharge_kw,
        plan.served_kw,
        plan.v2g_kw,
        plan.into_v2g_kw,
    )


def _storage(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Stored energy follows charge and discharge, closes over each block, and stays in its window."""
    battery = site.battery
    if battery is None:
        flows = np.abs(plan.charge_kw) + np.abs(plan.discharge_kw) + np.abs(plan.above_min_kwh)
        return {"battery absent": max(excess_of(flows), abs(plan.battery_kwh), abs(plan.battery_kw))}
    scale = max(1.0, plan.battery_kwh, plan.battery_kw)
    efficiency = battery.efficiency[:, None]
    gain = site.clock.step_h * (efficiency * plan.charge_kw - plan.discharge_kw / efficiency)
    window = battery.usable_fraction[:, None] * plan.battery_kwh
    begun = battery.start_by_depth
    start = None if begun is None else begun.sum() * window[:, 0]
    return {
        "stored energy": excess_of(np.abs(growth(site, plan.above_min_kwh, start) - gain)) / scale,
        **_depths(site, battery, plan, scale),
        "cold charging": excess_of(plan.charge_kw - battery.charge_c_rate * plan.battery_kwh) / scale,
        "energy window": max(excess_of(plan.above_min_kwh - window), excess_of(-plan.above_min_kwh)) / scale,
        "battery rate": max(0.0, plan.battery_kw - battery.max_c_rate * plan.battery_kwh) / scale,
        "battery power": excess_of(plan.charge_kw + plan.discharge_kw - plan.battery_kw) / scale,
    }


def _depths(site: SiteParameters, battery: BatteryParameters, plan: SiteSolution, scale: float) -> Residuals:
    """Depths add up to the battery, hold no more than their part of the window, and are not filled from nowhere."""
    given, held = plan.discharge_by_depth_kw, plan.stored_by_depth_kwh
    efficiency = battery.efficiency[:, None]
    begun = battery.start_by_depth
    start = None if begun is None else np.outer(begun, battery.usable_fraction * plan.battery_kwh)
    taken = (growth(site, held, start) + given / efficiency * site.clock.step_h) / (efficiency * site.clock.step_h)
    window = battery.usable_fraction[:, None] * plan.battery_kwh
    totals = ((given, plan.discharge_kw), (held, plan.above_min_kwh), (taken, plan.charge_kw))
    return {
        "depths' sum": max(excess_of(np.abs(parts.sum(axis=0) - whole)) for parts, whole in totals) / scale,
        "depth window": excess_of(held - battery.depth_share[:, None, None] * window) / scale,
        "depths' flow": max(excess_of(-given), excess_of(-held), excess_of(-taken)) / scale,
    }


def _service(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """No port serves more than its capacity, no vehicle takes more than it wants, obligations are met."""
    demand_kw = site.demand_kwh / site.clock.step_h
    scale = max(1.0, float(demand_kw.max(initial=0.0)))
    wanted, served_kwh = site.demand_kwh @ site.clock.weight, plan.served_total_kw @ site.clock.year_h
    owed = site.min_served * wanted - served_kwh
    vehicles = (plan.v2g_kw, plan.into_v2g_kw, plan.held_kwh, plan.held_v2g_kwh)
    return {
        **_ports(site, plan, scale),
        "nobody stays": max(excess_of(np.abs(series)) for series in vehicles) / scale,
        "served over wanted": excess_of(plan.served_total_kw - demand_kw) / scale,
        "served share": excess_of(owed) / max(1.0, float(wanted.max(initial=0.0))),
    }


def _ports(site: SiteParameters, plan: SiteSolution, scale: float) -> Residuals:
    """Each type serves within its power, each group of equal efficiency admits no more than its queues take."""
    power, admitted = 0.0, 0.0
    for charger, own in zip(site.chargers, plan.served_kw, strict=True):
        most = charger.full_of(plan.chargers[charger.name])
        power = max(power, excess_of(own - most[:, None]))
    for efficiency in {charger.efficiency for charger in site.chargers}:
        group = [i for i, charger in enumerate(site.chargers) if charger.efficiency == efficiency]
        counts = {i: min(plan.chargers[site.chargers[i].name], site.chargers[i].max_count) for i in group}
        served = plan.served_kw[group].sum(axis=0)
        carried_kw = sum(site.chargers[i].capacity_kw[:, n] for i, n in counts.items())
        waits = any(site.chargers[i].waits for i in group)
        admitted = max(admitted, excess_of(served - site.rush * np.asarray(carried_kw)[:, None])) if waits else admitted
    return {"port power": power / scale, "drivers admitted": admitted / scale}


def _sizes(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Sizes are among those the instance allows, and nothing that stands is taken away."""
    counts = [(plan.chargers[c.name], c) for c in site.chargers]
    wrong = sum(max(0, n - c.max_count) + max(0, c.existing - n) for n, c in counts)
    return {
        "charger count": float(wrong),
        "closed site": 0.0 if plan.open else max(excess_of(np.abs(series)) for series in powers(plan)),
        **_solar_sizes(site, plan),
        **_battery_sizes(site, plan),
    }


def _outages(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """No outage loses less than its sizes and stored energy allow, nor more than the share that must be carried leaves."""
    outages, step_h = site.outages, site.clock.step_h
    if outages is None:
        return {"outage energy": 0.0, "critical share": 0.0}
    scale = outages.hours(step_h) * max(1.0, float(outages.critical_kw.max()))
    allowed = (1 - outages.min_carried) * outages.critical_kwh(step_h)
    return {
        "outage energy": excess_of((least_lost_kwh(site, plan) - plan.outage_lost_kwh) / scale),
        "critical share": excess_of((plan.outage_lost_kwh - allowed) / scale) if outages.min_carried else 0.0,
    }


def _solar_sizes(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Panels fit the site and each of its planes, and come in modules where they must."""
    if site.solar is None:
        return {"solar limit": plan.solar_kw, "solar modules": 0.0}
    solar, sizes = site.solar, plan.solar_by_array_kw
    over = [max(kw - array.max_kw, array.existing_kw - kw) for kw, array in zip(sizes, solar.arrays, strict=True)]
    worst = max(0.0, plan.solar_kw - solar.max_kw, abs(plan.solar_kw - float(sizes.sum())), *over)
    return {
        "solar limit": worst / max(1.0, solar.max_kw),
        "solar modules": _off_modules(plan.solar_kw - solar.existing_kw, solar.module_kw) / max(1.0, solar.max_kw),
    }


def _battery_sizes(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """The battery fits the site, keeps to its durations and modules, and is not smaller than what stands."""
    battery, kwh, kw = site.battery, plan.battery_kwh, plan.battery_kw
    if battery is None:
        return {"battery room": max(kwh, kw), "battery duration": 0.0, "battery modules": 0.0}
    scale = max(1.0, battery.max_kwh)
    room = max(kwh - battery.max_kwh, battery.existing_kwh - kwh, kw - battery.max_kw, battery.existing_kw - kw)
    longest = battery.max_duration_h * kw if np.isfinite(battery.max_duration_h) else np.inf
    return {
        "battery room": max(0.0, room) / scale,
        "battery duration": max(0.0, battery.min_duration_h * kw - kwh, kwh - longest) / scale,
        "battery modules": _off_modules(kwh - battery.existing_kwh, battery.module_kwh) / scale,
    }


def _off_modules(added: float, module: float | None) -> float:
    """Return how far an addition is from a whole number of modules."""
    return abs(added - module * round(added / module)) if module else 0.0

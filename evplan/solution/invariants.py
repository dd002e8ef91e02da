"""The check no plan escapes: everything recomputed from the series, without the model or the solver.

Residuals are relative to the site's own scale, so one tolerance fits all. A plan that does not add up
is refused with `CheckError`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.assets.connection import choices_kw
from evplan.errors import CheckError
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SERIES, SiteSolution, site_bill

TOLERANCE = 1e-5  # ten times the solver's feasibility tolerance (1e-6), which acts on unscaled rows
MONEY_TOLERANCE = 1e-6  # relative to the sum of absolute present values: bills are exact sums of the series

Residuals = dict[str, float]


@dataclass(frozen=True)
class Verdict:
    """The checker's word: passed, and the worst residual of each law."""

    passed: bool
    residuals: Residuals

    @property
    def worst(self) -> float:
        """Return the largest residual."""
        return max(self.residuals.values(), default=0.0)


def check(site: SiteParameters, plan: SiteSolution) -> Verdict:
    """Return the verdict on one site's plan; raise `CheckError` if it does not add up."""
    _whole(site, plan)
    _finite(site, plan)
    residuals = {**_power(site, plan), **_storage(site, plan), **_service(site, plan), **_sizes(site, plan)}
    money = {**_bills(site, plan), **_objective(site, plan)}
    bad = {k: v for k, v in residuals.items() if not v <= TOLERANCE} | {
        k: v for k, v in money.items() if not v <= MONEY_TOLERANCE
    }
    if bad:
        said = "; ".join(f"{name} is off by {value:.3g}" for name, value in bad.items())
        raise CheckError(f"site {site.name}: the plan does not add up and is refused: {said} (relative)", bad)
    return Verdict(True, {**residuals, **money})


def _whole(site: SiteParameters, plan: SiteSolution) -> None:
    """Refuse a plan that is not one of this site: shapes, names, whole counts, an import limit that can be had."""
    shape = site.demand_kwh.shape
    series = all(getattr(plan, name).shape == shape for name in SERIES) and plan.served_kw.shape == (
        len(site.chargers),
        *shape,
    )
    counts = list(plan.chargers) == [c.name for c in site.chargers] and all(
        isinstance(n, int) for n in plan.chargers.values()
    )
    bills = len(plan.bills) == len(site.years)
    connection = plan.connection_kw in connection_costs(site)
    said = {"series": series, "charger counts": counts, "bills": bills, "connection choice": connection}
    bad = [name for name, right in said.items() if not right]
    if bad:
        raise CheckError(
            f"site {site.name}: the plan's {', '.join(bad)} cannot be this site's; it is refused",
            dict.fromkeys(bad, float("inf")),
        )


def connection_costs(site: SiteParameters) -> dict[float, float]:
    """Return {import limit, kW: present cost} of every connection the site can have."""
    return choices_kw(site.existing_kw, tuple((step.power_kw, step.present_cost) for step in site.connection_steps))


def _finite(site: SiteParameters, plan: SiteSolution) -> None:
    """Refuse a plan with a number that is not one, before it can hide in a comparison."""
    sizes = np.array([plan.connection_kw, plan.solar_kw, plan.battery_kwh, plan.battery_kw, plan.objective, plan.bound])
    if not all(np.isfinite(values).all() for values in (*_powers(plan), plan.above_min_kwh, sizes)):
        raise CheckError(
            f"site {site.name}: the plan holds numbers that are not finite and is refused", {"finite": float("inf")}
        )


def _power(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Balance at every step, limits of the connection, yield of the panels."""
    scale = max(1.0, plan.connection_kw, float(np.max(site.demand_kwh / site.clock.step_h, initial=0.0)))
    efficiency = np.array([c.efficiency for c in site.chargers])
    drawn = np.tensordot(1 / efficiency, plan.served_kw, axes=1) if len(efficiency) else 0.0
    balance = plan.import_kw + plan.solar_used_kw + plan.discharge_kw - plan.charge_kw - plan.export_kw - drawn
    sun = site.solar.yield_kw_per_kw * plan.solar_kw if site.solar else np.zeros_like(plan.import_kw)
    return {
        "power balance": _worst(np.abs(balance)) / scale,
        "import limit": _worst(plan.import_kw - plan.connection_kw) / scale,
        "export limit": _worst(plan.export_kw - site.export_limit * plan.connection_kw) / scale,
        "solar yield": _worst(plan.solar_used_kw - sun) / scale,
        "negative power": max(_worst(-series) for series in _powers(plan)) / scale,
    }


def _powers(plan: SiteSolution) -> tuple[np.ndarray, ...]:
    return (plan.import_kw, plan.export_kw, plan.solar_used_kw, plan.charge_kw, plan.discharge_kw, plan.served_kw)


def _storage(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Stored energy follows charge and discharge, closes over each block, and stays in its window."""
    battery = site.battery
    if battery is None:
        flows = np.abs(plan.charge_kw) + np.abs(plan.discharge_kw) + np.abs(plan.above_min_kwh)
        return {"battery absent": max(_worst(flows), abs(plan.battery_kwh), abs(plan.battery_kw))}
    scale = max(1.0, plan.battery_kwh, plan.battery_kw)
    gain = site.clock.step_h * (battery.efficiency * plan.charge_kw - plan.discharge_kw / battery.efficiency)
    drift, window = 0.0, battery.usable_fraction[:, None] * plan.battery_kwh
    for b in np.unique(site.clock.block):
        own = np.flatnonzero(site.clock.block == b)
        stored = plan.above_min_kwh[:, own]
        drift = max(drift, _worst(np.abs(stored - np.roll(stored, 1, axis=1) - gain[:, own])))
    return {
        "stored energy": drift / scale,
        "energy window": max(_worst(plan.above_min_kwh - window), _worst(-plan.above_min_kwh)) / scale,
        "battery rate": max(0.0, plan.battery_kw - battery.max_c_rate * plan.battery_kwh) / scale,
        "battery power": _worst(plan.charge_kw + plan.discharge_kw - plan.battery_kw) / scale,
    }


def _service(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """No port serves more than its capacity, no vehicle takes more than it wants, obligations are met."""
    demand_kw = site.demand_kwh / site.clock.step_h
    scale = max(1.0, float(demand_kw.max(initial=0.0)))
    wanted, served_kwh = site.demand_kwh @ site.clock.weight, plan.served_total_kw @ site.clock.year_h
    owed = site.min_served * wanted - served_kwh
    return {
        **_ports(site, plan, demand_kw, scale),
        "served over wanted": _worst(plan.served_total_kw - demand_kw) / scale,
        "served share": _worst(owed) / max(1.0, float(wanted.max(initial=0.0))),
    }


def _ports(site: SiteParameters, plan: SiteSolution, demand_kw: np.ndarray, scale: float) -> Residuals:
    """Each group of equal efficiency serves within its power, and admits no more than its queues take."""
    power, admitted = 0.0, 0.0
    rush = demand_kw * site.clock.step_h / np.maximum(site.expected_kwh, 1e-9)
    for efficiency in {charger.efficiency for charger in site.chargers}:
        group = [i for i, charger in enumerate(site.chargers) if charger.efficiency == efficiency]
        counts = {i: min(plan.chargers[site.chargers[i].name], site.chargers[i].max_count) for i in group}
        served = plan.served_kw[group].sum(axis=0)
        full_kw = sum(n * site.chargers[i].full_kw for i, n in counts.items())
        carried_kw = sum(site.chargers[i].capacity_kw[:, n] for i, n in counts.items())
        waits = any(site.chargers[i].waits for i in group)
        power = max(power, _worst(served - np.asarray(full_kw)[:, None]))
        admitted = max(admitted, _worst(served - rush * np.asarray(carried_kw)[:, None])) if waits else admitted
    return {"port power": power / scale, "drivers admitted": admitted / scale}


def _sizes(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Sizes are among those the instance allows."""
    most = {charger.name: charger.max_count for charger in site.chargers}
    too_many = sum(max(0, n - most[name]) + max(0, -n) for name, n in plan.chargers.items())
    solar_max = site.solar.max_kw if site.solar else 0.0
    battery_max = site.battery.max_kwh if site.battery else 0.0
    return {
        "charger count": float(too_many),
        "solar limit": max(0.0, plan.solar_kw - solar_max, -plan.solar_kw) / max(1.0, solar_max),
        "battery room": max(0.0, plan.battery_kwh - battery_max, -plan.battery_kwh, -plan.battery_kw)
        / max(1.0, battery_max),
    }


def _bills(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Every component of every recorded bill equals the biller's."""
    worst = 0.0
    for y, recorded in enumerate(plan.bills):
        again = site_bill(site, plan.import_kw[y], plan.export_kw[y], plan.open)
        scale = max(1.0, abs(again.energy) + abs(again.demand) + again.fixed + again.export_credit)
        parts = ("energy", "demand", "fixed", "export_credit")
        worst = max(worst, *(abs(getattr(recorded, part) - getattr(again, part)) / scale for part in parts))
    return {"bill": worst}


def _objective(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """The objective equals its sum recomputed from sizes, series and bills; the bound is not below it."""
    parts = present_values(site, plan)
    scale = max(money_scale(site), sum(abs(value) for value in parts.values()))
    return {
        "objective": abs(plan.objective - sum(parts.values())) / scale,
        "bound": max(0.0, plan.objective - plan.bound) / scale,
    }


def money_scale(site: SiteParameters) -> float:
    """Return what selling all the energy wanted would be worth, at least 1: the scale of a site that may stay empty."""
    return max(1.0, site.price_per_kwh * float(site.worth @ (site.demand_kwh @ site.clock.weight)))


def present_values(site: SiteParameters, plan: SiteSolution) -> dict[str, float]:
    """Return the parts of the objective, present value after tax; they sum to it (income positive)."""
    served, year_h = plan.served_total_kw, site.clock.year_h
    away_kwh = np.maximum(site.demand_kwh @ site.clock.weight - served @ year_h, 0.0)
    counts = [plan.chargers[c.name] for c in site.chargers]
    upkeep = sum(n * c.om_per_year for n, c in zip(counts, site.chargers, strict=True))
    capital = sum(n * c.present_cost for n, c in zip(counts, site.chargers, strict=True))
    capital += connection_costs(site)[plan.connection_kw]
    wear = np.zeros(len(site.years))
    if site.solar:
        upkeep += site.solar.om_per_kw_year * plan.solar_kw
        capital += site.solar.present_cost_per_kw * plan.solar_kw
    if site.battery:
        upkeep += site.battery.om_per_kw_year * plan.battery_kw
        capital += (
            site.battery.present_cost_per_kwh * plan.battery_kwh + site.battery.present_cost_per_kw * plan.battery_kw
        )
        wear = (
            site.battery.wear_cost_per_kwh * (plan.discharge_kw @ year_h)
            + site.battery.fade_cost_per_kwh_year * plan.battery_kwh
        )
    land = site.land_cost_per_year if plan.open else 0.0
    return {
        "revenue": float(site.worth @ (site.price_per_kwh * (served @ year_h))),
        "bills": -float(site.worth @ np.array([b.total for b in plan.bills])),
        "upkeep": -float(site.worth.sum() * upkeep),
        "land": -float(site.worth.sum() * land),
        "wear": -float(site.worth @ wear),
        "capital": -float(capital),
        "turned away": -float(site.worth_untaxed @ (site.turned_away_cost_per_kwh * away_kwh)),
    }


def _worst(excess: np.ndarray) -> float:
    """Return the largest positive excess; NaN counts as infinite."""
    values = np.asarray(excess, float)
    return float("inf") if np.isnan(values).any() else max(0.0, float(values.max(initial=0.0)))

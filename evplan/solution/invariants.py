"""The check no plan escapes: everything recomputed from the series, without the model or the solver.

Residuals are relative to the site's own scale, so one tolerance fits all. A plan that does not add up
is refused with `CheckError`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.assets.connection import choices_kw
from evplan.assets.tariff import BILL_PARTS
from evplan.errors import CheckError
from evplan.parameters.types import SiteParameters
from evplan.solution.laws import physical, powers
from evplan.solution.residuals import Residuals
from evplan.solution.tables import BY_DEPTH, NOISE, OF_VEHICLES, SERIES, SiteSolution, site_bill, sold_kwh

TOLERANCE = 1e-5  # ten times the solver's feasibility tolerance (1e-6), which acts on unscaled rows
MONEY_TOLERANCE = 1e-6  # relative to the sum of absolute present values: bills are exact sums of the series


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
    residuals = physical(site, plan)
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
    series = all(getattr(plan, name).shape == shape for name in (*SERIES, *OF_VEHICLES)) and plan.served_kw.shape == (
        len(site.chargers),
        *shape,
    )
    depths = len(site.battery.depth_share) if site.battery else 0
    series = series and all(getattr(plan, name).shape == (depths, *shape) for name in BY_DEPTH)
    planes = len(site.solar.arrays) if site.solar else 0
    series = series and plan.solar_by_array_kw.shape == (planes,)
    outages = len(site.outages.each) if site.outages else 0
    series = series and plan.outage_lost_kwh.shape == (len(site.years), outages)
    groups = site.managed.group_ports.shape if site.managed else (len(site.years), 0)
    series = series and plan.hosted.shape == groups
    counts = list(plan.chargers) == [c.name for c in site.chargers] and all(
        isinstance(n, int) for n in plan.chargers.values()
    )
    name = plan.name == site.name
    bills = len(plan.bills) == len(plan.contracted_kw) == len(site.years)
    connection = plan.connection_kw in connection_costs(site)
    said = {"name": name, "series": series, "charger counts": counts, "bills": bills, "connection choice": connection}
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
    sizes = np.array([
        plan.connection_kw, plan.solar_kw, plan.battery_kwh, plan.battery_kw, plan.objective, plan.bound, *plan.contracted_kw,
        *plan.solar_by_array_kw, *plan.hosted.ravel(),
    ])  # fmt: skip
    by_depth, held = (getattr(plan, name) for name in BY_DEPTH), (plan.held_kwh, plan.held_v2g_kwh)
    if not all(
        np.isfinite(values).all()
        for values in (*powers(plan), *by_depth, plan.above_min_kwh, *held, plan.outage_lost_kwh, sizes)
    ):
        raise CheckError(
            f"site {site.name}: the plan holds numbers that are not finite and is refused", {"finite": float("inf")}
        )


def _bills(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """Every component of every recorded bill equals the biller's."""
    worst = 0.0
    for y, recorded in enumerate(plan.bills):
        again = site_bill(site, plan, y)
        scale = max(1.0, sum(abs(getattr(again, part)) for part in BILL_PARTS))
        off = [abs(getattr(recorded, part) - getattr(again, part)) / scale for part in BILL_PARTS]
        worst = max(worst, *(value if np.isfinite(value) else np.inf for value in off))
    return {"bill": worst}


def _objective(site: SiteParameters, plan: SiteSolution) -> Residuals:
    """The objective equals its sum recomputed from sizes, series and bills; the bound is not below it."""
    parts = present_values(site, plan)
    scale = max(money_scale(site), sum(abs(value) for value in parts.values()))
    return {
        "objective": abs(plan.objective - sum(parts.values())) / scale,
        "bound": max(0.0, plan.objective - plan.bound) / scale,
    }


def wear_and_fade(site: SiteParameters, plan: SiteSolution) -> tuple[np.ndarray, np.ndarray]:
    """Return what cycling and time cost the battery in each modelled year as the model prices them, shape (years,)."""
    battery = site.battery
    assert battery is not None
    wear = (battery.wear_cost * (plan.discharge_by_depth_kw @ site.clock.year_h)).sum(axis=0)
    weight, window = battery.fade_weight(site.clock), battery.usable_fraction[:, None] * plan.battery_kwh
    fade = np.full(len(site.years), battery.fade_per_kwh_year * plan.battery_kwh * weight.sum())
    for share, cost in zip(battery.stored_share, battery.stored_cost, strict=True):
        fade = fade + cost * (np.maximum(plan.above_min_kwh - share * window, 0.0) @ weight)
    return wear, fade


def given_back(site: SiteParameters, plan: SiteSolution) -> tuple[np.ndarray, np.ndarray]:
    """Return what drivers are paid and what their cells lose for energy given back, a year, shape (years,)."""
    if site.managed is None:
        return np.zeros(len(site.years)), np.zeros(len(site.years))
    kwh = plan.v2g_kw @ site.clock.year_h
    return site.managed.payment_per_kwh * kwh, site.managed.wear_per_kwh * kwh


def money_scale(site: SiteParameters) -> float:
    """Return what selling all the energy wanted would be worth, at least 1: the scale of a site that may stay empty."""
    sales = site.price_per_kwh * float(site.worth @ (site.demand_kwh @ site.clock.weight))
    return max(1.0, sales)


def present_values(site: SiteParameters, plan: SiteSolution) -> dict[str, float]:
    """Return the parts of the objective, present value after tax; they sum to it (income positive)."""
    sold = sold_kwh(site, plan)
    away_kwh = np.maximum(site.demand_kwh @ site.clock.weight - sold, 0.0)
    counts = [plan.chargers[c.name] for c in site.chargers]
    upkeep = sum(n * c.om_per_year for n, c in zip(counts, site.chargers, strict=True))
    capital = sum((n - c.existing) * c.present_cost for n, c in zip(counts, site.chargers, strict=True))
    capital += connection_costs(site)[plan.connection_kw]
    wear = np.zeros(len(site.years))
    if site.solar:
        upkeep += site.solar.om_per_kw_year * plan.solar_kw
        added = plan.solar_kw - site.solar.existing_kw
        capital += site.solar.present_cost_per_kw * added + site.solar.present_fixed_cost * (added > NOISE)
    if site.battery:
        upkeep += site.battery.om_per_kw_year * plan.battery_kw
        added = plan.battery_kwh - site.battery.existing_kwh
        capital += site.battery.present_cost_per_kwh * added + site.battery.present_fixed_cost * (added > NOISE)
        capital += site.battery.present_cost_per_kw * (plan.battery_kw - site.battery.existing_kw)
        worn, aged = wear_and_fade(site, plan)
        wear = worn + aged
    land = site.land_cost_per_year if plan.open else 0.0
    payments, worn_by_giving = given_back(site, plan)
    return {
        "revenue": float(site.worth @ (site.price_per_kwh * sold)),
        "bills": -float(site.worth_bill @ np.array([b.total for b in plan.bills])),
        "upkeep": -float(site.worth_om.sum() * upkeep),
        "land": -float(site.worth.sum() * land),
        "wear": -float(site.worth @ wear),
        "capital": -float(capital),
        **(
            {}
            if site.managed is None
            else {"payments": -float(site.worth @ payments), "vehicle wear": -float(site.worth @ worn_by_giving)}
        ),
        "carbon": -float(
            site.worth_untaxed @ (site.carbon.price_per_kg * site.carbon.emitted_kg(plan.import_kw, site.clock))
        )
        if site.carbon
        else 0.0,
        "outages": -float(
            site.worth_untaxed @ (plan.outage_lost_kwh @ site.outages.per_year) * site.outages.value_per_kwh
        )
        if site.outages
        else 0.0,
        "turned away": -float(site.worth_untaxed @ (site.turned_away_cost_per_kwh * away_kwh)),
    }

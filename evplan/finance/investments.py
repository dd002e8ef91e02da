"""What a plan buys: every investment of a site, by name, with its replacements, depreciation and credits over the years."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evplan.instance.catalogue import Battery, Incentives
from evplan.instance.host import Item
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.parameters.money import NO_INCENTIVES, Schedule, schedule
from evplan.solution.tables import NOISE, SiteSolution

LASTING = 1e3  # years: what is never replaced
OTHERS: tuple[Item, ...] = ("connection", "solar", "battery")
Investments = dict[str, Schedule]


def added(site: Site, plan: SiteSolution) -> tuple[float, float, float]:
    """Return panels (kW), battery energy (kWh) and battery power (kW) that the plan adds to what stands."""
    stands = site.existing
    solar = sum(array.existing_kw for array in site.solar_arrays) if site.solar_arrays else stands.solar_kw
    return plan.solar_kw - solar, plan.battery_kwh - stands.battery_kwh, plan.battery_kw - stands.battery_kw


def investments(
    instance: Instance, site: Site, plan: SiteSolution, life: float | None, built_in: int = 0
) -> Investments:
    """Return every investment of a site by name, over the years. built_in : the year, 0 for construction."""
    catalogue, years, finance = instance.catalogue, instance.horizon.years, instance.finance

    def bought(
        cost: float, replacement: float, life_years: float, law: Incentives = NO_INCENTIVES,
        again: tuple[int, ...] | None = None, change: float = 0.0,
    ) -> Schedule:  # fmt: skip
        then = (1 + change) ** built_in
        return schedule(then * cost, then * replacement, life_years, years, finance, law, again, built_in)

    items, (solar_kw, battery_kwh, battery_kw) = {}, added(site, plan)
    for c in catalogue.chargers:
        stand = site.existing.chargers.get(c.name, 0)
        n = plan.chargers.get(c.name, stand) - stand  # those that drivers do not use stay as they are
        if n:
            items[c.name] = bought(
                n * (c.cost + c.install_cost),
                n * c.cost,
                c.life_years,
                c.incentives.within(c.cost + c.install_cost),
                change=c.cost_change_per_year,
            )
    steps = {step.power_kw: step.cost for step in site.connection.steps}
    if plan.connection_kw in steps:
        items["connection"] = bought(steps[plan.connection_kw], 0.0, 2.0 * years)
    if catalogue.solar and solar_kw > NOISE:
        solar = catalogue.solar
        cost = solar.cost_per_kw * solar_kw
        law = solar.incentives.within(solar.cost_per_kw)
        items["solar"] = bought(cost, cost, solar.life_years, law, change=solar.cost_change_per_year)
        if solar.fixed_cost:
            items["solar, fixed"] = bought(solar.fixed_cost, 0.0, 2.0 * years, solar.incentives)
    if catalogue.battery and max(battery_kwh, battery_kw) > NOISE:
        items |= _battery_items(catalogue.battery, battery_kwh, battery_kw, life or float(years), bought)
    return items


def _battery_items(
    battery: Battery, kwh: float, kw: float, life: float, bought: Callable[..., Schedule]
) -> Investments:
    """Return what a battery costs: power, cells, and what comes with the first of it."""
    cells, power = battery.cost_per_kwh * kwh, battery.cost_per_kw * kw
    law = (battery.incentives, battery.replaced_in_years, battery.cost_change_per_year)
    again = battery.power_replacement_fraction * power
    power_life = float(battery.power_life_years)
    if battery.replaced_in_years is not None:
        life = power_life = float(battery.replaced_in_years[0])
    items = {
        "battery power": bought(power, again, power_life, *law),
        "battery cells": bought(cells, battery.replacement_cost_fraction * cells, life, *law),
    }
    if battery.fixed_cost and kwh > NOISE:
        items["battery, fixed"] = bought(battery.fixed_cost, 0.0, LASTING, battery.incentives)
    return items


def kind_of(name: str) -> Item:
    """Return what kind of thing an investment is, by its name."""
    return next((kind for kind in OTHERS if name.split(",")[0].split(" ")[0] == kind), "chargers")


def parted(site: Site, items: Investments) -> tuple[Investments, Investments]:
    """Return what the operator of a site pays for, and what its host does."""
    pays = site.host.pays if site.host else ()
    hosts = {name: item for name, item in items.items() if kind_of(name) in pays}
    return {name: item for name, item in items.items() if name not in hosts}, hosts


def capex_by_item(items: Investments) -> dict[str, float]:
    """Return the construction cost of each investment."""
    return {name: float(np.sum(item.first_cost)) for name, item in items.items()}

"""From a plan to money: each site's cash flow and metrics, groups of sites, the portfolio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evplan.finance.cashflow import Cashflow, Running, less, make_cashflow, total, with_grant
from evplan.finance.levelised import cost_before_tax
from evplan.finance.metrics import Metrics, measure
from evplan.finance.owners import Owners, owners_of, terms_of
from evplan.finance.supply import supply_cashflow
from evplan.finance.support.gap import Gap, ViabilityGap, gaps, viability_gap
from evplan.finance.support.instruments import Deal
from evplan.finance.support.programme import Bought, Supported, supported
from evplan.instance.catalogue import Battery, Incentives
from evplan.instance.programme import read_programme
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.parameters.money import NO_INCENTIVES, Schedule, schedule
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import given_back
from evplan.solution.tables import NOISE, SiteSolution, sold_kwh

LASTING = 1e3  # years: what is never replaced


@dataclass(frozen=True)
class Appraised:
    """One cash flow with what it is worth, to lender and owners together and to the owners: a site, a group of sites, or the portfolio."""

    name: str
    flow: Cashflow
    metrics: Metrics
    owners: Owners
    gap: ViabilityGap
    support: tuple[Gap, ...]
    lcoe_per_kwh: float | None
    programmes: tuple[Supported, ...] = ()  # what each programme a site asks for gives, on top of those before


@dataclass(frozen=True)
class Appraisal:
    """The appraisal of a plan. `settings` holds the urban and the rural sites together."""

    sites: tuple[Appraised, ...]
    settings: dict[str, Appraised]
    portfolio: Appraised


def appraise(instance: Instance, parameters: tuple[SiteParameters, ...], plans: tuple[SiteSolution, ...],
             lives: tuple[float | None, ...], before: tuple[Cashflow | None, ...],
             grants: tuple[float, ...], folder: Path) -> Appraisal:  # fmt: skip
    """Return the appraisal of a plan; where something stands, it is worth what it adds to it.

    lives : Years each site's battery cells last at the plan's own use; None without a battery.
    before : Cash flow of each site if nothing is added to what stands; None where nothing stands.
    grants : What each site gets in year 0.  folder : of the instance file, for programmes that lie beside it.
    """
    planned = (
        site_cashflow(instance, site, numbers, plan, life)
        for site, numbers, plan, life in zip(instance.sites, parameters, plans, lives, strict=True)
    )
    flows = [flow if standing is None else less(flow, standing) for flow, standing in zip(planned, before, strict=True)]
    flows = [with_grant(flow, g, instance.finance) if g else flow for flow, g in zip(flows, grants, strict=True)]
    supplies = [
        supply_cashflow(
            instance, numbers, plan, investments(instance, site, plan, life), sum(given_back(numbers, plan))
        )
        for site, numbers, plan, life in zip(instance.sites, parameters, plans, lives, strict=True)
    ]
    sites = tuple(
        replace(
            _appraised(plan.name, flow, supply, instance), programmes=_programmes(instance, folder, site, plan, flow)
        )
        for site, plan, flow, supply in zip(instance.sites, plans, flows, supplies, strict=True)
    )
    settings = {}
    for setting in ("urban", "rural"):
        own = [i for i, site in enumerate(instance.sites) if site.setting == setting]
        if own:
            of_all = total([flows[i] for i in own]), total([supplies[i] for i in own])
            settings[setting] = _appraised(setting, *of_all, instance)
    return Appraisal(sites, settings, _appraised("portfolio", total(flows), total(supplies), instance))


def _appraised(name: str, flow: Cashflow, supply: Cashflow, instance: Instance) -> Appraised:
    finance = instance.finance
    support = gaps(Deal(flow, terms_of(finance), finance))
    return Appraised(
        name,
        flow,
        measure(flow, finance),
        owners_of(flow, finance),
        viability_gap(flow, finance),
        support,
        cost_before_tax(supply, finance),
    )


def _programmes(
    instance: Instance, folder: Path, site: Site, plan: SiteSolution, flow: Cashflow
) -> tuple[Supported, ...]:
    """Return what the programmes give that a site asks for, one after the other."""
    finance, found = instance.finance, []
    deal, bought = Deal(flow, terms_of(finance), finance), _bought(instance, site, plan)
    rate = finance.discount_rate if finance.support.public_rate is None else finance.support.public_rate
    for use in site.programmes:
        programme = read_programme(use.name, folder)
        found.append(supported(
            deal, bought, site.setting, programme, use.category, use.currency_rate, instance.horizon.start, rate
        ))  # fmt: skip
        deal = found[-1].deal
    return tuple(found)


def _bought(instance: Instance, site: Site, plan: SiteSolution) -> Bought:
    """Return what a plan adds to a site, by what programmes tell apart."""
    catalogue, items = instance.catalogue, capex_by_item(investments(instance, site, plan, None))
    added_of = {
        c.name: plan.chargers.get(c.name, 0) - site.existing.chargers.get(c.name, 0) for c in catalogue.chargers
    }
    return Bought(
        tuple(
            (added_of[c.name], c.power_kw, c.ports, c.cost, c.install_cost)
            for c in catalogue.chargers
            if added_of[c.name]
        ),
        items.get("connection", 0.0),
        sum(cost for name, cost in items.items() if name.startswith("solar")),
        sum(cost for name, cost in items.items() if name.startswith("battery")),
    )


def site_cashflow(
    instance: Instance, site: Site, numbers: SiteParameters, plan: SiteSolution, life: float | None
) -> Cashflow:
    """Return one site's cash flow."""
    served, given_back_cost = sold_kwh(numbers, plan), sum(given_back(numbers, plan))
    revenue = (site.price_per_kwh or 0.0) * served
    running = Running(
        served, revenue, plan.bills, yearly_om(instance, plan), site.land_cost_per_year if plan.open else 0.0,
        other_revenue(site, plan, served), site.revenue_share * revenue, given_back_cost,
    )  # fmt: skip
    schedules = investments(instance, site, plan, life).values()
    return make_cashflow(running, schedules, numbers.share, instance.finance)


def other_revenue(site: Site, plan: SiteSolution, served_kwh: np.ndarray) -> np.ndarray:
    """Return the income beside charging in each modelled year, first-year money."""
    return sum(
        (o.per_kwh_sold * served_kwh + (o.per_year if plan.open else 0.0) for o in site.other_revenue), 0.0 * served_kwh
    )


def yearly_om(instance: Instance, plan: SiteSolution) -> float:
    """Return operation and maintenance per year, first-year money."""
    catalogue = instance.catalogue
    om = sum(plan.chargers.get(c.name, 0) * c.om_per_year for c in catalogue.chargers)
    om += catalogue.solar.om_per_kw_year * plan.solar_kw if catalogue.solar else 0.0
    return om + (catalogue.battery.om_per_kw_year * plan.battery_kw if catalogue.battery else 0.0)


def added(site: Site, plan: SiteSolution) -> tuple[float, float, float]:
    """Return panels (kW), battery energy (kWh) and battery power (kW) that the plan adds to what stands."""
    stands = site.existing
    solar = sum(array.existing_kw for array in site.solar_arrays) if site.solar_arrays else stands.solar_kw
    return plan.solar_kw - solar, plan.battery_kwh - stands.battery_kwh, plan.battery_kw - stands.battery_kw


def investments(
    instance: Instance, site: Site, plan: SiteSolution, life: float | None, built_in: int = 0
) -> dict[str, Schedule]:
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
        n = plan.chargers.get(c.name, 0) - site.existing.chargers.get(c.name, 0)
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
) -> dict[str, Schedule]:
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


def capex_by_item(items: dict[str, Schedule]) -> dict[str, float]:
    """Return the construction cost of each investment."""
    return {name: float(np.sum(item.first_cost)) for name, item in items.items()}

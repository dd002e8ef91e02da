"""From a plan to money: each site's cash flow and metrics, groups of sites, the portfolio."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evplan.finance.cashflow import Cashflow, Running, less, make_cashflow, total, with_grant
from evplan.finance.host import Hosted, hosted
from evplan.finance.investments import investments, parted
from evplan.finance.levelised import cost_before_tax
from evplan.finance.metrics import Metrics, measure
from evplan.finance.owners import Owners, owners_of, terms_of
from evplan.finance.supply import supply_cashflow
from evplan.finance.support.gap import Gap, ViabilityGap, gaps, viability_gap
from evplan.finance.support.instruments import Deal
from evplan.finance.support.programme import Supported
from evplan.finance.support.site import programmes_of
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import given_back
from evplan.solution.tables import SiteSolution, sold_kwh


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
    host: Hosted | None = None
    host_capex: float = 0.0  # what hosts pay for of what is built


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
    bought = [
        investments(instance, site, plan, life) for site, plan, life in zip(instance.sites, plans, lives, strict=True)
    ]
    supplies = [
        supply_cashflow(instance, numbers, plan, items, sum(given_back(numbers, plan)))
        for numbers, plan, items in zip(parameters, plans, bought, strict=True)
    ]
    hosts = [hosted(*one, instance.finance) for one in zip(instance.sites, bought, flows, strict=True)]
    paid = [0.0 if host is None else host.metrics.capex for host in hosts]
    sites = tuple(
        replace(
            _appraised(plan.name, flow, supply, instance),
            programmes=programmes_of(instance, folder, site, plan, flow),
            host=host,
            host_capex=sum(host.pays.values()) if host else 0.0,
        )
        for site, plan, flow, supply, host in zip(instance.sites, plans, flows, supplies, hosts, strict=True)
    )
    settings = {}
    for setting in ("urban", "rural"):
        own = [i for i, site in enumerate(instance.sites) if site.setting == setting]
        if own:
            of_all = total([flows[i] for i in own]), total([supplies[i] for i in own])
            settings[setting] = replace(_appraised(setting, *of_all, instance), host_capex=sum(paid[i] for i in own))
    portfolio = replace(_appraised("portfolio", total(flows), total(supplies), instance), host_capex=sum(paid))
    return Appraisal(sites, settings, portfolio)


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


def site_cashflow(
    instance: Instance, site: Site, numbers: SiteParameters, plan: SiteSolution, life: float | None
) -> Cashflow:
    """Return one site's cash flow."""
    served, given_back_cost = sold_kwh(numbers, plan), sum(given_back(numbers, plan))
    revenue = (site.price_per_kwh or 0.0) * served
    running = Running(
        served, revenue, plan.bills, yearly_om(instance, plan), site.land_cost_per_year if plan.open else 0.0,
        other_revenue(site, plan, served), site.revenue_share, given_back_cost,
    )  # fmt: skip
    own, _ = parted(site, investments(instance, site, plan, life))
    return make_cashflow(running, own.values(), numbers.share, instance.finance)


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

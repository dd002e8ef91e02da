"""What would be without the plan: nothing new at all, and business as usual at equal service.

Nothing new: what stands serves what it can, the load is met; a plan for a site where something stands is worth what it adds.
Business as usual: the load and what the plan's vehicles draw (as soon as they come, where they stay) are met from the grid, what
stands already, and the cheapest connection that carries them; chargers are the plan's own. Lifecycle cost is the present value
after tax of everything paid, sales apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.errors import InfeasibleError, NoPlanError
from evplan.finance.appraise import site_cashflow
from evplan.finance.cashflow import Cashflow, less, refunded
from evplan.finance.host import as_one
from evplan.finance.lifecycle import Lifecycle
from evplan.finance.metrics import irr, payback_years
from evplan.finance.worth import npv
from evplan.instance.finance import Finance
from evplan.instance.read import Read
from evplan.parameters.types import SiteParameters
from evplan.planning.sites import Progress, solve_one
from evplan.solution.invariants import check
from evplan.solution.tables import SiteSolution, soonest_kw, soonest_served_kw
from evplan.solver.outcome import Options


def lifecycle_cost(flow: Cashflow, finance: Finance) -> float:
    """Return the present value after tax of everything that a cash flow pays: cells as they are replaced, losses refunded."""
    kept = flow.net - (1 - finance.tax_rate) * flow.revenue
    return -npv(kept, finance.discount_rate, finance.discounting)


def compare(
    found: Read, i: int, site: SiteParameters, plan: SiteSolution, life: float | None, offers: tuple[SiteParameters, ...],
    solver: str, options: Options, progress: Progress,
) -> Lifecycle:  # fmt: skip
    """Return the lifecycle cost of the plan of site `i` beside that of business as usual at equal service.

    life : years that the plan's battery cells last, None without one.
    offers : the site under every tariff it can have; business as usual takes the best for itself.
    """
    instance, finance = found.instance, found.instance.finance
    said = as_one(instance.sites[i])
    flow = refunded(site_cashflow(instance, said, site, plan, life))
    cost = lifecycle_cost(flow, finance)
    tried: list[tuple[SiteParameters, SiteSolution]] = []
    why = "no connection on offer carries this service by itself"
    for offer in {offer.tariff_name: offer for offer in offers}.values():
        under = replace(site, tariff_name=offer.tariff_name, tariffs=offer.tariffs, export_max_kw=offer.export_max_kw)
        usual = as_usual(under, plan)
        try:
            tried.append((usual, solve_one(found, usual, solver, options, progress)))
        except InfeasibleError:
            continue
        except NoPlanError:
            why = "no time was left to plan it"
    if not tried:
        return Lifecycle(cost, why=why)
    usual, same = max(tried, key=lambda pair: pair[1].objective)
    check(usual, same)
    with_chargers = replace(same, chargers=plan.chargers, served_kw=soonest_served_kw(site, plan))
    as_before = refunded(site_cashflow(instance, said, usual, with_chargers, None))
    saved = less(flow, as_before).net
    return Lifecycle(
        cost, lifecycle_cost(as_before, finance), same.bills[0].total, same.connection_kw,
        npv(saved, finance.discount_rate, finance.discounting), irr(saved, finance.discounting), payback_years(saved),
    )  # fmt: skip


def nothing_new(
    found: Read, i: int, offers: tuple[SiteParameters, ...], solver: str, options: Options, progress: Progress
) -> Cashflow | None:
    """Return the cash flow of site `i` if nothing is added to what stands, under the best of the tariffs it is offered.

    None where nothing stands, or it cannot go on so.
    """
    if not offers[0].stands:
        return None
    found_plans = [kept for site in offers if (kept := kept_as_it_stands(found, site, solver, options, progress))]
    if not found_plans:
        return None
    site, plan = max(found_plans, key=lambda pair: pair[1].objective)
    return site_cashflow(found.instance, found.instance.sites[i], site, plan, None)


def kept_as_it_stands(
    found: Read, site: SiteParameters, solver: str, options: Options, progress: Progress
) -> tuple[SiteParameters, SiteSolution] | None:
    """Return a site to which nothing can be added, and how it is best run; None if it cannot go on so."""
    chargers = tuple(
        replace(c, max_count=c.existing, capacity_kw=c.capacity_kw[:, : c.existing + 1]) for c in site.chargers
    )
    kept = replace(_standing(site), chargers=chargers, connection_steps=(), min_served=0.0)
    try:
        plan = solve_one(found, kept, solver, options, progress)
    except (InfeasibleError, NoPlanError):
        return None
    check(kept, plan)
    return kept, plan


def wanted(site: SiteParameters, plan: SiteSolution) -> bool:
    """Return whether business as usual differs from the plan: panels, a battery, managed vehicles, or something stood before."""
    return plan.open and (site.stands or plan.solar_kw > 0 or plan.battery_kwh > 0 or site.managed is not None)


def as_usual(site: SiteParameters, plan: SiteSolution) -> SiteParameters:
    """Return the site with the plan's service as a load, and nothing to add but a connection; nobody manages when vehicles charge."""
    nobody = np.zeros_like(site.demand_kwh)
    return replace(
        _standing(site),
        chargers=(),
        demand_kwh=nobody,
        expected_kwh=nobody,
        min_served=0.0,
        load_kw=site.load_kw + soonest_kw(site, plan),
        managed=None,
    )


def _standing(site: SiteParameters) -> SiteParameters:
    """Return the site with no more panels and battery than stand there, no limit on what it emits, and no outages."""
    solar, battery = site.solar, site.battery
    if solar is not None:
        arrays = tuple(replace(array, max_kw=array.existing_kw) for array in solar.arrays)
        stands = replace(solar, max_kw=solar.existing_kw, arrays=arrays, module_kw=None)
        solar = stands if solar.existing_kw else None
    if battery is not None:
        kept = replace(battery, max_kwh=battery.existing_kwh, max_kw=battery.existing_kw, module_kwh=None)
        battery = kept if battery.existing_kwh else None
    return replace(site, solar=solar, battery=battery, carbon=None, outages=None)

"""A plan's sites at other levels of demand: the same sizes, dispatched anew, and what they then sell and pay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.crew import silent
from evplan.errors import InfeasibleError, NoPlanError
from evplan.finance.appraise import site_cashflow
from evplan.finance.cashflow import Cashflow, less, with_grant
from evplan.finance.many import Response
from evplan.instance.read import Read
from evplan.parallel import run_all
from evplan.parameters.prepare import counted_to, prepare, under
from evplan.parameters.sessions import Level
from evplan.parameters.types import Parameters, SiteParameters
from evplan.planning.baseline import nothing_new
from evplan.planning.sites import Progress, solve_one
from evplan.report.run import Run, standing_flow
from evplan.solution.tables import SiteSolution
from evplan.solver.outcome import Options
from evplan.studies.future_cases import wanting

NEAR = 1e-9  # of a level: that is the plan's own demand


def responses(run: Run, levels: tuple[float, ...], options: Options, progress: Progress) -> tuple[Response, ...]:
    """Return every site's cash flow at every level of demand; level 1 is the plan itself.

    Raises: NoPlanError where time ran out before a site was dispatched.
    """
    keeps = kept(run)
    every = tuple(sorted({1.0, *(level for level in levels if abs(level - 1) > NEAR)}))
    others = {level: _prepared(run, level, max(every)) for level in every if level != 1.0}
    tasks = [(level, i) for level in others for i in range(len(run.plans)) if run.plans[i].open]

    def one(task: tuple[float, int]) -> Cashflow:
        level, i = task
        progress(run.plans[i].name, f"dispatched at {level:g} times the demand")
        return flow_at(run.read, others[level], i, keeps[i], replace(options, threads=1))

    found = dict(zip(tasks, run_all(one, tasks, options.stop), strict=True))
    return tuple(_response(run, i, every, found) for i in range(len(run.plans)))


def _response(run: Run, i: int, levels: tuple[float, ...], found: dict[tuple[float, int], Cashflow]) -> Response:
    appraised = run.appraisal.sites[i]
    flows = tuple(appraised.flow if level == 1.0 else found.get((level, i), appraised.flow) for level in levels)
    paid, service = float(appraised.flow.capex[0]), appraised.owners.financed.service
    loan = run.read.instance.finance.loan
    follows = loan is not None and loan.payments == "sculpted" and appraised.owners.loan > 0
    repaid = service.principal / appraised.owners.loan if follows else None
    return Response(np.array(levels), flows, appraised.owners.loan / paid if paid > 0 else 0.0, repaid)


def _prepared(run: Run, level: float, most: float) -> Parameters:
    """Return the parameters of an instance whose vehicles want so much of what is planned: fewer of the same, or more beside them."""
    instance = run.read.instance
    sites = tuple(wanting(site, level, 0.0) for site in instance.sites)
    scaled = replace(run.read, instance=instance.model_copy(update={"sites": sites}))
    return prepare(scaled, Level(level, most))


@dataclass(frozen=True)
class Kept:
    """What is kept of a site's plan where the world is another.

    plan : its sizes.  site : as it was priced.  life : years its battery's cells last, None without.  adds : whether it is
    appraised by what it adds to what stood before.  grant : what it gets of a pot.
    """

    plan: SiteSolution
    site: SiteParameters
    life: float | None
    adds: bool
    grant: float = 0.0


def kept(run: Run) -> tuple[Kept, ...]:
    """Return what is kept of every site's plan."""
    lives = (life.resimulated_years if life else None for life in run.lives)
    parts = zip(run.plans, run.parameters.sites, lives, strict=True)
    return tuple(
        Kept(
            plan,
            site,
            life,
            standing_flow(run, i) is not None,
            float(run.funded.grants[i]) if run.funded is not None else 0.0,
        )
        for i, (plan, site, life) in enumerate(parts)
    )


def flow_at(found: Read, others: Parameters, i: int, keep: Kept, options: Options) -> Cashflow:
    """Return the cash flow of a site's plan in another world: its sizes kept, its dispatch made anew.

    found, others : the instance as it is there, and its parameters.
    """
    site, plan = found.instance.sites[i], keep.plan
    numbers = counted_to(others.sites[i], site, plan.chargers, others.context)
    numbers = under(numbers, site, keep.site.tariff_name, others.context)
    numbers = replace(numbers, battery=keep.site.battery)
    standing = nothing_new(found, i, (numbers,), "highs", options, silent) if keep.adds else None
    try:
        then = solve_one(found, as_built(numbers, plan), "highs", options, silent)
    except InfeasibleError as error:
        raise InfeasibleError(f"the plan cannot be run at another demand: {error}") from None
    except NoPlanError as error:
        raise NoPlanError(f"{error}; it was being dispatched at another demand") from None
    as_planned = replace(
        plan, import_kw=then.import_kw, export_kw=then.export_kw, served_kw=then.served_kw, v2g_kw=then.v2g_kw,
        into_v2g_kw=then.into_v2g_kw, bills=then.bills,
    )  # fmt: skip
    flow = site_cashflow(found.instance, site, numbers, as_planned, keep.life)
    flow = flow if standing is None else less(flow, standing)
    return with_grant(flow, keep.grant, found.instance.finance) if keep.grant else flow


def as_built(site: SiteParameters, plan: SiteSolution) -> SiteParameters:
    """Return a site where a plan's sizes stand and nothing can be added; what is owed is not owed any more."""
    counts = [plan.chargers[c.name] for c in site.chargers]
    chargers = tuple(
        replace(c, existing=n, max_count=n, capacity_kw=c.capacity_kw[:, : n + 1])
        for c, n in zip(site.chargers, counts, strict=True)
    )
    solar, battery = site.solar, site.battery
    if solar is not None:
        arrays = tuple(
            replace(array, existing_kw=float(kw), max_kw=float(kw))
            for array, kw in zip(solar.arrays, plan.solar_by_array_kw, strict=True)
        )
        solar = replace(solar, arrays=arrays, max_kw=plan.solar_kw, module_kw=None) if plan.solar_kw else None
    if battery is not None:
        battery = replace(
            battery, existing_kwh=plan.battery_kwh, existing_kw=plan.battery_kw, max_kwh=plan.battery_kwh, max_kw=plan.battery_kw,
            module_kwh=None, min_duration_h=0.0, max_duration_h=np.inf,
        ) if plan.battery_kwh else None  # fmt: skip
    return replace(
        site, chargers=chargers, solar=solar, battery=battery, existing_kw=plan.connection_kw, connection_steps=(), min_served=0.0,
        carbon=None, outages=None,
    )  # fmt: skip

"""Several tariffs, or times to replace cells, offered to a site: it is planned with each, and the best plan chooses.

A site under one tariff, with cells replaced at one state of health, is a candidate. Every candidate's battery is settled by
itself before one is picked, so that the choice is by what the plan is worth at its own use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from evplan.errors import InfeasibleError, NoPlanError
from evplan.finance.appraise import site_cashflow
from evplan.finance.cashflow import refunded
from evplan.finance.worth import npv
from evplan.instance.read import Read
from evplan.instance.schema import Instance
from evplan.parallel import run_all
from evplan.parameters.types import Parameters, SiteParameters
from evplan.planning.side_by_side import solve_sites
from evplan.planning.sites import Progress, solve_one
from evplan.solution.life import BatteryLife
from evplan.solution.offers import Offer
from evplan.solution.tables import SiteSolution
from evplan.solver.outcome import Options

Unsolved = InfeasibleError | NoPlanError


@dataclass(frozen=True)
class Candidates:
    """Sites with one offer each, and their first plans. owners : number of the site in the instance that each one is.

    unsolved : numbers of sites of which some offer found no plan in time, so that nothing bounds it.
    """

    owners: tuple[int, ...]
    sites: tuple[SiteParameters, ...]
    plans: tuple[SiteSolution, ...]
    unsolved: frozenset[int] = frozenset()


def first_plans(found: Read, parameters: Parameters, solver: str, options: Options, progress: Progress) -> Candidates:
    """Return every site with every offer under which it has a plan.

    Raises: InfeasibleError or NoPlanError for a site that has no plan under any.
    """
    if all(len(offered) == 1 for offered in parameters.offers):
        owners = tuple(range(len(parameters.sites)))
        return Candidates(owners, parameters.sites, solve_sites(found, parameters.sites, solver, options, progress))
    every = [(i, site) for i, offered in enumerate(parameters.offers) for site in offered]

    def one(numbered: tuple[int, SiteParameters]) -> SiteSolution | Unsolved:
        try:
            return solve_one(found, numbered[1], solver, replace(options, threads=1), with_offer(progress, numbered[1]))
        except (InfeasibleError, NoPlanError) as error:
            if options.stop.is_set():
                raise
            return error

    answers = run_all(one, every, options.stop)
    planned = [
        (i, site, plan) for (i, site), plan in zip(every, answers, strict=True) if isinstance(plan, SiteSolution)
    ]
    for i in range(len(parameters.offers)):
        if i not in {number for number, _, _ in planned}:
            errors = [answer for (n, _), answer in zip(every, answers, strict=True) if n == i]
            raise next(error for error in errors if isinstance(error, (InfeasibleError, NoPlanError)))
    late = {i for (i, _), answer in zip(every, answers, strict=True) if isinstance(answer, NoPlanError)}
    owners, sites, plans = zip(*planned, strict=True)
    return Candidates(owners, sites, plans, frozenset(late))


def with_offer(progress: Progress, site: SiteParameters) -> Progress:
    """Return a progress that says with which offer a site is planned."""
    return lambda what, known: progress(f"{what}, {told(site)}" if what == site.name else what, known)


def told(site: SiteParameters) -> str:
    """Return the offer that a site is planned with, in words."""
    soh = replaced_at(site)
    return site.tariff_name if soh is None else f"{site.tariff_name}, cells replaced at {soh:.0%}"


def replaced_at(site: SiteParameters) -> float | None:
    """Return the state of health at which a site's cells are replaced; None where none age."""
    return site.battery.ageing.wear.end_of_life_soh if site.battery and site.battery.ageing else None


Lives = tuple[BatteryLife | None, ...]


@dataclass(frozen=True)
class Picked:
    """Sites as picked, their plans, their batteries' lives at the plan's own use, and all that each was offered."""

    sites: tuple[SiteParameters, ...]
    plans: tuple[SiteSolution, ...]
    lives: Lives
    offers: tuple[tuple[Offer, ...], ...]


def pick(
    instance: Instance, candidates: Candidates, sites: tuple[SiteParameters, ...], plans: tuple[SiteSolution, ...], lives: Lives,
    progress: Progress,
) -> Picked:  # fmt: skip
    """Return the best candidate of every site, its plan bounded by the best that any of them could be worth."""
    chosen, offers = [], []
    for owner in dict.fromkeys(candidates.owners):
        own = [k for k, number in enumerate(candidates.owners) if number == owner]
        best = max(own, key=lambda k: plans[k].objective)
        bound = max(plans[k].bound for k in own)
        unproved = [
            plans[k].status for k in own if plans[k].status != "optimal" and plans[k].bound > plans[best].objective
        ]
        status = "time_limit" if owner in candidates.unsolved else (unproved or [plans[best].status])[0]
        chosen.append((sites[best], replace(plans[best], bound=bound, status=status), lives[best]))
        if len(own) > 1:
            progress(sites[best].name, f"{told(sites[best])}: the best of {len(own)} with a plan")
        offers.append(tuple(_offer(instance, owner, sites[k], plans[k], lives[k], k == best) for k in own))
    picked_sites, picked_plans, picked_lives = zip(*chosen, strict=True)
    return Picked(picked_sites, picked_plans, picked_lives, tuple(offers))


def told_anew(instance: Instance, picked: Picked, plans: tuple[SiteSolution, ...]) -> Picked:
    """Return what was picked with its plans as they were solved last, and the offers' own lines to match."""
    offers = tuple(
        tuple(_offer(instance, i, picked.sites[i], plan, picked.lives[i], True) if one.picked else one for one in own)
        for i, (own, plan) in enumerate(zip(picked.offers, plans, strict=True))
    )
    return replace(picked, plans=plans, offers=offers)


def _offer(
    instance: Instance, i: int, site: SiteParameters, plan: SiteSolution, life: BatteryLife | None, picked: bool
) -> Offer:
    years, finance = life.resimulated_years if life else None, instance.finance
    flow = refunded(site_cashflow(instance, instance.sites[i], site, plan, years))
    worth = npv(flow.net, finance.discount_rate, finance.discounting)
    return Offer(
        site.tariff_name,
        replaced_at(site),
        plan.battery_kwh,
        years,
        plan.objective,
        plan.bound,
        worth,
        plan.status,
        picked,
    )

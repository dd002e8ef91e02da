"""Solve, count, price, solve: until a plan's battery leads the life that its wear was priced for."""

from __future__ import annotations

import time
from dataclasses import replace

from evplan.errors import LostError, NoPlanError
from evplan.instance.catalogue import Battery
from evplan.instance.read import Read
from evplan.instance.site import Site
from evplan.parameters.ageing import BatteryAgeing, between, gentle_ageing
from evplan.parameters.battery import battery_parameters
from evplan.parameters.context import Context
from evplan.parameters.types import Parameters, SiteParameters
from evplan.planning.offers import Candidates, Picked, first_plans, pick, told_anew
from evplan.planning.side_by_side import solve_sites
from evplan.planning.sites import Progress
from evplan.solution.life import BatteryLife, battery_life
from evplan.solution.tables import SiteSolution
from evplan.solution.use import Counted, count, ratios
from evplan.solver.outcome import Options

MOST_ROUNDS = 8
DAMPED_FROM = 3  # from this round on, go half the way: a plan that jumps between two uses comes to rest between them
Settled = tuple[tuple[SiteParameters, ...], tuple[SiteSolution, ...], tuple[BatteryLife | None, ...]]


def settle(found: Read, parameters: Parameters, solver: str, options: Options, progress: Progress) -> Picked:
    """Return sites as last priced, their plans, and their batteries' lives at the plan's own use (None: no battery).

    A site with several offers is settled with each; the best of the settled plans is picked.
    """
    deadline = time.perf_counter() + options.time_limit_s
    candidates = first_plans(found, parameters, solver, options, progress)
    settled = _settled(
        found, parameters.context, candidates, solver, replace(options, time_limit_s=_left(deadline)), progress
    )
    picked = pick(found.instance, candidates, *settled, progress)
    rest = replace(options, time_limit_s=_left(deadline))
    plans = solve_sites(found, picked.sites, solver, rest, progress, picked.plans, ())
    return told_anew(found.instance, picked, plans)


def _left(deadline: float) -> float:
    return max(0.1, deadline - time.perf_counter())


def _settled(
    found: Read, context: Context, candidates: Candidates, solver: str, options: Options, progress: Progress
) -> Settled:
    """Return every candidate settled: solved, counted and priced again until its battery leads the life it was priced for."""
    deadline = time.perf_counter() + options.time_limit_s
    sites, plans = list(candidates.sites), list(candidates.plans)
    own = [found.instance.sites[i] for i in candidates.owners]
    lives: list[BatteryLife | None] = [None] * len(sites)
    battery = found.instance.catalogue.battery
    if battery is None or context.ageing is None:
        return tuple(sites), tuple(plans), tuple(lives)
    priced = [site.battery.ageing for site in sites if site.battery and site.battery.ageing]
    for number in range(1, MOST_ROUNDS + 1):
        counts = [count(battery, sites[i], plans[i], priced[i], context.air_c) for i in range(len(sites))]
        for i, counted in enumerate(counts):
            lives[i] = _life(battery, sites[i], plans[i], priced[i], counted, context, number) if counted else None
        known = tuple(sites), tuple(plans), tuple(lives)
        moved = [i for i, life in enumerate(lives) if life and not life.settled and plans[i].status == "optimal"]
        if number == 1:
            moved += _priced_gently(found, context, own, sites, plans, lives, priced)
        left = deadline - time.perf_counter()
        if not moved or number == MOST_ROUNDS or left <= 0 or options.stop.is_set():
            break
        step = 0.5 if number >= DAMPED_FROM else 1.0
        for i in moved:
            counted = counts[i]
            if counted is not None:
                priced[i], sites[i] = price_again(
                    battery, own[i], sites[i], plans[i], priced[i], counted, context, step
                )
        progress("battery", f"round {number + 1}: {len(moved)} to price again")
        rest = replace(options, time_limit_s=left)
        try:
            again = solve_sites(found, tuple(sites), solver, rest, progress, tuple(plans), tuple(moved))
        except NoPlanError:
            return known
        except LostError:
            if options.stop.is_set():
                return known
            raise
        if any(again[i].status != "optimal" for i in moved):
            return known  # a plan proved at the last prices is worth more than one unproved at these
        plans = list(again)
    return tuple(sites), tuple(plans), tuple(lives)


def counted_again(
    found: Read, context: Context, sites: tuple[SiteParameters, ...], plans: tuple[SiteSolution, ...],
    lives: tuple[BatteryLife | None, ...],
) -> tuple[tuple[BatteryLife | None, ...], tuple[SiteParameters, ...]]:  # fmt: skip
    """Return batteries' lives at the use of other plans than those they were settled for, and sites priced for that use.

    A site whose battery leads the life it was priced for stays as it is.
    """
    battery = found.instance.catalogue.battery
    again: list[BatteryLife | None] = []
    priced_sites: list[SiteParameters] = []
    for i, (site, plan, life) in enumerate(zip(sites, plans, lives, strict=True)):
        priced = site.battery.ageing if site.battery else None
        counted = count(battery, site, plan, priced, context.air_c) if battery and priced else None
        if battery is None or priced is None or counted is None:
            again.append(None)
            priced_sites.append(site)
            continue
        found_life = _life(battery, site, plan, priced, counted, context, life.rounds + 1 if life else 1)
        again.append(found_life)
        own = found.instance.sites[i]
        if not found_life.settled:
            site = price_again(battery, own, site, plan, priced, counted, context, 1.0)[1]
        priced_sites.append(site)
    return tuple(again), tuple(priced_sites)


def _priced_gently(
    found: Read, context: Context, own: list[Site], sites: list[SiteParameters], plans: list[SiteSolution],
    lives: list[BatteryLife | None], priced: list[BatteryAgeing],
) -> list[int]:  # fmt: skip
    """Price the battery of every site that built none for a gentle use, and return which: a harsh first guess may have
    kept a battery out that a plan's own use would keep in."""
    battery = found.instance.catalogue.battery
    assert battery is not None
    gentle = gentle_ageing(battery, context.air_c, found.folder)
    unbuilt = [
        i for i, life in enumerate(lives) if life is None and _may_have(sites[i]) and plans[i].status == "optimal"
    ]
    for i in unbuilt:
        priced[i] = gentle.replaced_at(priced[i].wear.end_of_life_soh, battery.max_life_years)
        sites[i] = replace(sites[i], battery=battery_parameters(battery, own[i], context, priced[i], sites[i].share))
    return unbuilt


def _may_have(site: SiteParameters) -> bool:
    return site.battery is not None and site.battery.max_kwh > 0


def _life(
    battery: Battery, site: SiteParameters, plan: SiteSolution, priced: BatteryAgeing, counted: Counted, context: Context,
    number: int,
) -> BatteryLife:  # fmt: skip
    """Return the battery's life, with how far the prices that its plan was made with lie from the count."""
    cycling, time_ = (abs(1 / ratio - 1) for ratio in ratios(battery, site, plan, priced, counted))
    return battery_life(battery, plan, priced, counted, (cycling, time_), context, number)


def price_again(
    battery: Battery, site: Site, numbers: SiteParameters, plan: SiteSolution, priced: BatteryAgeing, counted: Counted,
    context: Context, step: float,
) -> tuple[BatteryAgeing, SiteParameters]:  # fmt: skip
    """Return the ageing of the plan's own use, scaled so that its prices charge the plan what the count says, and the site.

    step : how far to go from the last ageing to this one; 1 is all the way.
    """
    bare = replace(numbers, battery=battery_parameters(battery, site, context, counted.ageing, numbers.share))
    cycling, time_ = ratios(battery, bare, plan, counted.ageing, counted)
    scaled = replace(counted.ageing, cycle_scale=cycling, time_scale=time_)
    if step < 1:
        scaled = between(priced, scaled, step, battery)
    return scaled, replace(numbers, battery=battery_parameters(battery, site, context, scaled, numbers.share))

"""Solve, count, price, solve: until a plan's battery leads the life that its wear was priced for."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from evplan.instance.read import Read
from evplan.parameters.ageing import BatteryAgeing
from evplan.parameters.battery import battery_parameters
from evplan.parameters.types import Parameters, SiteParameters
from evplan.sites import Progress, solve_sites
from evplan.solution.life import BatteryLife, battery_life
from evplan.solution.tables import SiteSolution
from evplan.solution.use import plan_ageing
from evplan.solver.outcome import Options

MOST_ROUNDS = 8
DAMPED_FROM = 6  # from this round on, prices go half the way: a plan that jumps between two uses comes to rest
Settled = tuple[tuple[SiteParameters, ...], tuple[SiteSolution, ...], tuple[BatteryLife | None, ...]]


def settle(found: Read, parameters: Parameters, solver: str, options: Options, progress: Progress) -> Settled:
    """Return sites as last priced, their plans, and their batteries' lives at the plan's own use (None: no battery)."""
    deadline = time.perf_counter() + options.time_limit_s
    sites = parameters.sites
    plans = solve_sites(found, sites, solver, options, progress)
    lives: list[BatteryLife | None] = [None] * len(sites)
    battery, context = found.instance.catalogue.battery, parameters.context
    if battery is None or context.ageing is None:
        return sites, plans, tuple(lives)
    priced = [context.ageing] * len(sites)
    now, made = list(sites), list(plans)
    for number in range(1, MOST_ROUNDS + 1):
        moved: list[int] = []
        for i in range(len(sites)):
            counted = plan_ageing(battery, now[i], made[i], priced[i], context.air_c)
            lives[i] = counted and battery_life(battery, made[i], priced[i], counted, context, number)
            life = lives[i]
            if counted is None or life is None or life.settled or made[i].status != "optimal":
                continue
            priced[i] = damped(priced[i], counted[0]) if number >= DAMPED_FROM else counted[0]
            moved.append(i)
        left = deadline - time.perf_counter()
        if not moved or number == MOST_ROUNDS or left <= 0 or options.stop.is_set():
            break
        for i in moved:
            worn = battery_parameters(battery, found.instance.sites[i], context, priced[i])
            now[i] = replace(now[i], battery=worn)
        progress("battery", f"round {number + 1}: {len(moved)} to price again")
        rest = replace(options, time_limit_s=left)
        made = list(solve_sites(found, tuple(now), solver, rest, progress, tuple(made), tuple(moved)))
    return tuple(now), tuple(made), tuple(lives)


def damped(before: BatteryAgeing, after: BatteryAgeing) -> BatteryAgeing:
    """Return ageing half way between two, in the logarithm of its prices."""
    cycling, time_ = (
        float(np.sqrt(max(old, 1e-300) / max(new, 1e-300)))
        for old, new in (
            (before.wear.price_of_cycling * before.cycle_scale, after.wear.price_of_cycling * after.cycle_scale),
            (before.wear.price_of_time * before.time_scale, after.wear.price_of_time * after.time_scale),
        )
    )
    return replace(after, cycle_scale=after.cycle_scale * cycling, time_scale=after.time_scale * time_)

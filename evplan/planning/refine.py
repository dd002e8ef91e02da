"""Quarter hours at the price of hours: a site with short steps is planned on merged ones, and split where peaks form.

Solve on the merged clock (its optimum is a bound), lay the plan out on the short steps (a plan, billed as the meter bills),
mark the steps in which a peak was hidden, so that the model knows their highest short steps, split those in which even that
was not enough, and solve again, until plan and bound meet.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evplan.errors import NoPlanError
from evplan.formulation.connection import export_steps
from evplan.parameters.merge import Merging, by_the_hour, merge
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import TOLERANCE
from evplan.solution.laws import physical
from evplan.solution.spread import Laid, spread
from evplan.solution.tables import SiteSolution, relative_gap
from evplan.solver.outcome import Options

FIRST = 60  # hours of every month, by the highest short step of demand, that are marked from the start
WORST = 120  # hours of every month marked or split after the first round; each further round takes twice as many
OWN_GAP = 0.5  # of the gap asked for, for the merged problem; what is left is for what merging hides
WORTHWHILE = 0.7  # with more than this part of the steps left, merging saves nothing

Solve = Callable[[SiteParameters, Options], SiteSolution]


def solve_merged(site: SiteParameters, options: Options, solve: Solve, tell: Callable[[str], None]) -> SiteSolution:
    """Return the plan of a site by solving it on merged clocks, split until the plan is within the gap asked for."""
    merging = first_merging(site) if options.merging is None else options.merging
    deadline, worst, bound = time.perf_counter() + options.time_limit_s, WORST, np.inf
    best: SiteSolution | None = None
    may_export = np.zeros(site.clock.steps, bool)
    may_export[export_steps(site)] = True
    spent: dict[str, float] = {}
    while (merging.groups[-1] + 1) / site.clock.steps < WORTHWHILE:
        own = replace(options, gap=OWN_GAP * options.gap, time_limit_s=max(0.1, deadline - time.perf_counter()))
        merged = merge(site, merging)
        try:
            plan = solve(merged, own)
        except NoPlanError:
            if best is None:
                raise
            return replace(best, bound=bound, status="time_limit", seconds=spent)
        bound = min(bound, plan.bound)
        spent = {name: spent.get(name, 0.0) + seconds for name, seconds in plan.seconds.items()}
        laid = spread(site, merged, merging.groups, plan, may_export)
        if is_sound(site, laid.plan) and (best is None or laid.plan.objective > best.objective):
            best = replace(laid.plan, merging=merging)
        options = replace(options, start=plan.sizes, cuts=plan.cuts)
        if best is not None:
            gap = relative_gap(best.objective, max(bound, best.objective))
            said = f"{merged.clock.steps:,} steps of {site.clock.steps:,}"
            tell(f"{said}, gap {gap:.2%}")
            if gap <= options.gap or plan.status != "optimal":
                solver = f"{plan.solver}, {said}"
                return replace(best, bound=max(bound, best.objective), status=plan.status, seconds=spent, solver=solver)
        if not laid.hidden_kw.any():
            break
        merging = _sharper(merging, laid, merged, worst)
        worst *= 2
    return _whole(
        site, replace(options, cuts=(), time_limit_s=max(0.1, deadline - time.perf_counter())), solve, best, bound
    )


def _whole(
    site: SiteParameters, options: Options, solve: Solve, best: SiteSolution | None, bound: float
) -> SiteSolution:
    """Return the plan on the short steps themselves, or the best laid out if that is not beaten in time."""
    try:
        plan = solve(site, options)
    except NoPlanError:
        if best is None:
            raise
        return replace(best, bound=max(bound, best.objective), status="time_limit")
    if best is None or plan.objective >= best.objective:
        return replace(plan, bound=max(min(bound, plan.bound), plan.objective))
    return replace(best, bound=max(min(bound, plan.bound), best.objective), status=plan.status)


def first_merging(site: SiteParameters) -> Merging:
    """Return the hours merged, with those marked in which a month's highest demand could form a peak."""
    merging = Merging(by_the_hour(site), np.zeros(site.clock.steps, bool))
    wanted = (site.demand_kwh / site.clock.step_h + site.load_kw).max(axis=0)
    highest, month = np.maximum.reduceat(wanted, merging.first), site.clock.month[merging.first]
    peaks = np.zeros(len(highest), bool)
    for m in np.unique(month):
        own = np.flatnonzero(month == m)
        peaks[own[np.argsort(-highest[own])[:FIRST]]] = True
    return replace(merging, peaks=peaks[merging.groups])


def _sharper(merging: Merging, laid: Laid, merged: SiteParameters, count: int) -> Merging:
    """Return the merging with the steps that hide most, of every month and modelled year, marked; or apart, if they were."""
    worst = np.zeros(merged.clock.steps, bool)
    for hidden in laid.hidden_kw:
        for m in range(len(merged.clock.month_weight)):
            own = np.flatnonzero((merged.clock.month == m) & (hidden > 0))
            worst[own[np.argsort(-hidden[own])[:count]]] = True
    known = merging.peaks[merging.first]
    return replace(merging.apart(worst & known), peaks=merging.peaks | worst[merging.groups])


def is_sound(site: SiteParameters, plan: SiteSolution) -> bool:
    """Return whether a plan laid out obeys every physical law."""
    return all(value <= TOLERANCE for value in physical(site, plan).values())

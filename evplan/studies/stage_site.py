"""One site over its stages: what to build now and what before which year, and what other ways would give up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import EvplanError, InfeasibleError, NoPlanError
from evplan.formulation.chargers import even
from evplan.parallel import cores
from evplan.parameters.stages import Stage, at_stage
from evplan.parameters.types import SiteParameters
from evplan.planning.sites import Progress, known_so_far
from evplan.planning.together import as_planned
from evplan.report.run import Run
from evplan.solution.tables import NOISE, SiteSolution
from evplan.solver.outcome import Options, Outcome
from evplan.studies.stage_program import StagedSite, StagePlan

LEAST_S = 5.0  # of search for each question, whatever the ones before left


@dataclass(frozen=True)
class SiteStages:
    """One site's plan by stages; amounts are objectives, to be maximised.

    at_once : of the sizes that are best if all must be built now.  connected_now : of buying the last stage's connection at once;
        never_connected : of keeping the first stage's for good.  None where the question does not arise, -inf where it cannot be,
        NaN where time ran out.
    """

    name: str
    stages: tuple[StagePlan, ...]
    objective: float
    bound: float
    status: str
    at_once: float
    connected_now: float | None
    never_connected: float | None


def staged_site(run: Run, i: int, stages: Sequence[Stage], options: Options) -> StagedSite:
    """Return the programs of one site's stages, as the run of the file as it stands settled it."""
    site, context = run.read.instance.sites[i], run.parameters.context
    numbers = as_planned(run.parameters.sites[i], run.plans[i])
    return StagedSite([[at_stage(numbers, site, stages, s, context) for s in range(len(stages))]], [1.0], options)


def plan_stages(run: Run, i: int, stages: Sequence[Stage], options: Options, progress: Progress) -> SiteStages:
    """Return one site's plan by stages, and what it would cost to do it otherwise."""
    name, deadline = run.plans[i].name, time.perf_counter() + options.time_limit_s
    progress(name, f"{len(stages)} stages: build")
    staged = staged_site(run, i, stages, options)

    def left(gap: float = options.gap) -> Options:
        return replace(options, gap=gap, threads=cores(), time_limit_s=max(LEAST_S, deadline - time.perf_counter()))

    progress(name, "all of it now")
    staged.search(left(), all_at_once(run.parameters.sites[i], run.plans[i], len(stages)))
    best = staged.search(left(), {}, lambda best, bound: progress(name, f"by stages: {known_so_far(-best, -bound)}"))
    if best.status == "infeasible":
        raise InfeasibleError(f"site {name}: no stages meet what is owed; `evplan solve` says what clashes")
    if best.x is None:
        raise NoPlanError.within(f"site {name}", "plan by stages", options.time_limit_s)
    plans = staged.plans(best, run.read.instance.sites[i], stages)
    now, never = None, None
    first, last = plans[0].plan.connection_kw, plans[-1].plan.connection_kw
    if last > first + NOISE:
        progress(name, "the last connection now, or never")
        now = worth_of(staged.search(left(), {(0, "connection_kw", None): last}))
        never = worth_of(staged.search(left(), {(s, "connection_kw", None): first for s in range(len(stages))}))
    elif last > plans[0].numbers.existing_kw + NOISE:
        progress(name, "no larger connection at all")
        existing = plans[0].numbers.existing_kw
        never = worth_of(staged.search(left(), {(s, "connection_kw", None): existing for s in range(len(stages))}))
    total = sum(stage.plan.objective for stage in plans)
    if abs(total + best.objective) > 1e-6 * max(1.0, abs(total)):
        raise EvplanError(f"site {name}: the stages' objectives do not add up to that of their program")
    return SiteStages(name, plans, -best.objective, -best.bound, best.status, run.plans[i].objective, now, never)


def worth_of(found: Outcome) -> float:
    """Return what the plan that a search found is worth; -inf if there is none, NaN if the search was not long enough to say."""
    if found.status == "optimal":
        return -found.objective
    return -np.inf if found.status == "infeasible" else np.nan


def all_at_once(site: SiteParameters, plan: SiteSolution, stages: int) -> dict[Any, float]:
    """Return the sizes of a plan as those of every stage."""
    fixed: dict[Any, float] = {}
    for s in range(stages):
        fixed[s, "connection_kw", None] = plan.connection_kw
        fixed[s, "battery_kwh", None], fixed[s, "battery_kw", None] = plan.battery_kwh, plan.battery_kw
        fixed |= {(s, "solar_kw", a): kw for a, kw in enumerate(plan.solar_by_array_kw.tolist())}
        for c, charger in enumerate(site.chargers):
            n = plan.chargers[charger.name]
            counted = {1: n} if even(charger) else {k: int(n >= k) for k in range(1, charger.max_count + 1)}
            fixed |= {(s, "another", (c, k)): float(count) for k, count in counted.items()}
    return fixed

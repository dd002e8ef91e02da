"""Investment over time: what to build now, what before which year, and what waiting is worth.

The file as it stands is planned first, everything built at once, over the same modelled years; its settled batteries and the tariff
that was picked are kept. Then each site's stages are chosen together. What is added later may cost another price (`cost_change_per_year`),
is discounted, and need not be paid for by the years before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evplan.errors import InputError
from evplan.finance.cashflow import Cashflow, less, total
from evplan.finance.metrics import Metrics, measure
from evplan.finance.staged import staged_cashflow
from evplan.finance.support.gap import ViabilityGap, viability_gap
from evplan.instance.read import Read, read
from evplan.instance.schema import Instance
from evplan.parameters.stages import Stage, stages_of
from evplan.plan import silent, solve_read
from evplan.planning.sites import Progress
from evplan.report.run import Run, standing_flow
from evplan.solution.totals import OverSites
from evplan.solver.outcome import Options, make_options
from evplan.studies.stage_program import StagePlan
from evplan.studies.stage_site import SiteStages, plan_stages

NONE_GIVEN = (
    "says nothing of stages; give it `horizon: {stages: [1, 6, 11]}`: the years before which something may be built"
)


@dataclass(frozen=True)
class StagesRun(OverSites):
    """What planning by stages found. at_once : the run of the file with everything built at once. flows : of each site."""

    at_once: Run
    stages: tuple[Stage, ...]
    sites: tuple[SiteStages, ...]
    flows: tuple[Cashflow, ...]
    metrics: Metrics
    gap_to_viable: ViabilityGap
    seconds: float


def solve_stages(
    path: Any, scenario: str | None = None, *, gap: float | None = None, time_limit_s: float | None = None,
    progress: Progress = silent,
) -> StagesRun:  # fmt: skip
    """Return what to build at each stage of an instance file.

    Raises `InstanceError`, `InputError` if the file names no stages, `InfeasibleError`, `NoPlanError`, or `CheckError`.
    """
    begun = time.perf_counter()
    at_once, stages, own = begin_stages(path, scenario, gap, time_limit_s, progress)
    sites = tuple(plan_stages(at_once, i, stages, own, progress) for i in range(len(at_once.plans)))
    flows = tuple(_flow(at_once, i, site) for i, site in enumerate(sites))
    finance, whole = at_once.read.instance.finance, total(list(flows))
    return StagesRun(
        at_once,
        stages,
        sites,
        flows,
        measure(whole, finance),
        viability_gap(whole, finance),
        time.perf_counter() - begun,
    )


def begin_stages(
    path: Any, scenario: str | None, gap: float | None, time_limit_s: float | None, progress: Progress,
    also: Callable[[Read], Any] = lambda found: None,
) -> tuple[Run, tuple[Stage, ...], Options]:  # fmt: skip
    """Return the run of a file with everything built at once, its stages, and the options of each site's search.

    also : what else is asked of the file, before anything is solved.
    """
    found = read(path, scenario)
    if found.instance.horizon.stages is None:
        raise InputError(f"{found.path}: {NONE_GIVEN}")
    if found.instance.portfolio is not None:
        raise InputError(
            f"{found.path}: portfolio limits are not kept over stages; take `portfolio` out, or plan without stages"
        )
    also(found)
    progress("at once", "everything built at once")
    at_once = solve_read(found, gap=gap, time_limit_s=time_limit_s, progress=progress)
    asked = found.instance.solver
    options = make_options(
        asked.gap if gap is None else gap, asked.time_limit_s if time_limit_s is None else time_limit_s, False
    )
    own = replace(options, time_limit_s=options.time_limit_s / len(at_once.plans))
    return at_once, stages_of(found.instance.horizon), own


def _flow(run: Run, i: int, site: SiteStages) -> Cashflow:
    """Return the cash flow of a site built by stages, less what would be if nothing were added to what stands."""
    flow, standing = stages_flow(run, i, run.read.instance, site.stages), standing_flow(run, i)
    return flow if standing is None else less(flow, standing)


def stages_flow(run: Run, i: int, instance: Instance, stages: Sequence[StagePlan]) -> Cashflow:
    """Return the cash flow of a site built by stages. Its battery lasts as long as that of the plan built at once."""
    life, battery = run.lives[i], run.parameters.sites[i].battery
    lasts = life.resimulated_years if life else battery.life_years if battery else None
    return staged_cashflow(
        instance, [(stage.stage.bought, stage.site, stage.numbers, stage.plan) for stage in stages], lasts
    )

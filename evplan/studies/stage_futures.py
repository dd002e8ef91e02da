"""Stages in several futures: what to build now, before anyone knows which comes, and what later in each.

adapted      the first stage is best over all futures; later ones follow the future that came
central      the first stage is that of the file as it stands; later ones follow the future that came
alike        all stages are best over all futures, and built whatever comes
known        each future's own best stages, as if it were known: no plan can do better there

value of planning for all futures = adapted - central;  value of waiting to see = adapted - alike;  value of knowing = known - adapted
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import EvplanError, InfeasibleError, InputError, NoPlanError
from evplan.finance.worth import npv
from evplan.instance.read import Read
from evplan.parallel import cores, run_all
from evplan.parameters.stages import Stage, at_stage
from evplan.parameters.types import Parameters
from evplan.planning.sites import Progress, known_so_far
from evplan.report.run import Run
from evplan.solution.totals import OverSites
from evplan.solver.outcome import Options, Outcome
from evplan.studies.future_cases import Future, futures_of, prepared
from evplan.studies.stage_program import StagedSite, StagePlan
from evplan.studies.stage_site import LEAST_S, staged_site, worth_of
from evplan.studies.stages import begin_stages, stages_flow
from evplan.units import DAYS_PER_WEEK, DAYS_PER_YEAR, HOURS_PER_DAY, MINUTES_PER_HOUR

MOST_STEPS = 500_000  # of all modelled years in all futures, held at once: 350,000 took 14 GB
UNSETTLED = Outcome("time_limit", None, np.inf, -np.inf, 0.0, "HiGHS")


@dataclass(frozen=True)
class SiteTree:
    """One site's stages in every future; amounts are expected objectives, to be maximised.

    stages : by future; the first stage builds the same in all.  npv : of the whole site in each future.
    central, alike : -inf where they cannot meet what is owed, NaN where time ran out.
    known, known_bound : shape (futures,): of each future's own best stages.
    """

    name: str
    stages: tuple[tuple[StagePlan, ...], ...]
    objective: float
    bound: float
    status: str
    central: float
    alike: float
    known: np.ndarray
    known_bound: np.ndarray
    npv: np.ndarray

    @property
    def worth(self) -> np.ndarray:
        """Return the objective in each future, shape (futures,)."""
        return np.array([sum(stage.plan.objective for stage in of_future) for of_future in self.stages])


@dataclass(frozen=True)
class TreeRun(OverSites):
    """What planning stages for several futures found. at_once : the run of the file as it stands, everything built at once."""

    at_once: Run
    stages: tuple[Stage, ...]
    futures: tuple[Future, ...]
    sites: tuple[SiteTree, ...]
    seconds: float

    @property
    def probability(self) -> np.ndarray:
        """Return the probability of each future, shape (futures,)."""
        return np.array([future.probability for future in self.futures])

    @property
    def npv(self) -> np.ndarray:
        """Return the net present value of all sites in each future, shape (futures,)."""
        return np.sum([site.npv for site in self.sites], axis=0)


def solve_stage_futures(
    path: Any, scenario: str | None = None, *, gap: float | None = None, time_limit_s: float | None = None,
    progress: Progress,
) -> TreeRun:  # fmt: skip
    """Return what to build now and what at each later stage of every future of an instance file.

    Raises `InstanceError`, `InputError` if the file names no stages or no futures, `InfeasibleError`, `NoPlanError`, or `CheckError`.
    """
    begun = time.perf_counter()
    at_once, stages, own = begin_stages(path, scenario, gap, time_limit_s, progress, _refuse_many)
    futures = futures_of(at_once.read)
    progress("futures", f"{len(futures)} prepared")
    then = prepared(at_once, futures)
    sites = tuple(_plan_tree(at_once, i, stages, futures, then, own, progress) for i in range(len(at_once.plans)))
    return TreeRun(at_once, stages, futures, sites, time.perf_counter() - begun)


def _refuse_many(found: Read) -> None:
    """Raise `InputError` if the file has no futures, or more of them than fit into memory with all their stages."""
    horizon, futures = found.instance.horizon, futures_of(found)
    days = DAYS_PER_WEEK * len(horizon.weeks) or DAYS_PER_YEAR
    steps = days * HOURS_PER_DAY * MINUTES_PER_HOUR // horizon.step_minutes * len(horizon.modelled_years())
    if len(futures) * steps > MOST_STEPS:
        raise InputError(
            f"{found.path}: {len(futures)} futures of {steps:,} steps (all stages' modelled years) are more than {MOST_STEPS:,} "
            f"together; at most {MOST_STEPS // steps} futures fit, or name representative weeks in horizon.weeks"
        )


def _plan_tree(
    run: Run, i: int, stages: Sequence[Stage], futures: Sequence[Future], then: Sequence[Parameters], options: Options,
    progress: Progress,
) -> SiteTree:  # fmt: skip
    """Return one site's stages in every future."""
    name, deadline = run.plans[i].name, time.perf_counter() + options.time_limit_s
    own = [future.read.instance.sites[i] for future in futures]

    def left(threads: int | None = None) -> Options:
        return replace(options, threads=threads or cores(), time_limit_s=max(LEAST_S, deadline - time.perf_counter()))

    progress(name, "stages of the file as it stands")
    alone = staged_site(run, i, stages, options)
    central = _first(alone, alone.search(left(), {}), name, options)
    progress(name, f"{len(futures)} futures of {len(stages)} stages: build")
    numbers = [
        [at_stage(parameters.sites[i], site, stages, s, parameters.context) for s in range(len(stages))]
        for site, parameters in zip(own, then, strict=True)
    ]
    tree = StagedSite(numbers, [future.probability for future in futures], options)
    progress(name, "the first stage of the file as it stands")
    as_central = tree.search(left(), tree.as_built(central))
    best = tree.search(left(), {}, lambda best, bound: progress(name, f"all futures: {known_so_far(-best, -bound)}"))
    if best.status == "infeasible":
        _refuse_futures(tree, futures, name, left(1))
    _first(tree, best, name, options)
    progress(name, "the same stages whatever comes")
    alike = tree.search(left(), {}, alike=True) if time.perf_counter() < deadline else UNSETTLED
    progress(name, "each future by itself, as if it were known")

    def alone_in(f: int) -> Outcome:
        return tree.search(left(1), {}, only=f) if time.perf_counter() < deadline else UNSETTLED

    known = run_all(alone_in, range(len(futures)), options.stop)
    plans = tuple(tree.plans(best, site, stages, f) for f, site in enumerate(own))
    flows = [stages_flow(run, i, future.read.instance, of_one) for future, of_one in zip(futures, plans, strict=True)]
    money = [future.read.instance.finance for future in futures]
    found = SiteTree(
        name, plans, -best.objective, -best.bound, best.status, worth_of(as_central), worth_of(alike),
        np.array([worth_of(one) for one in known]), np.array([-one.bound for one in known]),
        np.array([npv(flow.net, f.discount_rate, f.discounting) for flow, f in zip(flows, money, strict=True)]),
    )  # fmt: skip
    if any(_built(stages[0]) != _built(plans[0][0]) for stages in plans):
        raise EvplanError(f"site {name}: the first stage is not the same in all futures")
    expected = float(tree.probability @ found.worth)
    if abs(expected - found.objective) > 1e-6 * max(1.0, abs(expected)):
        raise EvplanError(f"site {name}: the futures' objectives do not add up to that of their program")
    return found


def _built(stage: StagePlan) -> tuple:
    plan = stage.plan
    return plan.chargers, *(
        round(kw, 6) for kw in (plan.connection_kw, plan.solar_kw, plan.battery_kwh, plan.battery_kw)
    )


def _refuse_futures(tree: StagedSite, futures: Sequence[Future], name: str, options: Options) -> None:
    """Raise `InfeasibleError` naming the futures in which no stages meet what is owed, if it is not all of them together."""
    alone = run_all(lambda f: tree.search(options, {}, only=f).status, range(len(futures)), options.stop)
    short = [future.name for future, status in zip(futures, alone, strict=True) if status == "infeasible"]
    if short:
        raise InfeasibleError(
            f"site {name}: no stages meet what is owed in {', '.join(short)}; make a scenario of one of these futures, and `evplan solve` "
            "says what clashes"
        )


def _first(staged: StagedSite, found: Outcome, name: str, options: Options) -> dict[Any, float]:
    """Return what the first stage builds; raise if nothing was found."""
    if found.status == "infeasible":
        raise InfeasibleError(
            f"site {name}: no stages meet what is owed in every future; name each future as a scenario and `evplan solve` says what clashes"
        )
    if found.x is None:
        raise NoPlanError.within(f"site {name}", "plan by stages", options.time_limit_s)
    return staged.first_stage(found)

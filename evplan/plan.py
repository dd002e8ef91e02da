"""The flow: read, prepare, build, solve, collect, appraise, write."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from evplan.crew import silent
from evplan.fanout import clustered
from evplan.finance.appraise import appraise
from evplan.finance.cashflow import Cashflow
from evplan.finance.lifecycle import Lifecycle
from evplan.finance.reconcile import reconcile
from evplan.instance.read import Read, read
from evplan.instance.schema import SolverName
from evplan.parallel import run_all
from evplan.parameters.prepare import prepare
from evplan.parameters.sessions import AS_PLANNED, Level
from evplan.parameters.types import Parameters, SiteParameters
from evplan.paths import require_writable
from evplan.planning.baseline import compare, nothing_new, wanted
from evplan.planning.rounds import settle
from evplan.planning.side_by_side import hands_for
from evplan.planning.sites import Progress
from evplan.portfolio.funding import fund_settled
from evplan.report.run import Run
from evplan.report.write import write
from evplan.solution import invariants
from evplan.solution.service import service
from evplan.solution.sharing import sharing
from evplan.solver.outcome import Options, make_options

LEAST_S = 10.0  # of search for what the plan is compared with, whatever the plan itself left


def solve(path: str | Path, scenario: str | None = None, *, solver: str | None = None, gap: float | None = None,
          time_limit_s: float | None = None, verbose: bool = False, progress: Progress = silent,
          stop: threading.Event | None = None, cluster: str | None = None) -> Run:  # fmt: skip
    """Return the proved plan of an instance file and its appraisal.

    gap, time_limit_s and solver override the file. stop : ends the search when it is set; the best plan so far is returned.
    cluster : address of a Dask scheduler whose workers solve the sites.
    Raises `InstanceError`, `InfeasibleError`, `NoPlanError`, or `CheckError` for a plan that does not add up.
    """
    progress("read", str(path))
    return solve_read(
        read(path, scenario),
        solver=solver,
        gap=gap,
        time_limit_s=time_limit_s,
        verbose=verbose,
        progress=progress,
        stop=stop,
        cluster=cluster,
    )


def solve_read(found: Read, *, solver: str | None = None, gap: float | None = None, time_limit_s: float | None = None,
               verbose: bool = False, progress: Progress = silent, stop: threading.Event | None = None,
               level: Level = AS_PLANNED, cluster: str | None = None) -> Run:  # fmt: skip
    """Return the proved plan of an instance that has been read. level : of its demand, beside an instance it is compared with."""
    asked, watch = found.instance.solver, Watch()
    options = make_options(
        asked.gap if gap is None else gap, asked.time_limit_s if time_limit_s is None else time_limit_s, verbose
    )
    options = replace(
        options, stop=stop or options.stop, settings=dict(asked.options).get(cast(SolverName, solver or asked.name), {})
    )

    progress("prepare", "weather, ageing, demand, queues")
    parameters = prepare(found, level)
    watch.lap("prepare")
    offered = [site for offers in parameters.offers for site in offers]
    with clustered(cluster, progress) as workers, hands_for(found, solver or asked.name, offered, workers) as crew:
        return _planned(found, parameters, solver or asked.name, replace(options, crew=crew), progress, watch)


def _planned(
    found: Read, parameters: Parameters, solver: str, options: Options, progress: Progress, watch: Watch
) -> Run:
    """Return the plan of what was prepared, checked, compared with no plan, and appraised."""
    picked = settle(found, parameters, solver, options, progress)
    sites, plans, lives = picked.sites, picked.plans, picked.lives
    parameters = replace(parameters, sites=sites)
    funded = None
    if found.instance.portfolio is not None:
        left = replace(options, time_limit_s=max(LEAST_S, options.time_limit_s - watch.seconds()["total"]))
        sites, funded, lives = fund_settled(found, parameters, plans, lives, solver, left, progress)
        parameters, plans = replace(parameters, sites=sites), funded.plans
    watch.lap("solve")
    side_by_side = options.crew.size if options.crew else 1
    for part in ("build", "compile"):  # parts of the time that just passed: one at a time in each process
        watch.laps[part] = sum(plan.seconds[part] for plan in plans) / side_by_side
        watch.laps["solve"] -= watch.laps[part]

    progress("check", "every plan recomputed without the model, its service simulated")
    verdicts = tuple(invariants.check(site, plan) for site, plan in zip(parameters.sites, plans, strict=True))
    services = tuple(
        service(*each, parameters.context) for each in zip(found.instance.sites, parameters.sites, plans, strict=True)
    )
    sharings = tuple(sharing(*each) for each in zip(parameters.sites, plans, strict=True))
    watch.lap("check")

    progress("compare", "nothing new, and business as usual at equal service")
    years = tuple(life.resimulated_years if life else None for life in lives)
    left_s = LEAST_S if options.stop.is_set() else options.time_limit_s - watch.seconds()["total"]
    rest = replace(options, time_limit_s=max(LEAST_S, left_s), stop=threading.Event())

    def usual(i: int) -> Lifecycle | None:
        if not wanted(sites[i], plans[i]):
            return None
        return compare(found, i, sites[i], plans[i], years[i], parameters.offers[i], solver, rest, progress)

    def standing(i: int) -> Cashflow | None:
        return nothing_new(found, i, parameters.offers[i], solver, rest, progress)

    every = range(len(sites))
    lifecycles = tuple(run_all(usual, every, rest.stop))
    before = tuple(run_all(standing, every, rest.stop))
    parameters = replace(parameters, warnings=(*parameters.warnings, *_not_alone(sites, before)))
    watch.lap("compare")

    progress("appraise", "cash flow, metrics, viability gap")
    grants = tuple(funded.grants.tolist()) if funded else (0.0,) * len(plans)
    appraisal = appraise(found.instance, parameters.sites, plans, years, before, grants, found.folder)
    meeting = tuple(
        reconcile(found.instance, *each)
        for each in zip(
            found.instance.sites, parameters.sites, plans, years, before, grants, appraisal.sites, strict=True
        )
    )
    return Run(
        found, parameters, plans, verdicts, services, lives, lifecycles, appraisal, options.gap, meeting, watch.seconds(), funded,
        sharings, picked.offers,
    )  # fmt: skip


def _not_alone(sites: tuple[SiteParameters, ...], before: tuple[Cashflow | None, ...]) -> Iterator[str]:
    """Yield a note for each site where something stands that cannot go on without the plan."""
    for site, standing in zip(sites, before, strict=True):
        if site.stands and standing is None:
            why = "what stands could not carry its load by itself, so the plan is appraised with the load's whole bill"
            yield f"site {site.name}: {why}"


def solve_and_write(path: str | Path, folder: Path, scenario: str | None = None, **how: Any) -> Run:
    """Solve an instance file and write its report into a folder."""
    require_writable(folder)
    run = solve(path, scenario, **how)
    how.get("progress", silent)("write", str(folder))
    write(run, folder)
    return run


class Watch:
    """A stopwatch with named laps, seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._begun = self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Record the time since the last lap."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now

    def seconds(self) -> dict[str, float]:
        """Return all laps and the total."""
        return {**self.laps, "total": time.perf_counter() - self._begun}

"""The flow: read, prepare, build, solve, collect, appraise, write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from evplan.baseline import compare, nothing_new, wanted
from evplan.errors import InputError
from evplan.finance.appraise import appraise
from evplan.finance.cashflow import Cashflow
from evplan.finance.reconcile import reconcile
from evplan.instance.read import Read, read
from evplan.instance.schema import SolverName
from evplan.parameters.prepare import prepare
from evplan.parameters.types import SiteParameters
from evplan.paths import require_writable
from evplan.report.run import Run
from evplan.report.write import write
from evplan.rounds import settle
from evplan.sites import Progress
from evplan.solution import invariants
from evplan.solution.service import service
from evplan.solution.sharing import sharing
from evplan.solver.outcome import Options

LEAST_S = 10.0  # of search for what the plan is compared with, whatever the plan itself left


def silent(what: str, known: str) -> None:
    """Report nothing."""


def solve(path: str | Path, scenario: str | None = None, *, solver: str | None = None, gap: float | None = None,
          time_limit_s: float | None = None, verbose: bool = False, progress: Progress = silent) -> Run:  # fmt: skip
    """Return the proved plan of an instance file and its appraisal.

    gap, time_limit_s and solver override the file. Raises `InstanceError`, `InfeasibleError`,
    `NoPlanError`, or `CheckError` for a plan that does not add up.
    """
    progress("read", str(path))
    return solve_read(
        read(path, scenario), solver=solver, gap=gap, time_limit_s=time_limit_s, verbose=verbose, progress=progress
    )


def solve_read(found: Read, *, solver: str | None = None, gap: float | None = None, time_limit_s: float | None = None,
               verbose: bool = False, progress: Progress = silent) -> Run:  # fmt: skip
    """Return the proved plan of an instance that has been read."""
    asked, watch = found.instance.solver, Watch()
    options = make_options(
        asked.gap if gap is None else gap, asked.time_limit_s if time_limit_s is None else time_limit_s, verbose
    )
    options = replace(options, settings=dict(asked.options).get(cast(SolverName, solver or asked.name), {}))

    progress("prepare", "weather, ageing, demand, queues")
    parameters = prepare(found)
    watch.lap("prepare")

    sites, plans, lives = settle(found, parameters, solver or asked.name, options, progress)
    parameters = replace(parameters, sites=sites)
    watch.lap("solve")
    for part in ("build", "compile"):  # one site at a time, so they are parts of the time that just passed
        watch.laps[part] = sum(plan.seconds[part] for plan in plans)
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
    rest = replace(options, time_limit_s=max(LEAST_S, options.time_limit_s - watch.seconds()["total"]))
    lifecycles = tuple(
        compare(found, i, *each, solver or asked.name, rest, progress) if wanted(*each[:2]) else None
        for i, each in enumerate(zip(parameters.sites, plans, years, parameters.offers, strict=True))
    )
    before = tuple(
        nothing_new(found, i, offers, solver or asked.name, rest, progress)
        for i, offers in enumerate(parameters.offers)
    )
    parameters = replace(parameters, warnings=(*parameters.warnings, *_not_alone(sites, before)))
    watch.lap("compare")

    progress("appraise", "cash flow, metrics, viability gap")
    appraisal = appraise(found.instance, parameters.sites, plans, years, before)
    meeting = tuple(
        reconcile(found.instance, *each)
        for each in zip(found.instance.sites, parameters.sites, plans, years, before, appraisal.sites, strict=True)
    )
    return Run(
        found, parameters, plans, verdicts, services, lives, lifecycles, appraisal, options.gap, meeting, watch.seconds(), sharings,
    )  # fmt: skip


def _not_alone(sites: tuple[SiteParameters, ...], before: tuple[Cashflow | None, ...]) -> Iterator[str]:
    """Yield a note for each site where something stands that cannot go on without the plan."""
    for site, standing in zip(sites, before, strict=True):
        if site.stands and standing is None:
            why = "what stands could not carry its load by itself, so the plan is appraised with the load's whole bill"
            yield f"site {site.name}: {why}"


def make_options(gap: float, time_limit_s: float, verbose: bool) -> Options:
    """Return the options of a search; raise `InputError` if they make no sense."""
    if not 0 <= gap < 1:
        raise InputError(f"--gap must be at least 0 and less than 1 (got {gap:g}); 0.001 is one part in a thousand")
    if not 0 < time_limit_s < float("inf"):
        raise InputError(f"--time-limit must be greater than 0 seconds (got {time_limit_s:g})")
    return Options(gap, time_limit_s, verbose=verbose)


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

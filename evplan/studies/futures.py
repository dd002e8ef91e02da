"""One set of sizes for several futures: what it is worth in each, what planning for all of them brings, what knowing would.

planned for all      sizes that are best over all futures; dispatch follows each future
central              sizes of the plan of the file as it stands, run as well as can be in each future
known                sizes of each future's own, as if it were known: no plan can do better there

value of the stochastic solution   = planned for all - central
value of perfect information       = known - planned for all         (Birge and Louveaux 2011, chapter 4)
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.instance.read import read
from evplan.plan import silent, solve_read
from evplan.planning.sites import Progress
from evplan.report.run import Run
from evplan.solution.totals import OverSites
from evplan.solver.join import Risk
from evplan.solver.outcome import make_options
from evplan.studies.future_cases import Future, futures_of, prepared
from evplan.studies.future_site import SiteFutures, solve_over


@dataclass(frozen=True)
class FuturesRun(OverSites):
    """What planning for several futures found. central : the run of the file as it stands."""

    central: Run
    futures: tuple[Future, ...]
    sites: tuple[SiteFutures, ...]
    risk: Risk
    seconds: float

    @property
    def npv(self) -> np.ndarray:
        """Return the portfolio's net present value in each future."""
        return np.sum([site.npv for site in self.sites], axis=0)


def solve_futures(
    path: Any, scenario: str | None = None, *, gap: float | None = None, time_limit_s: float | None = None,
    progress: Progress = silent,
) -> FuturesRun:  # fmt: skip
    """Return sizes that are best over all futures of an instance file, with what they are worth in each.

    Raises `InstanceError`, `InputError` if the file says nothing of futures, `InfeasibleError`, `NoPlanError`, or `CheckError`.
    """
    found = read(path, scenario)
    futures = futures_of(found)
    if found.instance.portfolio is not None:
        raise InputError(f"{found.path}: portfolio limits are not kept over futures; take `portfolio` out")
    begun = time.perf_counter()
    progress("central", "the file as it stands")
    central = solve_read(found, gap=gap, time_limit_s=time_limit_s, progress=progress)
    said = found.instance.futures
    assert said is not None
    risk = Risk(np.array([future.probability for future in futures]), said.tail, said.tail_weight)
    solver = found.instance.solver
    options = make_options(
        solver.gap if gap is None else gap, solver.time_limit_s if time_limit_s is None else time_limit_s, False
    )
    progress("futures", f"{len(futures)} prepared")
    then = prepared(central, futures)
    sites = []
    for i in range(len(central.plans)):
        left = options.time_limit_s / len(central.plans)
        own = [parameters.sites[i] for parameters in then]
        sites.append(solve_over(central, i, futures, own, risk, replace(options, time_limit_s=left), progress))
    return FuturesRun(central, futures, tuple(sites), risk, time.perf_counter() - begun)

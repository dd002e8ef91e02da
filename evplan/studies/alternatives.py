"""Plans nearly as good as the best that are something else to build.

A plan is worth little less than the best over a wide range of sizes. For each size of a site (chargers of a type, connection, panels,
battery energy and power) the plan with the most and the one with the least of it is found among those that cost no more than a share
above the best; of these, and of mixtures where they are too few, the ones that differ most from the best and from each other are kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from evplan.errors import InputError
from evplan.instance.read import read
from evplan.parallel import cores
from evplan.plan import silent, solve_read
from evplan.planning.sites import Progress
from evplan.report.run import Run
from evplan.solver.outcome import Options
from evplan.studies.near_site import SiteAlternatives, near

MOST = 50


@dataclass(frozen=True)
class AlternativesRun:
    """What `evplan alternatives` found. within : share of each site's objective that alternatives may cost."""

    run: Run
    within: float
    asked: int
    sites: tuple[SiteAlternatives, ...]
    seconds: float


def alternatives(
    path: Any, scenario: str | None = None, *, count: int = 5, within: float = 0.01, gap: float | None = None,
    time_limit_s: float | None = None, progress: Progress = silent,
) -> AlternativesRun:  # fmt: skip
    """Return the best plan of every site and up to `count` others that cost at most `within` of its objective more.

    Raises `InputError` if the limits make no sense, else what `evplan.solve` raises.
    """
    if not 0 < within <= 1:
        raise InputError(
            f"--within must be greater than 0 and at most 1 (got {within:g}); 0.01 is one part in a hundred"
        )
    if not 1 <= count <= MOST:
        raise InputError(f"--count must be from 1 to {MOST} (got {count})")
    begun = time.perf_counter()
    found = read(path, scenario)
    if found.instance.portfolio is not None:
        raise InputError(f"{found.path}: alternatives are those of each site by itself; take `portfolio` out")
    run = solve_read(found, gap=gap, time_limit_s=time_limit_s, progress=progress)
    limit_s = run.read.instance.solver.time_limit_s if time_limit_s is None else time_limit_s
    options = Options(run.asked_gap, limit_s / len(run.plans), threads=cores())
    sites = tuple(near(run, i, count, within, options, progress) for i in range(len(run.plans)))
    return AlternativesRun(run, within, count, sites, time.perf_counter() - begun)

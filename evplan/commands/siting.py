"""Where stations go, in phases."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from evplan.commands.asked import says
from evplan.commands.once import Again, once

if TYPE_CHECKING:
    from evplan.worker import Tell

Against = Literal["coverage", "equity", "served", "cost", "npv", "emissions"]
REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def siting(
    file: Path,
    *,
    gap: Annotated[float, says("How far from the best a plan may be, relative.")] = 0.005,
    time_limit: Annotated[float, says("Seconds for the search.")] = 600.0,
    sensitivity: Annotated[
        bool, says("Plan again under other budgets, distances, growth and weights; tell what is in every plan.")
    ] = False,
    pareto: Annotated[Against | None, says("Trade what is sought first against this goal.")] = None,
    points: Annotated[int, says("Of the trade-off.")] = 10,
    instances: Annotated[
        Path | None, says("A plan file: write one like it for every station that is built, for `evplan solve`.")
    ] = None,
    sites: Annotated[int | None, says("Of OR-Library's instances: how many, instead of the file's p.")] = None,
    radius: Annotated[
        float | None, says("Of OR-Library's instances: cover most within it, instead of the p-median.")
    ] = None,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
    again: Again = False,
) -> int:
    """Plan a region's charging network: new stations, upgrades, extensions and removals in phases, audited from coordinates.

    FILE: a siting file (`evplan new --kind siting`), or a p-median instance of OR-Library, which is solved and printed.
    """
    from evplan.siting.classic.orlib import is_orlib

    if is_orlib(file):
        return _classic(file, sites, radius, time_limit)
    from evplan.commands.asked import report_folder
    from evplan.show.siting import show_siting
    from evplan.siting.read import named_files, read_siting
    from evplan.siting.results import Asked, plan_and_write
    from evplan.solver.outcome import make_options
    from evplan.store.work import digest, work_of

    read, folder = read_siting(file), report_folder(output, file)
    work = work_of(
        "siting", file, named_files(read.study), gap=gap, time_limit=time_limit, sensitivity=sensitivity, pareto=pareto,
        points=points, instances=instances and digest(instances), format=format,
    )  # fmt: skip
    options = make_options(gap, time_limit, verbose=False)
    asked = Asked(format or ("html",), sensitivity, pareto, points, instances)

    def do(progress: Tell, stop: threading.Event) -> dict[str, Any]:
        return plan_and_write(read, replace(options, stop=stop), folder, asked, progress)

    return once(work, folder, do, lambda said: show_siting(said, folder), elsewhere=output is None, again=again)


def _classic(file: Path, sites: int | None, radius: float | None, time_limit: float) -> int:
    from evplan.errors import InputError
    from evplan.show.siting import show_classic
    from evplan.siting.classic.cover import within
    from evplan.siting.classic.median import p_median
    from evplan.siting.classic.orlib import read_pmed

    graph = read_pmed(file)
    p = graph.sites if sites is None else sites
    if radius is not None and not 0 <= radius < float("inf"):
        raise InputError(f"--radius must be a number of at least 0 (got {radius:g})")
    if radius is None:
        return show_classic(p_median(graph.distance, p, time_limit_s=time_limit), "sum of distances")
    return show_classic(within(graph.distance, radius, p, time_limit), f"vertices within {radius:g}")

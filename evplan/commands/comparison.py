"""The command `evplan compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from evplan.commands.asked import Cluster, Gap, Limit, Solver, says
from evplan.commands.progress import live
from evplan.errors import INTERRUPTED


def compare(
    file: Path,
    *,
    scenario: Annotated[list[str] | None, says("Repeat for more; base: the file as it stands. Left out: all.")] = None,
    solver: Annotated[list[Solver] | None, says("Repeat for more. Left out: the file's.")] = None,
    tariffs: Annotated[
        list[str] | None,
        says("Plan every site under this tariff; repeat for more, best first. all: every tariff of the file."),
    ] = None,
    output: Annotated[Path | None, says("CSV file; left out: reports/NAME-comparison.csv.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
    jobs: Annotated[
        int | None, says("Rows at a time; left out: as many as cores, which they share. 1: to compare seconds.")
    ] = None,
    by_site: Annotated[
        bool, says("A row for each site by itself, instead of all sites of a scenario together.")
    ] = False,
    cluster: Cluster = None,
    resume: Annotated[
        bool, says("Take what the CSV file has of the same instance, gap and time limit; solve the rest.")
    ] = False,
) -> int:
    """Solve scenarios with solvers side by side; print and write one table, whole after every row, and one of seconds."""
    from evplan.scenarios.compare import Interrupted
    from evplan.scenarios.compare import compare as solve_all
    from evplan.show.plan import show_comparison

    table = output or Path("reports") / f"{file.stem}-comparison.csv"
    try:
        with live() as progress:
            rows = solve_all(
                file, scenario, solver or (), gap=gap, time_limit_s=time_limit, table=table, tariffs=tariffs or (),
                jobs=jobs, resume=resume, by_site=by_site, cluster=cluster, progress=progress,
            )  # fmt: skip
    except Interrupted as stopped:
        if stopped.rows:
            show_comparison(stopped.rows, table)
        rest = "add --resume to solve the rest" if stopped.rows else "nothing is left half-written"
        print(f"stopped; {len(stopped.rows)} of {stopped.asked} rows were finished; {rest}", file=sys.stderr)
        return INTERRUPTED
    return show_comparison(rows, table)

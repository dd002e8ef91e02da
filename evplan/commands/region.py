"""One region, end to end."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from evplan.commands.asked import Cluster, says
from evplan.commands.once import once

if TYPE_CHECKING:
    from evplan.worker import Tell

REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def region(
    file: Path,
    *,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    jobs: Annotated[int | None, says("Stations at a time; left out: as many as cores.")] = None,
    cluster: Cluster = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME. A run goes on there.")] = None,
) -> int:
    """Plan a region end to end: where stations go and when, what each is, what its network carries, whether it pays, who gets support.

    FILE: a region file (`evplan new --kind region`), which names a siting file, a plan file of what stations are like, and where known a
    city and networks.
    """
    from evplan.commands.asked import report_folder
    from evplan.errors import InputError
    from evplan.fanout import working
    from evplan.region.read import named_files, read_region
    from evplan.region.results import plan_and_write
    from evplan.show.region import show_region
    from evplan.store.work import work_of

    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs must be at least 1 (got {jobs})")
    read, folder = read_region(file), report_folder(output, file)
    work = work_of("region", file, named_files(read.study))

    def do(progress: Tell, stop: threading.Event) -> dict[str, Any]:
        with working(jobs, cluster, progress) as workers:
            return plan_and_write(read, folder, workers, format or ("html",), progress, stop)

    return once(
        work, folder, do, lambda said: show_region(said, folder), again=True
    )  # steps that are done are not done again

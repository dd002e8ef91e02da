"""Where stations go, in phases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from evplan.commands.asked import says

REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def siting(
    file: Path,
    *,
    gap: Annotated[float, says("How far from the best a plan may be, relative.")] = 0.005,
    time_limit: Annotated[float, says("Seconds for the search.")] = 600.0,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
) -> int:
    """Plan a region's charging network: new stations, upgrades, extensions and removals in phases, audited from coordinates.

    FILE: a siting file (`evplan new --kind siting`).
    """
    from evplan.commands.asked import report_folder
    from evplan.commands.guard import stopping
    from evplan.commands.progress import live
    from evplan.errors import INTERRUPTED
    from evplan.show.siting import show_siting
    from evplan.siting.read import read_siting
    from evplan.siting.results import plan_and_write
    from evplan.solver.outcome import make_options

    read, folder = read_siting(file), report_folder(output, file)
    with live() as progress, stopping() as stop:
        options = replace(make_options(gap, time_limit, verbose=False), stop=stop)
        said = plan_and_write(read, options, folder, format or ("html",), lambda text: progress("siting", text))
    code = show_siting(said, folder)
    return INTERRUPTED if stop.is_set() else code

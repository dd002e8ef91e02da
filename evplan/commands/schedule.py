"""The schedule: when and at what power each plugged-in vehicle charges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from evplan.commands.asked import says

Solver = Literal["auto", "arrow", "highs"]


def schedule(
    sessions: Path,
    *,
    site: Annotated[Path, says("Schedule file: limits, prices, chargers.")],
    solver: Annotated[Solver, says("The arrow where it applies, else HiGHS.")] = "auto",
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
) -> int:
    """Decide when and at what power each vehicle charges: cheapest, within the limit, true to departures; compare with what operators do.

    SESSIONS: CSV, Parquet or JSON (ACN-Data, OCPI): arrival, departure, energy_kwh, and power, priority, V2G where known.
    """
    from evplan.commands.asked import report_folder
    from evplan.schedule.prepare import prepare
    from evplan.schedule.read import read_site
    from evplan.schedule.results import write
    from evplan.schedule.solve import solve
    from evplan.schedule.tables import read_sessions
    from evplan.show.schedule import show_schedule

    read = read_site(site)
    folder = report_folder(output, sessions)
    come = read_sessions(sessions, read.site.chargers, read.site.timezone)
    problem = prepare(read.site, come, site.parent)
    found = solve(problem, solver)
    said = write(read, problem, found, folder)
    return show_schedule(said, problem, found, folder)

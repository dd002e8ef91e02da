"""The schedule: when and at what power each plugged-in vehicle charges; and made-up sessions to try it with."""

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
    come = read_sessions(sessions, read.site.chargers, read.site.timezone, read.site.columns)
    problem = prepare(read.site, come, site.parent)
    found = solve(problem, solver)
    said = write(read, problem, found, folder)
    return show_schedule(said, problem, found, folder)


def sessions(
    count: int,
    *,
    date: Annotated[str, says("Day of their arrival, YYYY-MM-DD.")],
    profile: Annotated[str, says("When they arrive: a shape of data/profiles.")] = "public-ac",
    stay_h: Annotated[float, says("Mean stay, hours.")] = 7.0,
    energy_kwh: Annotated[float, says("Mean energy asked for.")] = 18.0,
    timezone: Annotated[str, says("IANA name.")] = "UTC",
    seed: Annotated[int, says("The same seed gives the same sessions.")] = 1,
    output: Annotated[Path, says("CSV file to write.")] = Path("sessions.csv"),
) -> None:
    """Write made-up sessions of a day: arrivals by measured shapes, stays and energies log-normal, powers of common vehicles."""
    from evplan.paths import replacing, require_file
    from evplan.schedule.synthetic import day_of, make, table_of

    require_file(output)
    made = make(day_of(count, date, timezone, profile, stay_h, energy_kwh, seed))
    with replacing(output) as path:
        table_of(made, timezone).to_csv(path, index=False)
    print(f"{output}: {count:,} sessions, {made.energy_kwh.sum():,.0f} kWh. Next: evplan schedule {output} --site FILE")

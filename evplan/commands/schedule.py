"""The schedule: when and at what power each plugged-in vehicle charges; and made-up sessions to try it with."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from evplan.commands.asked import says
from evplan.commands.once import Again, once
from evplan.csvs import write_csv
from evplan.errors import InputError

if TYPE_CHECKING:
    from evplan.schedule.problem import Problem
    from evplan.schedule.solve import Found
    from evplan.worker import Tell

Solver = Literal["auto", "arrow", "highs"]
REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def schedule(
    sessions: Path,
    *,
    site: Annotated[Path, says("Schedule file: limits, prices, chargers.")],
    solver: Annotated[Solver, says("The arrow where it applies, else HiGHS.")] = "auto",
    since: Annotated[Path | None, says("Folder of a plan that was followed until --now.")] = None,
    now: Annotated[
        str | None, says("Plan anew from then on, ISO 8601; sessions, prices and limits as they are known now.")
    ] = None,
    time_limit: Annotated[float, says("Seconds of search where vehicles are switched or goals are several.")] = 60.0,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
    again: Again = False,
) -> int:
    """Decide when and at what power each vehicle charges: cheapest, within the limit, true to departures; compare with what operators do.

    SESSIONS: CSV, Parquet, XLSX or JSON (ACN-Data, OCPI): arrival, departure, energy_kwh, and power, priority, V2G where known.
    """
    from evplan.commands.asked import report_folder
    from evplan.compiled import telling
    from evplan.schedule.again import anew, known_at, moment
    from evplan.schedule.prepare import prepare
    from evplan.schedule.read import named_files, read_site
    from evplan.schedule.results import write
    from evplan.schedule.solve import solve
    from evplan.schedule.tables import read_sessions
    from evplan.show.schedule import show_schedule
    from evplan.store.work import digest, work_of

    if (since is None) != (now is None):
        raise InputError("--since and --now go together: a plan, and the moment until which it was followed")
    if not time_limit > 0:
        raise InputError(f"--time-limit must be above 0 (got {time_limit:g})")
    read = read_site(site)
    folder = report_folder(output, sessions)
    come = read_sessions(sessions, read.site.chargers, read.site.timezone, read.site.columns)

    def do(_: Tell, stop: threading.Event) -> tuple[dict[str, Any], Problem, Found]:
        with telling(_compiles):
            if since is not None and now is not None:
                now_s = moment(now, read.site.timezone)
                problem = prepare(read.site, known_at(come, now_s), site.parent)
                found = anew(problem, since, now_s, solver, time_limit, stop)
            else:
                problem = prepare(read.site, come, site.parent)
                found = solve(problem, solver, time_limit, stop)
        return write(read, problem, found, folder, format or ("html",)), problem, found

    work = work_of(
        "schedule", site, named_files(read.site), sessions=digest(sessions), solver=solver, since=since and digest(since / "summary.json"),
        now=now, time_limit=time_limit, format=format,
    )  # fmt: skip
    return once(work, folder, do, lambda made: show_schedule(*made, folder), elsewhere=output is None, again=again)


def replay(
    sessions: Path,
    *,
    site: Annotated[Path, says("Schedule file: limits, prices, chargers, and what columns are called.")],
    solver: Annotated[Solver, says("The arrow where it applies, else HiGHS.")] = "auto",
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME-replay.")] = None,
    again: Again = False,
) -> int:
    """Walk through sessions as they happened, with what was known at each moment: plans made anew, policies, and hindsight.

    SESSIONS: as for `evplan schedule`; `departure` is what drivers said, `left` when they left (columns of other names: in the file).
    """
    from evplan.commands.asked import report_folder
    from evplan.compiled import telling
    from evplan.schedule.forecast import Past
    from evplan.schedule.prepare import prepare
    from evplan.schedule.read import named_files, read_site
    from evplan.schedule.replay import as_it_happened, compared
    from evplan.schedule.replayed import write_replay
    from evplan.schedule.tables import read_sessions
    from evplan.show.schedule import show_replay
    from evplan.store.work import digest, work_of

    read = read_site(site)
    folder = report_folder(output, sessions, "replay")
    come = read_sessions(sessions, read.site.chargers, read.site.timezone, read.site.columns)
    real = prepare(read.site, as_it_happened(come), site.parent)

    def do(progress: Tell, _: threading.Event) -> dict[str, Any]:
        with telling(_compiles):
            past = Past(come, read.site.timezone)
            found = compared(
                real, come.departure_s, past, solver, lambda name, step: progress(name, f"{step / real.steps:.0%}")
            )
        return write_replay(read, found, folder)

    work = work_of("schedule replay", site, named_files(read.site), sessions=digest(sessions), solver=solver)
    return once(
        work, folder, do, lambda said: show_replay(said, folder), elsewhere=output is None, again=again, stoppable=False
    )


def _compiles() -> None:
    """Tell why the first schedule takes longer."""
    print("compiling the solver for this machine: some seconds, once", file=sys.stderr, flush=True)


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
    from evplan.paths import require_file
    from evplan.schedule.synthetic import day_of, make, table_of

    require_file(output)
    made = make(day_of(count, date, timezone, profile, stay_h, energy_kwh, seed))
    write_csv(output, table_of(made, timezone))
    print(f"{output}: {count:,} sessions, {made.energy_kwh.sum():,.0f} kWh. Next: evplan schedule {output} --site FILE")

"""The command line of evplan: `evplan --help` lists the commands; batteries, tariffs and studies have files of their own."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from evplan import __version__
from evplan.commands import (
    battery,
    city,
    feeder,
    files,
    predict,
    region,
    runs,
    schedule,
    serve,
    simulate,
    siting,
    studies,
    tariffs,
)
from evplan.commands.asked import Cluster, Formats, Gap, Limit, Solver, Together, report_folder, says
from evplan.commands.comparison import compare
from evplan.commands.guard import guarded
from evplan.commands.once import Again, once
from evplan.paths import ALLOWED, FLAG

if TYPE_CHECKING:
    from evplan.report.run import Run
    from evplan.worker import Tell

CODES = "Exit codes: 0 proved plan, 1 our fault, 2 bad input, 3 infeasible, 4 time-out (a plan and its gap, if found), 130 interrupted."
ABOUT = "Plan electric-vehicle charging, prove the plan, and say whether it pays."
app = App(name="evplan", version=__version__, help=ABOUT, help_epilogue=CODES, suppress_keyboard_interrupt=False)


app.command(files.new)
app.command(files.check)
app.command(files.schema)


@app.command
def solve(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file.")] = None,
    output: Annotated[Path | None, says("Folder of the report; left out: reports/NAME[-SCENARIO].")] = None,
    solver: Annotated[Solver | None, says("Overrides the file's.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
    verbose: Annotated[bool, says("Show the solver's log.")] = False,
    again: Again = False,
    cluster: Cluster = None,
) -> int:
    """Solve an instance file and write its investment report."""
    from evplan.instance.read import read
    from evplan.scenarios.rows import plan_work

    folder = report_folder(output, file, scenario)
    how: dict[str, Any] = {"solver": solver, "gap": gap, "time_limit_s": time_limit}

    def do(progress: Tell, stop: threading.Event) -> Run:
        from evplan.plan import solve_and_write

        given = {**how, "cluster": cluster, "verbose": verbose}
        return solve_and_write(file, folder, scenario, **given, progress=progress, stop=stop)

    def show(run: Run) -> int:
        from evplan.show.plan import show_run

        return show_run(run, folder)

    work = plan_work(read(file, scenario), **how)
    return once(work, folder, do, show, elsewhere=output is None, again=again, plain=verbose)


app.command(compare)


@app.command
def report(folders: list[Path], *, format: Formats = None, output: Together = None) -> None:
    """Make a report of the folder of a plan or a risk run, checked first, in every format asked for; of several plans, one side by side."""
    from evplan.report.formats import render_all

    for path in render_all(folders, format or ["html"], output):
        print(path)


app.command(studies.futures)
app.command(studies.alternatives)
app.command(studies.stages)
app.command(studies.risk)
app.command(city.city)
app.command(schedule.schedule)
app.command(schedule.replay)
app.command(schedule.sessions)
app.command(siting.siting)
app.command(feeder.feeder)
app.command(region.region)
app.command(runs.runs)
app.command(simulate.simulate)
app.command(simulate.learn)
app.command(serve.serve)
app.command(battery.train)
app.command(battery.lookup)
app.command(predict.predict)
app.command(tariffs.app)


@app.meta.default
def asked(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    allow_outside: Annotated[
        bool, Parameter(name=FLAG, help="With any command: a file may name files outside its folder.", negative="")
    ] = False,
) -> object:
    """Run a command with what all commands have in common."""
    if allow_outside:
        os.environ[ALLOWED] = "1"
    return app(tokens)


def main() -> None:
    """Run the command line; every known error is told without a traceback, on standard error."""
    sys.exit(guarded(app.meta))

"""The command line: `evplan new | check | schema | solve | compare | futures | report | train | lookup | predict | tariff`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App

from evplan import __version__, battery, tariffs
from evplan.battery import says
from evplan.comparison import Gap, Limit, Solver, compare
from evplan.guard import guarded
from evplan.progress import live

CODES = "Exit codes: 0 proved plan, 1 our fault, 2 bad input, 3 infeasible, 4 time-out (a plan and its gap, if found), 130 interrupted."
ABOUT = "Plan electric-vehicle charging, prove the plan, and say whether it pays."
app = App(name="evplan", version=__version__, help=ABOUT, help_epilogue=CODES, suppress_keyboard_interrupt=False)


@app.command
def new(file: Path = Path("instance.yaml")) -> None:
    """Write an instance file to start from; an existing file is left alone."""
    from evplan.instance.new import write_new

    print(write_new(file))


@app.command
def check(file: Path, *, scenario: str | None = None) -> None:
    """Say everything that is wrong with an instance file, with line and column; solve nothing."""
    from evplan.instance.read import read

    found = read(file, scenario)
    battery = found.instance.catalogue.battery
    if battery is not None and battery.ageing_model is not None:
        from evplan.parameters.ageing import battery_model

        battery_model(battery, found.folder)
    print(found.told)


@app.command
def schema(*, output: Annotated[Path | None, says("File to write; left out: the terminal.")] = None) -> None:
    """Print the JSON Schema of an instance file, or write it to a file for your editor."""
    from evplan.instance.schema import json_schema

    output.write_text(json_schema(), encoding="utf-8") if output else sys.stdout.write(json_schema())


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
) -> int:
    """Solve an instance file and write its investment report."""
    from evplan.plan import solve_and_write
    from evplan.show import show_run

    folder = output or Path("reports") / "-".join(filter(None, [file.stem, scenario]))
    how = {"solver": solver, "gap": gap, "time_limit_s": time_limit, "verbose": verbose}
    with live(plain=verbose) as progress:
        run = solve_and_write(file, folder, scenario, **how, progress=progress)
    return show_run(run, folder)


app.command(compare)


@app.command
def futures(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file, which the futures then build on.")] = None,
    output: Annotated[Path | None, says("Folder of the tables; left out: reports/NAME[-SCENARIO]-futures.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
) -> int:
    """Find one plan for all futures of an instance file: what it is worth in each, what planning for all brings."""
    from evplan.futures import solve_futures
    from evplan.paths import require_writable
    from evplan.show_futures import show_futures, write_futures

    folder = output or Path("reports") / "-".join(filter(None, [file.stem, scenario, "futures"]))
    require_writable(folder)
    with live() as progress:
        run = solve_futures(file, scenario, gap=gap, time_limit_s=time_limit, progress=progress)
    write_futures(run, folder)
    return show_futures(run, folder)


@app.command
def report(folder: Path) -> None:
    """Make report.html again from a run folder, after checking that nothing in it was changed."""
    from evplan.report.investment import render

    print(render(folder))


app.command(battery.train)
app.command(battery.lookup)
app.command(battery.predict)
app.command(tariffs.app)


def main() -> None:
    """Run the command line; every known error is told without a traceback, on standard error."""
    sys.exit(guarded(app))

"""The command line: `evplan new | check | schema | solve | compare | report | train | lookup | predict`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from evplan import __version__
from evplan.guard import guarded
from evplan.progress import live

CODES = "Exit codes: 0 proved plan, 1 our fault, 2 bad input, 3 infeasible, 4 time-out (a plan and its gap, if found), 130 interrupted."
ABOUT = "Plan electric-vehicle charging, prove the plan, and say whether it pays."
app = App(name="evplan", version=__version__, help=ABOUT, help_epilogue=CODES, suppress_keyboard_interrupt=False)


def says(text: str) -> Parameter:
    """Return a parameter with a help text."""
    return Parameter(help=text, negative="")


Chemistry = Annotated[Literal["lfp", "nmc"] | None, says("Left out: both.")]
Solver = Literal["highs", "scip"]
Gap = Annotated[float | None, says("Relative gap at which the search stops; overrides the file's.")]
Limit = Annotated[float | None, says("Seconds of search; overrides the file's.")]


@app.command
def new(file: Path = Path("instance.yaml")) -> None:
    """Write an instance file to start from; an existing file is left alone."""
    from evplan.instance.new import write_new

    print(write_new(file))


@app.command
def check(file: Path, *, scenario: str | None = None) -> None:
    """Say everything that is wrong with an instance file, with line and column; solve nothing."""
    from evplan.instance.read import read

    print(read(file, scenario).told)


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


@app.command
def compare(
    file: Path,
    *,
    scenario: Annotated[list[str] | None, says("Repeat for more; base: the file as it stands. Left out: all.")] = None,
    solver: Annotated[list[Solver] | None, says("Repeat for more. Left out: the file's.")] = None,
    output: Annotated[Path | None, says("CSV file; left out: reports/NAME-comparison.csv.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
) -> int:
    """Solve scenarios with solvers side by side; print and write one table."""
    from evplan.scenarios import compare as solve_all
    from evplan.show import show_comparison

    table = output or Path("reports") / f"{file.stem}-comparison.csv"
    with live() as progress:
        rows = solve_all(file, scenario, solver or (), gap=gap, time_limit_s=time_limit, table=table, progress=progress)
    return show_comparison(rows, table)


@app.command
def report(folder: Path) -> None:
    """Make report.html again from a run folder, after checking that nothing in it was changed."""
    from evplan.report.investment import render

    print(render(folder))


@app.command
def train(chemistry: Chemistry = None, *, samples: Annotated[int, says("Size of the dataset.")] = 20_000, seed: int = 1,
          output: Annotated[Path | None, says("Folder of model and card; left out: models/.")] = None) -> None:  # fmt: skip
    """Draw the Monte Carlo dataset, train the ageing model, and write it with its card to models/."""
    from evplan.degradation.train import train as train_one
    from evplan.show import show_card

    for name in [chemistry] if chemistry else ["lfp", "nmc"]:
        show_card(train_one(name, output, samples, seed))


@app.command
def lookup(*, output: Annotated[Path | None, says("CSV; left out: the shipped one.")] = None, jobs: int = 2) -> None:
    """Rebuild the thermal lookup table with PyBaMM (some minutes)."""
    from evplan.degradation.lookup import build_lookup

    with live() as progress:
        path = build_lookup(output, lambda done, total, row: progress("lookup", f"{done} of {total}"), jobs)
    print(path)


@app.command
def predict(
    *,
    chemistry: Literal["lfp", "nmc"] = "lfp",
    use: Annotated[
        Path | None, says("CSV of hourly temperature_c and soc that repeats; replaces the next five.")
    ] = None,
    temperature_c: Annotated[float, says("Cell temperature, degrees Celsius.")] = 25.0,
    soc: Annotated[float, says("Mean state of charge, 0 to 1.")] = 0.5,
    depth: Annotated[float, says("Depth of the usual cycle, 0 to 1.")] = 0.8,
    c_rate: Annotated[float, says("Mean charge and discharge rate, 1/h.")] = 0.5,
    cycles_per_year: Annotated[float, says("Full equivalent cycles per year.")] = 300.0,
    years: Annotated[float, says("Age to predict, years."), Parameter(validator=Number(gte=0))] = 10.0,
    end_of_life_soh: Annotated[float, says("Fraction of new capacity at which cells are replaced.")] = 0.8,
) -> None:
    """Predict a battery's state of health and life from its use; warns outside the model's range."""
    from evplan.show import show_prediction

    show_prediction(chemistry, use or (temperature_c, soc, depth, c_rate, cycles_per_year), years, end_of_life_soh)


def main() -> None:
    """Run the command line; every known error is told without a traceback, on standard error."""
    sys.exit(guarded(app))

"""What several commands ask in the same words: options with their help, and the folder of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def says(text: str) -> Parameter:
    """Return a parameter with a help text."""
    return Parameter(help=text, negative="")


Solver = Literal["highs", "highs-simplex", "highs-ipm", "highs-hipo", "scip", "cbc", "gurobi"]
Format = Literal["html", "pdf", "xlsx", "csv", "json"]
Formats = Annotated[
    list[Format] | None, Parameter(help="One or several; left out: html.", negative="", consume_multiple=True)
]
Together = Annotated[
    Path | None, Parameter(help="Folder of the page on several runs; left out: reports/comparison.", negative="")
]
Gap = Annotated[float | None, says("Relative gap at which the search stops; overrides the file's.")]
Cluster = Annotated[
    str | None, says("A Dask scheduler, tcp://HOST:PORT, whose workers see the same files (extra `cluster`).")
]
Limit = Annotated[float | None, says("Seconds of search; overrides the file's.")]


def report_folder(output: Path | None, file: Path, *names: str | None) -> Path:
    """Return the folder to write into, by the file's name and what was asked of it; refuse at once one that cannot be."""
    from evplan.paths import require_writable

    folder = output or Path("reports") / "-".join(filter(None, [file.stem, *names]))
    require_writable(folder)
    return folder

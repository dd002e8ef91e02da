"""The world of ports and vehicles: policies side by side on the same days, beside the best that could have been done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from evplan.commands.asked import says

POLICY = Parameter(
    help="One or several: as-fast, as-late, as-late-rated, round-robin, earliest-deadline, least-laxity, nothing, random, mpc, "
    "mpc-perfect, optimum; left out: as-fast, as-late, mpc, optimum.",
    negative="",
    consume_multiple=True,
)
USUAL = ("as-fast", "as-late", "mpc", "optimum")
REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def simulate(
    file: Path,
    *,
    policy: Annotated[list[str] | None, POLICY] = None,
    days: Annotated[int, says("How many worlds, each from a seed of its own.")] = 5,
    seed: Annotated[int, says("Of the first; the others follow.")] = 0,
    record: Annotated[bool, says("Write every step of every port of the first world, for each policy.")] = False,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
) -> int:
    """Let policies charge the vehicles of a v2x file, on the same days, and compare them with the best that could have been done.

    FILE: a world (`evplan new --kind v2x`), a recorded trace (.parquet), or a benchmark instance (.json).
    """
    from evplan.commands.asked import report_folder
    from evplan.commands.progress import live
    from evplan.compiled import telling
    from evplan.show.simulate import show_simulation
    from evplan.v2x.results import compare_and_write

    folder = report_folder(output, file)
    with live() as progress, telling(_compiles):
        said = compare_and_write(file, policy or list(USUAL), days, seed, record, folder, format or ("html",), progress)
    return show_simulation(said, folder)


def _compiles() -> None:
    """Tell why the first world takes longer."""
    print("compiling the world for this machine: some seconds, once", file=sys.stderr, flush=True)

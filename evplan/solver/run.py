"""Run a compiled program with the solver the user named."""

from __future__ import annotations

import numpy as np

from evplan.errors import InputError
from evplan.solver.compile import Program
from evplan.solver.outcome import Options, Outcome, Progress

NAMES = ("highs", "scip")


def run(
    program: Program, linking: np.ndarray, name: str, options: Options, progress: Progress | None = None
) -> Outcome:
    """Return what solver `name` finds.

    linking : bool array, shape (columns,)   Columns whose fixing lets the program fall apart; HiGHS
        solves it by decomposition then, any other solver as a whole.

    Raises `InputError` if the solver is unknown or not installed.
    """
    if name == "highs":
        from evplan.solver import benders

        return benders.run(program, linking, options, progress)
    if name == "scip":
        from evplan.solver import scip

        return scip.run(program, options, progress)
    raise InputError(f"there is no solver {name!r}; known here: {', '.join(NAMES)}")

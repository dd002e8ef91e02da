"""Run a compiled program with the solver the user named."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from evplan.errors import InputError
from evplan.solver.compile import Program
from evplan.solver.outcome import Options, Outcome, Progress

LP_SOLVERS = {"highs-simplex": "simplex", "highs-ipm": "ipx", "highs-hipo": "hipo"}
RESERVED = re.compile(  # what the proof rests on, or what evplan sets itself
    r"threads|time_?limit|gap|ratio|^sec$|tolerance|tol$|output_flag|log_|objective|iteration_limit|^solver$|crossover|strategy|nodelimit|limits/|MIPFocus",
    re.IGNORECASE,
)
OWN = "is not for options: gap, time limit and threads are evplan's own (solver.gap, solver.time_limit_s), tolerances carry the proof"
NAMES = ("highs", *LP_SOLVERS, "scip", "cbc", "gurobi")


def run(
    program: Program, linking: np.ndarray, name: str, options: Options, progress: Progress | None = None
) -> Outcome:
    """Return what solver `name` finds.

    linking : bool array, shape (columns,)   Columns whose fixing lets the program fall apart; `highs`
        solves it by decomposition then, any other solver as a whole.

    Raises `InputError` if the solver is unknown or not installed, or knows no such option.
    """
    reserved = sorted(option for option in options.settings if RESERVED.search(option))
    if reserved:
        raise InputError(f"solver.options.{name}.{reserved[0]}: {OWN}")
    if name == "highs":
        from evplan.solver import benders

        return benders.run(program, linking, options, progress)
    if name in LP_SOLVERS:
        from evplan.solver import highs

        lp = LP_SOLVERS[name]
        settings = {"mip_lp_solver": lp} if program.integer.any() else {"solver": lp}
        found = highs.run(program, replace(options, settings={**settings, **options.settings}), progress)
        return replace(found, solver=f"{found.solver} {lp}")
    if name in ("scip", "cbc", "gurobi"):
        from evplan.solver import cbc, gurobi, scip

        return {"scip": scip.run, "cbc": cbc.run, "gurobi": gurobi.run}[name](program, options, progress)
    raise InputError(f"there is no solver {name!r}; known here: {', '.join(NAMES)}")

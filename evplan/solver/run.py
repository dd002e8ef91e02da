"""Run a compiled program with the solver the user named."""

from __future__ import annotations

from evplan.errors import InputError
from evplan.solver.compile import Program
from evplan.solver.outcome import Options, Outcome, Progress

NAMES = ("highs", "scip")


def run(program: Program, name: str, options: Options, progress: Progress | None = None) -> Outcome:
    """Return what solver `name` finds. Raises `InputError` if it is unknown or not installed."""
    if name == "highs":
        from evplan.solver import highs

        return highs.run(program, options, progress)
    if name == "scip":
        from evplan.solver import scip

        return scip.run(program, options, progress)
    raise InputError(f"there is no solver {name!r}; known here: {', '.join(NAMES)}")

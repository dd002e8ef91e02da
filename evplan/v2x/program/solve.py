"""Solve a world's program on HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.errors import EvplanError
from evplan.solver.compile import compile_model
from evplan.solver.highs import run
from evplan.solver.outcome import Options
from evplan.v2x.program.model import model
from evplan.v2x.program.problem import Problem

EXACT = 1e-7  # relative gap where whole numbers are needed


@dataclass(frozen=True)
class Planned:
    """What a program says. cost : of it.  bound : no decision costs less.  drawn, given, level : kWh by column, shape (columns,)."""

    cost: float
    bound: float
    drawn: np.ndarray
    given: np.ndarray
    level: np.ndarray


def solve(problem: Problem, limit_s: float = 60.0) -> Planned:
    """Return the cheapest that can be done, or the cheapest found in the time where whole numbers are needed."""
    block = model(problem)
    program = compile_model(block)
    found = run(program, Options(gap=EXACT, time_limit_s=limit_s))
    if found.x is None:
        raise EvplanError(f"a world always has a plan, and HiGHS found none ({found.status}); report the file")
    x = found.x

    def of(name: str) -> np.ndarray:
        at = program.columns.grid(getattr(block, name))
        return np.where(at >= 0, x[np.maximum(at, 0)], 0.0)

    return Planned(found.objective, found.bound, of("drawn"), of("given"), of("level"))

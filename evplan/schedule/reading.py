"""Read a decision off a solved program."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.schedule.flows import Decision
from evplan.schedule.problem import Problem
from evplan.solver.compile import Program


def decision_of(problem: Problem, block: Any, program: Program, x: np.ndarray) -> Decision:
    """Return the decision that a solution of the whole program is. x : shape (program's columns,)."""

    def of(name: str, size: int) -> np.ndarray:
        variable = getattr(block, name, None)
        if variable is None:
            return np.zeros(size)
        at = program.columns.grid(variable)
        return np.where(at >= 0, np.maximum(x[np.maximum(at, 0)], 0.0), 0.0)

    columns, steps = len(problem.columns), problem.steps
    return Decision(
        of("drawn_kwh", columns), of("given_kwh", columns), np.where(problem.price < 0, of("spill_kwh", steps), 0.0),
        of("charge_kwh", steps), of("discharge_kwh", steps),
    )  # fmt: skip

"""Read a decision off a solved program."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.schedule.flows import Decision, full_stops
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
    drawn = of("drawn_kwh", columns)
    if of("over_kwh", len(problem.sessions)).any() and not problem.gives.any():
        drawn = full_stops(problem, drawn)
    return Decision(
        drawn,
        of("given_kwh", columns), np.where(problem.price < 0, of("spill_kwh", steps), 0.0), of("charge_kwh", steps),
        of("discharge_kwh", steps), _phase(problem, block, program, x),
    )  # fmt: skip


def _phase(problem: Problem, block: Any, program: Program, x: np.ndarray) -> np.ndarray | None:
    """Return the phase of each session, where the plan chooses it."""
    if not problem.points.chooses_phase:
        return None
    at = program.columns.grid(block.is_on)
    there = np.where(at >= 0, x[np.maximum(at, 0)], 0.0)
    return np.where(at[:, 0] >= 0, 1 + there.argmax(axis=1), np.asarray(problem.points.phase))

"""Solve a world's program on HiGHS: again with tangents where it lives on the room between them, until there is none."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.solver.compile import compile_model
from evplan.solver.highs import checked, load
from evplan.v2x.program.model import model
from evplan.v2x.program.problem import Problem
from evplan.v2x.program.tangents import Lines, passed

EXACT = 1e-7  # relative gap where whole numbers are needed
ROUNDS, ROOM_KWH = 30, 1e-7


@dataclass(frozen=True)
class Planned:
    """What a program says. cost : of it.  bound : no decision costs less.  drawn, given, level : kWh by column, shape (columns,)."""

    cost: float
    bound: float
    drawn: np.ndarray
    given: np.ndarray
    level: np.ndarray


def solve(problem: Problem) -> Planned:
    """Return the cheapest that can be done."""
    block = model(problem)
    program = compile_model(block)
    highs, whole = load(program), bool(program.integer.any())
    checked(highs.setOptionValue("mip_rel_gap", EXACT), "option mip_rel_gap")
    at = {name: program.columns.grid(getattr(block, name)) for name in ("drawn", "given", "level")}
    for _ in range(ROUNDS):
        x = _run(highs)
        more = passed(problem, x[at["level"]], ROOM_KWH)
        if not len(more.column):
            break
        _add(highs, problem, at["level"], more)
    info = highs.getInfo()
    cost = float(info.objective_function_value)
    drawn, given, level = (np.where(where >= 0, x[np.maximum(where, 0)], 0.0) for where in at.values())
    return Planned(cost, float(info.mip_dual_bound) if whole else cost, drawn, given, level)


def _run(highs: highspy.Highs) -> np.ndarray:
    checked(highs.run(), "run")
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise EvplanError("a world always has a plan, and HiGHS found none; report the file")
    return np.asarray(highs.getSolution().col_value)


def _add(highs: highspy.Highs, problem: Problem, level: np.ndarray, lines: Lines) -> None:
    """Add lines to a program. level : the program's column of each level."""
    for column, offset, rise in zip(*lines, strict=True):
        if problem.first[column]:
            most = offset + rise * problem.stays.came[problem.stay[column]]
            where, values = level[[column]], np.ones(1)
        else:
            most, where, values = offset, level[[column, column - 1]], np.array([1.0, -rise])
        checked(highs.addRow(-highspy.kHighsInf, float(most), len(where), where.astype(np.int32), values), "addRow")

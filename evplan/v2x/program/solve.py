"""Solve a world's program on HiGHS: again with tangents where it lives on the room between them, until there is none."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from evplan.errors import EvplanError
from evplan.solver.compile import compile_model
from evplan.solver.highs import checked, load
from evplan.v2x.program.model import model, nobody
from evplan.v2x.program.problem import Problem
from evplan.v2x.program.tangents import Lines, passed

EXACT, LIMIT_S = 1e-5, 20.0  # relative gap, and seconds of all searches of a world, where whole numbers are needed
ROUNDS, ROOM_KWH, FAINT_KWH = 30, 1e-7, 1e-6
WHOLE_ROOM_KWH = 5e-6  # HiGHS keeps rows to 1e-6 where whole numbers are sought


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
    if not len(problem.stay):
        bound = nobody(problem)
        return Planned(bound, bound, np.zeros(0), np.zeros(0), np.zeros(0))
    block = model(problem)
    program = compile_model(block)
    highs, whole = load(program), np.flatnonzero(program.integer).astype(np.int32)
    at = {name: program.columns.grid(getattr(block, name)) for name in ("drawn", "given", "level")}
    # Whole numbers come last: most tangents are found without them, and most plans need none.
    _let(highs, whole, highspy.HighsVarType.kContinuous)
    x = _cut(highs, problem, at["level"], ROOM_KWH)
    needed = bool(len(whole)) and _both(x, at) > FAINT_KWH
    if needed:
        _let(highs, whole, highspy.HighsVarType.kInteger)
        checked(highs.setOptionValue("mip_rel_gap", EXACT), "option mip_rel_gap")
        checked(highs.setOptionValue("time_limit", LIMIT_S), "option time_limit")
        x = _cut(highs, problem, at["level"], WHOLE_ROOM_KWH)
    info = highs.getInfo()
    cost = float(info.objective_function_value)
    drawn, given, level = (np.where(where >= 0, x[np.maximum(where, 0)], 0.0) for where in at.values())
    return Planned(cost, float(info.mip_dual_bound) if needed else cost, drawn, given, level)


def _cut(highs: highspy.Highs, problem: Problem, level: np.ndarray, room_kwh: float) -> np.ndarray:
    """Run until no level passes what full power brings by more than some room; return the solution. level : the program's columns."""
    x = _run(highs)
    for _ in range(ROUNDS):
        more = passed(problem, x[level], room_kwh)
        if not len(more.column):
            break
        _add(highs, problem, level, more)
        x = _run(highs)
    return x


def _both(x: np.ndarray, at: dict[str, np.ndarray]) -> float:
    """Return the most that a vehicle draws while it gives, or gives while it draws, kWh."""
    there = at["given"] >= 0
    return float(np.minimum(x[at["drawn"][there]], x[at["given"][there]]).max(initial=0.0))


def _let(highs: highspy.Highs, columns: np.ndarray, kind: highspy.HighsVarType) -> None:
    """Let columns be whole or not."""
    for column in columns.tolist():
        checked(highs.changeColIntegrality(column, kind), "changeColIntegrality")


def _run(highs: highspy.Highs) -> np.ndarray:
    checked(highs.run(), "run")
    found = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    timed_out = highs.getModelStatus() == highspy.HighsModelStatus.kTimeLimit and found
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal and not timed_out:
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

"""One block of a decomposed program: an LP that is visited again and again at other sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csc_array, hstack

from evplan.errors import EvplanError
from evplan.solver.blocks import Block, part
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load, set_options


@dataclass(frozen=True)
class Cut:
    """What a visit taught.

    feasible: theta >= value + slope (z - x).  Not feasible: slope z >= value, which x violates.
    """

    feasible: bool
    value: float
    slope: np.ndarray
    x: np.ndarray


class Subproblem:
    """A block in HiGHS. `place` are the positions of its linking columns among all linking columns."""

    def __init__(
        self, program: Program, block: Block, place: np.ndarray, options: dict[str, Any] | None = None
    ) -> None:
        self.columns, self.place = block.columns, place
        every = np.concatenate([block.columns, block.links])
        cost = np.concatenate([program.cost[block.columns], np.zeros(len(block.links))])
        self._part = part(program, block.rows, every, cost, integer=False)
        self._links = np.arange(len(block.columns), len(every), dtype=np.int32)
        self._highs = load(self._part)
        settings: dict[str, int | str] = {"solver": "simplex", "simplex_strategy": 1}
        for name, value in settings.items():
            checked(self._highs.setOptionValue(name, value), f"option {name}")
        set_options(self._highs, options or {})
        self._touched = np.unique(self._part.matrix[:, self._links].indices)
        self._elastic: highspy.Highs | None = None
        self.x = np.zeros(len(block.columns))

    def least(self) -> float:
        """Return the block's cost if it could choose the sizes for itself: a bound on every theta."""
        lower, upper = self._part.lower[self._links], self._part.upper[self._links]
        checked(self._highs.changeColsBounds(len(lower), self._links, lower, upper), "changeColsBounds")
        checked(self._highs.run(), "run")
        is_optimal = self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return self._highs.getObjectiveValue() if is_optimal else -highspy.kHighsInf

    def visit(self, sizes: np.ndarray) -> Cut:
        """Return the cut at `sizes` (all linking columns)."""
        at = sizes[self.place]
        checked(self._highs.changeColsBounds(len(at), self._links, at, at), "changeColsBounds")
        checked(self._highs.run(), "run")
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            solution = self._highs.getSolution()
            self.x = np.asarray(solution.col_value)[: len(self.columns)]
            slope = np.asarray(solution.col_dual)[self._links]
            return Cut(True, self._highs.getObjectiveValue(), slope, at)
        if status == highspy.HighsModelStatus.kInfeasible:
            return self._infeasible(at)
        raise EvplanError(f"HiGHS stopped a block with status {self._highs.modelStatusToString(status)!r}")

    def _infeasible(self, at: np.ndarray) -> Cut:
        """Return the cut at sizes where the block cannot be: how far off it is must fall to zero."""
        if self._elastic is None:
            self._elastic = load(elastic(self._part, self._touched))
        checked(self._elastic.changeColsBounds(len(at), self._links, at, at), "changeColsBounds")
        checked(self._elastic.run(), "run")
        status = self._elastic.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return Cut(False, 1.0, np.zeros(len(at)), at)  # 0 >= 1: rows that hang on no size clash, whatever the sizes
        if status != highspy.HighsModelStatus.kOptimal:
            raise EvplanError("HiGHS cannot say how far a block is from feasible; try --solver scip")
        slope = np.asarray(self._elastic.getSolution().col_dual)[self._links]
        return Cut(False, self._elastic.getObjectiveValue() - float(slope @ at), -slope, at)


def elastic(program: Program, rows: np.ndarray) -> Program:
    """Return the program of least violation: the rows given may be missed at a price of 1 per unit."""
    below = rows[np.isfinite(program.row_lower[rows])]
    above = rows[np.isfinite(program.row_upper[rows])]
    slacks = len(below) + len(above)
    at = (np.concatenate([below, above]), np.arange(slacks))
    sign = np.concatenate([np.ones(len(below)), -np.ones(len(above))])
    slack = csc_array((sign, at), shape=(program.matrix.shape[0], slacks))
    return replace(
        program,
        matrix=csc_array(hstack([program.matrix, slack])),
        cost=np.concatenate([np.zeros(len(program.cost)), np.ones(slacks)]),
        offset=0.0,
        lower=np.concatenate([program.lower, np.zeros(slacks)]),
        upper=np.concatenate([program.upper, np.full(slacks, np.inf)]),
        integer=np.concatenate([program.integer, np.zeros(slacks, bool)]),
    )

"""One block of a decomposed program: an LP that is visited again and again at other sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csc_array, csr_array, hstack

from evplan.errors import EvplanError
from evplan.solver.blocks import Block, part
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load, set_options
from evplan.solver.walls import Walls

INSIDE = 1e-7  # by how much bounds may cross, in units of their rows: the solver's own accuracy


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
        self.columns, self.place, self._options = block.columns, place, options or {}
        every = np.concatenate([block.columns, block.links])
        cost = np.concatenate([program.cost[block.columns], np.zeros(len(block.links))])
        self._part = part(program, block.rows, every, cost, integer=False)
        self._links = np.arange(len(block.columns), len(every), dtype=np.int32)
        self._highs = load(self._inner())
        settings: dict[str, int | str] = {"solver": "simplex", "simplex_strategy": 1}
        for name, value in settings.items():
            checked(self._highs.setOptionValue(name, value), f"option {name}")
        set_options(self._highs, self._options)
        self._touched = np.unique(self._part.matrix[:, self._links].indices)
        self._elastic: highspy.Highs | None = None

    @property
    def x(self) -> np.ndarray:
        """Return the block's own columns as the last visit left them; to be asked before the next."""
        return np.asarray(self._highs.getSolution().col_value)[: len(self.columns)]

    def _inner(self) -> Program:
        """Return the block without the rows that are bounds, which are kept as walls with the bounds that columns have by themselves."""
        whole, own = self._part, len(self.columns)
        by_row = whole.by_row
        inside = csr_array(by_row[:, :own])
        single = np.diff(inside.indptr) == 1
        first = inside.indptr[:-1][single]
        factor, column = inside.data[first], inside.indices[first]
        rows = csr_array(by_row[single] / factor[:, None])
        low, high = whole.row_lower[single] / factor, whole.row_upper[single] / factor
        low, high = np.where(factor > 0, low, high), np.where(factor > 0, high, low)
        self._walls = (Walls(rows, own, low, above=False), Walls(rows, own, high, above=True))
        self._lower, self._upper, self._inside = whole.lower[:own], whole.upper[:own], np.full(own, INSIDE)
        np.maximum.at(self._inside, column, INSIDE / np.abs(factor))
        self._walled = np.unique(np.concatenate([wall.columns for wall in self._walls])).astype(np.int32)
        return replace(
            whole,
            matrix=csc_array(by_row[~single]),
            row_lower=whole.row_lower[~single],
            row_upper=whole.row_upper[~single],
        )

    def least(self) -> float:
        """Return the block's cost if it could choose the sizes for itself: a bound on every theta."""
        highs = load(self._part)
        set_options(highs, self._options)
        checked(highs.run(), "run")
        is_optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return highs.getObjectiveValue() if is_optimal else -highspy.kHighsInf

    def visit(self, sizes: np.ndarray) -> Cut:
        """Return the cut at `sizes` (all linking columns)."""
        at = sizes[self.place]
        lower, upper = self._lower.copy(), self._upper.copy()
        found = [(wall, *wall.at(at)) for wall in self._walls]
        (low, lowest, _), (high, highest, _) = found
        lower[low.columns] = np.maximum(lower[low.columns], lowest)
        upper[high.columns] = np.minimum(upper[high.columns], highest)
        if (lower - upper > self._inside).any():
            return self._infeasible(at)
        upper = np.maximum(lower, upper)
        index = np.concatenate([self._walled, self._links])
        lower, upper = np.append(lower[self._walled], at), np.append(upper[self._walled], at)
        checked(self._highs.changeColsBounds(len(index), index, lower, upper), "changeColsBounds")
        checked(self._highs.run(), "run")
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            dual = np.asarray(self._highs.getSolution().col_dual)
            return Cut(True, self._highs.getObjectiveValue(), self._slope(dual, found), at)
        if status == highspy.HighsModelStatus.kInfeasible:
            return self._infeasible(at)
        raise EvplanError(f"HiGHS stopped a block with status {self._highs.modelStatusToString(status)!r}")

    def _slope(self, dual: np.ndarray, found: list[tuple[Walls, np.ndarray, np.ndarray]]) -> np.ndarray:
        """Return what a unit more of each size costs: by itself, and by the walls that it moves."""
        slope = dual[self._links].copy()
        for wall, tightest, number in found:
            own = dual[wall.columns]
            if wall.above:
                binds = (own < 0) & (tightest <= self._upper[wall.columns])
            else:
                binds = (own > 0) & (tightest >= self._lower[wall.columns])
            slope -= wall.matrix[number[binds]].T @ own[binds]
        return slope

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

"""Constraints on a grid: a year of rows is declared and compiled at once; Pyomo's own members are made only when something asks."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.environ import Any as Anything

from evplan.linear.affine import Relation
from evplan.linear.columns import plain
from evplan.linear.lazy import Lazy
from evplan.linear.pairs import Linear


class Rows(Lazy, IndexedConstraint):
    """A constraint with one row for each place of a relation's grid, or for those in `where` (an array of that shape, bool)."""

    def __init__(self, relation: Relation, where: Any = None, doc: str | None = None) -> None:
        self.relation = relation
        self.where = np.ones(relation.body.shape, bool) if where is None else np.asarray(where, bool)
        super().__init__(Anything, doc=doc)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the limits of every row's terms, its constant taken to their side, each of shape (rows,)."""
        constant = np.broadcast_to(self.relation.body.constant, self.where.shape)[self.where]
        ends = (self.relation.lower, self.relation.upper)
        lower, upper = (end - constant if np.isfinite(end) else np.full(len(constant), end) for end in ends)
        return lower, upper

    def _make(self) -> dict[Any, Any]:
        rows = zip(self.indices.tolist(), self.relation.body.pairs(self.where), *self.limits(), strict=True)
        return {plain(index): self._member(plain(index), *row) for index, *row in rows}

    def _member(self, index: Any, pairs: Any, lower: float, upper: float) -> ConstraintData:
        row, body = ConstraintData(None, self), Linear(pairs)
        row._index = index
        if lower == upper:
            row._expr = body == float(upper)
        else:
            row._expr = body <= float(upper) if np.isfinite(upper) else body >= float(lower)
        return row

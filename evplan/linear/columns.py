"""Variables on a grid: a year of columns is declared at once; Pyomo's own members are made only when something asks for them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from pyomo.core.base.var import IndexedVar, VarData
from pyomo.environ import Any as Anything
from pyomo.environ import Integers, Reals

from evplan.linear.lazy import Lazy
from evplan.linear.pairs import members


class Columns(Lazy, IndexedVar):
    """A variable with one column wherever `where` says so, in the order of the grid.

    where : shape of the grid, or an array of that shape, bool.  lower, upper : bounds, broadcast to the grid.
    whole : whether they are whole numbers.
    """

    def __init__(
        self, where: tuple[int, ...] | Any, lower: Any = 0.0, upper: Any = np.inf, whole: bool = False
    ) -> None:
        self.where = np.ones(where, bool) if isinstance(where, tuple) else np.asarray(where, bool)
        self._lower, self._upper, self.whole = lower, upper, whole
        super().__init__(Anything, dense=False)

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds of every column as they were declared, each of shape (columns,)."""
        shape, there = self.where.shape, self.where
        return np.broadcast_to(self._lower, shape)[there] + 0.0, np.broadcast_to(self._upper, shape)[there] + 0.0

    def _make(self) -> dict[Any, Any]:
        rows = zip(self.indices.tolist(), *(bound.tolist() for bound in self.bounds), strict=True)
        return {plain(index): self._member(plain(index), *bounds) for index, *bounds in rows}

    def _member(self, index: Any, lower: float, upper: float) -> VarData:
        member = VarData(component=self)
        member._index, member._domain = index, Integers if self.whole else Reals
        member._lb, member._ub = (bound if np.isfinite(bound) else None for bound in (lower, upper))
        return member


def plain(index: list[int]) -> Any:
    """Return an index as Pyomo has it: None without an axis, a number where there is one, a tuple where there are more."""
    return tuple(index) if len(index) > 1 else index[0] if index else None


def grid(variable: Any) -> np.ndarray:
    """Return where each column of a variable stands among its columns, -1 where there is none: an array over its indices.

    An ordinary Pyomo variable must have no index, or whole numbers from 0.
    """
    if isinstance(variable, Columns):
        there = variable.where
        places = np.full(there.shape, -1)
        places[there] = np.arange(len(variable))
        return places
    if not variable.is_indexed():
        return np.array(0)
    indices = np.array([index if isinstance(index, tuple) else (index,) for index in members(variable)])
    if len(indices) and (indices.dtype.kind not in "iu" or indices.min() < 0):
        raise ValueError(f"{variable.local_name}: indices of a variable in arrays are whole numbers from 0")
    if not len(indices):
        axes = variable.dim()
        return np.full((0,) * (axes if isinstance(axes, int) else 1), -1)
    places = np.full(indices.max(axis=0) + 1, -1)
    places[tuple(indices.T)] = np.arange(len(indices))
    return places

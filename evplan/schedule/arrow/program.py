"""A program in the shape of an arrow, what a search of it begins and ends with, and the bound that any duals give.

Whatever the duals are, right shared + want session + sum of min(0, reduced cost) upper is a bound: the gap is certified without trust in
the iterations. Source: Wright 1997, Primal-Dual Interior-Point Methods, chapter 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evplan.schedule.arrow import rows
from evplan.schedule.arrow.layout import Layout
from evplan.schedule.arrow.shared import Shared


@dataclass(frozen=True)
class Arrow:
    """A program as in the room's docstring. Columns of x stand session by session; those of a session lie in consecutive rows.

    first : the first column of each session, and how many there are, int, shape (sessions + 1,).  row : of each x, int, shape (columns,);
    a row is a step.  cost, upper : shape (columns,).  gain, want, short_cost : shape (sessions,).
    shared : H.  right : shape (rows,).
    """

    first: np.ndarray
    row: np.ndarray
    gain: np.ndarray
    cost: np.ndarray
    upper: np.ndarray
    want: np.ndarray
    short_cost: np.ndarray
    shared: Shared
    shared_cost: np.ndarray
    shared_upper: np.ndarray
    right: np.ndarray

    @property
    def session(self) -> np.ndarray:
        """Return the session of each x, shape (columns,)."""
        return np.repeat(np.arange(len(self.want)), np.diff(self.first))

    @property
    def all_costs(self) -> np.ndarray:
        """Return the cost of x, s and y."""
        return np.concatenate([self.cost, self.short_cost, self.shared_cost])

    @property
    def all_upper(self) -> np.ndarray:
        """Return the upper bounds of x, s and y."""
        return np.concatenate([self.upper, self.want, self.shared_upper])

    @cached_property
    def layout(self) -> Layout:
        """Return how its rows and columns lie. Raises: ValueError for what compiled loops, which look at no bounds, must not see."""
        count = np.diff(self.first)
        there, low = count > 0, np.zeros(len(self.want), int)
        low[there] = self.row[self.first[:-1][there]]
        if len(self.row) and not (
            np.array_equal(self.row, np.repeat(low - self.first[:-1], count) + np.arange(len(self.row)))
            and 0 <= self.row.min() <= self.row.max() < self.shared.steps
        ):
            raise ValueError("the columns of a session must lie in consecutive steps")
        return Layout(self.first, low, self.gain, self.shared.number, self.shared.step_h)

    def bound(self, session: np.ndarray, shared: np.ndarray) -> float:
        """Return a lower bound of the optimum by any duals of the rows."""
        reduced = self.all_costs
        across = np.empty_like(reduced)
        rows.transposed(self.layout, np.concatenate([session, shared]), across)
        reduced -= across
        return float(self.want @ session + self.right @ shared + np.minimum(reduced, 0.0) @ self.all_upper)


@dataclass(frozen=True)
class Point:
    """What an interior point ends with. x : shape (columns,).  y : shape (shared columns,).  session, shared : duals of the rows.

    bound : of the optimum, certified.
    """

    x: np.ndarray
    y: np.ndarray
    session: np.ndarray
    shared: np.ndarray
    bound: float
    iterations: int


@dataclass(frozen=True)
class Guess:
    """Duals that the search begins at, and how far, in money per unit, prices may be from them. session, shared : as in `Point`."""

    session: np.ndarray
    shared: np.ndarray
    off: float

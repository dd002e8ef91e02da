"""Bounds of a block's columns that hang on the sizes.

A row with a single column of the block, a x_j + L z <= b with sizes z, is a bound of that column: x_j <= (b - L z) / a. It needs
no place in the basis; the reduced cost of x_j at that bound is what the row's dual would be.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array


class Walls:
    """Bounds of a block's columns that hang on the sizes. column : of each; matrix : what sizes take off it.

    limit : shape (walls,); wall i is limit[i] - matrix[i] z, an upper bound if `above`, else a lower one.
    """

    def __init__(self, rows: csr_array, own: int, limit: np.ndarray, above: bool) -> None:
        there = np.isfinite(limit)
        rows, self.limit, self.above = rows[there], limit[there], above
        inside = rows[:, :own]
        self.column, self.matrix = inside.indices, csr_array(rows[:, own:])
        self._order = np.argsort(self.column, kind="stable")
        self._first = np.flatnonzero(np.diff(self.column[self._order], prepend=-1))
        self.columns = self.column[self._order][self._first]

    def at(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tightest wall of every column that has one, and its number."""
        found = self.limit - self.matrix @ z
        sign = 1.0 if self.above else -1.0
        if not len(found):
            return found, np.zeros(0, int)
        tightest = sign * np.minimum.reduceat(sign * found[self._order], self._first)
        group = np.repeat(np.arange(len(self._first)), np.diff(np.append(self._first, len(found))))
        hit = np.flatnonzero(found[self._order] == tightest[group])
        number = np.empty(len(self._first), int)
        number[group[hit]] = self._order[hit]
        return tightest, number

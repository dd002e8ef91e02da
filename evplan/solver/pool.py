"""Every cut that a master has learnt, of which it holds a part as rows: whole numbers over all of them take many times as long."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

TIGHT = 1e-6  # of a cut's amount


@dataclass
class Pool:
    """Cuts, values z >= least over the master's columns z, each with the block it is of; held : in the order of the master's rows."""

    columns: int
    held: list[int] = field(default_factory=list)
    _index: list[np.ndarray] = field(default_factory=list)
    _values: list[np.ndarray] = field(default_factory=list)
    _least: list[float] = field(default_factory=list)
    _block: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._least)

    def add(self, block: int, index: np.ndarray, values: np.ndarray, least: float) -> None:
        """Learn a cut that becomes the master's last row."""
        self.held.append(len(self))
        self._index.append(index)
        self._values.append(values)
        self._least.append(least)
        self._block.append(block)

    def row(self, number: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Return a cut's columns, values and least."""
        return self._index[number], self._values[number], self._least[number]

    def idle(self, z: np.ndarray) -> np.ndarray:
        """Return places among the cuts held that a point is well inside of, the last cut of every block left out."""
        last = dict(zip(self._block, range(len(self)), strict=True))
        short = self._short(z)
        return np.array([i for i, n in enumerate(self.held) if short[n] < -TIGHT and last[self._block[n]] != n], int)

    def missed(self, z: np.ndarray) -> list[int]:
        """Return, of every block, the cut not held that a point misses by most."""
        short, worst = self._short(z), dict[int, int]()
        outside = np.ones(len(self), bool)
        outside[self.held] = False
        for n in np.flatnonzero(outside & (short > TIGHT)).tolist():
            if short[n] > short[worst.get(self._block[n], n)] or self._block[n] not in worst:
                worst[self._block[n]] = n
        return list(worst.values())

    def _short(self, z: np.ndarray) -> np.ndarray:
        """Return by how much a point is short of every cut, over the cut's amount."""
        ends = np.cumsum([0, *map(len, self._index)])
        matrix = csr_array((np.concatenate(self._values), np.concatenate(self._index), ends), (len(self), self.columns))
        least = np.array(self._least)
        return (least - matrix @ z) / np.maximum(1.0, np.abs(least))

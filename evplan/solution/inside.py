"""Short steps inside merged ones: means over them, and taking the top off a series within each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.parameters.merge import Groups, firsts

BISECTIONS = 50


@dataclass(frozen=True)
class Inside:
    """The short steps inside merged ones."""

    groups: Groups
    step_h: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Return the first short step of each merged step."""
        return firsts(self.groups)

    def mean(self, series: np.ndarray) -> np.ndarray:
        """Return the means over merged steps, shape (..., groups)."""
        hours = np.add.reduceat(self.step_h, self.first)
        return np.add.reduceat(series * self.step_h, self.first, axis=-1) / hours

    def off_the_top(self, series: np.ndarray, mean: np.ndarray, most: np.ndarray) -> np.ndarray:
        """Return what is taken off a series, at most `most`, so that its highest short steps come down to one level.

        mean : shape (years, groups)   Mean of what is taken off in each merged step.
        """
        low = np.minimum.reduceat(series - most, self.first, axis=-1)
        high = np.maximum.reduceat(series, self.first, axis=-1)
        for _ in range(BISECTIONS):
            level = (low + high) / 2
            taken = self.mean(np.clip(series - level[..., self.groups], 0.0, most))
            low, high = np.where(taken > mean, level, low), np.where(taken > mean, high, level)
        off = np.clip(series - high[..., self.groups], 0.0, most)
        found = self.mean(off)
        return off * np.divide(mean, found, out=np.zeros_like(mean), where=found > 0)[..., self.groups]

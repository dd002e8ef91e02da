"""A claim, and how it is told whether numbers agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CLOSE = 1e-6  # relative, or of a share: what two ways of counting may differ by


@dataclass(frozen=True)
class Check:
    """A claim. found : how often, or by how much, it does not hold; 0 where it does."""

    claim: str
    found: float
    said: str = ""

    @property
    def holds(self) -> bool:
        """Return whether the claim is true."""
        return self.found == 0


def apart(said: object, true: object, scale: float = 1.0) -> int:
    """Return how many numbers are not what they should be. scale : of what they may differ by; what is missing is not what it should be."""
    one, other = np.broadcast_arrays(np.asarray(said, float), np.asarray(true, float))
    return int((~(np.abs(one - other) <= CLOSE * np.maximum(np.abs(other), scale))).sum())

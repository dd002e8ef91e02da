"""What every law measures with: the largest excess, and what each step adds to a store."""

from __future__ import annotations

import numpy as np

from evplan.parameters.types import SiteParameters

Residuals = dict[str, float]


def growth(site: SiteParameters, stored: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Return what each step adds to stored energy; steps run last.

    start : what is stored before the year's first step; None: the first step of a block follows its last.
    """
    previous = stored[..., np.argsort(site.clock.next_step)]
    if start is not None:
        previous[..., 0] = start
    return stored - previous


def excess_of(excess: np.ndarray) -> float:
    """Return the largest positive excess; NaN counts as infinite."""
    values = np.asarray(excess, float)
    return float("inf") if np.isnan(values).any() else max(0.0, float(values.max(initial=0.0)))

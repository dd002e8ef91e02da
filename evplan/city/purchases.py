"""What is bought in each year so that what is needed stands, what stands then, and what is left of it at the end."""

from __future__ import annotations

import numpy as np


def purchases(capacity: np.ndarray, life_years: float) -> np.ndarray:
    """Return what is bought in each year, shape (years,): what is needed beyond what stands and has not reached its life."""
    bought = np.zeros(len(capacity))
    for year, needed in enumerate(capacity):
        bought[year] = max(0.0, float(needed) - standing(bought, life_years)[year])
    return bought


def standing(bought: np.ndarray, life_years: float) -> np.ndarray:
    """Return what stands in each year of what was bought, shape (years,)."""
    life, total = int(np.ceil(life_years)), np.cumsum(bought)
    gone = np.concatenate([np.zeros(min(life, len(bought))), total[: max(0, len(bought) - life)]])
    return total - gone


def left_over(bought: np.ndarray, life_years: float) -> float:
    """Return the parts of their life that purchases have left at the end of the last year, summed."""
    age = len(bought) - np.arange(len(bought))
    return float(bought @ np.clip(1 - age / np.ceil(life_years), 0.0, 1.0))

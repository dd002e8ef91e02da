"""What many outcomes say: probabilities, quantiles, the mean of the worst.

P90     reached or exceeded with a probability of 90 %: the lender's cautious figure, so P90 <= P50 <= P10
CVaR    mean of the worst part of the outcomes
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EXCEEDANCE = "Pxx is reached or exceeded with a probability of xx %: P90 is the cautious figure, P10 the hopeful one."


@dataclass(frozen=True)
class Spread:
    """Statistics of one outcome over all scenarios. below : probability of less than `floor`.  cvar : mean of the worst `tail` of them."""

    mean: float
    sd: float
    p90: float
    p50: float
    p10: float
    below: float
    floor: float
    tail: float
    cvar: float
    least: float
    most: float


def spread(outcomes: np.ndarray, tail: float, floor: float = 0.0) -> Spread:
    """Return the statistics of an outcome, shape (n,); more is better, less than `floor` bad."""
    p90, p50, p10 = np.quantile(outcomes, (0.1, 0.5, 0.9))
    return Spread(
        mean=float(outcomes.mean()),
        sd=float(outcomes.std(ddof=1)),
        p90=float(p90),
        p50=float(p50),
        p10=float(p10),
        below=float((outcomes < floor).mean()),
        floor=floor,
        tail=tail,
        cvar=worst_mean(outcomes, tail),
        least=float(outcomes.min()),
        most=float(outcomes.max()),
    )


def worst_mean(outcomes: np.ndarray, tail: float) -> float:
    """Return the mean of the worst part of the outcomes; a part that ends inside one counts that share of it."""
    ordered = np.sort(outcomes)
    weight = np.clip(tail * len(ordered) - np.arange(len(ordered)), 0.0, 1.0)
    return float(weight @ ordered / weight.sum())

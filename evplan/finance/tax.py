"""Income tax year by year: losses that relieve the owner's other tax at once, or that wait for profits to come.

    refunded            tax = rate * taxable                         a loss is relief in its own year
    carried forward     used    = min(pool, most * max(taxable, 0))  pool: losses of years before, none older than `years`
                        tax     = rate * (max(taxable, 0) - used)
    credits             paid out as they fall due, or taken off tax as far as there is any, the rest carried forward

Arrays run over years first, year 0 being construction; any further axes are projects, scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TaxLaw:
    """How profit is taxed.

    rate : p.u. of profit; may be an array over projects.
    carries_losses : whether losses wait for profits, instead of relieving other tax of the owner in the same year.
    most : part of a year's profit that losses of years before can offset.
    years : how long a loss may wait; None for ever.
    carries_credits : whether tax credits, too, are only taken off this project's own tax.
    """

    rate: float | np.ndarray
    carries_losses: bool = False
    most: float = 1.0
    years: int | None = None
    carries_credits: bool = False


def income_tax(taxable: np.ndarray, law: TaxLaw) -> np.ndarray:
    """Return the tax of each year, before credits; negative is relief. taxable : profit, shape (years + 1, ...)."""
    if not law.carries_losses:
        return law.rate * taxable
    return law.rate * (np.maximum(taxable, 0.0) - losses_used(taxable, law))


def losses_used(taxable: np.ndarray, law: TaxLaw) -> np.ndarray:
    """Return how much of the losses of years before each year's profit uses up, the oldest first, shape (years + 1, ...)."""
    used = np.zeros_like(taxable)
    room = law.most * np.maximum(taxable, 0.0)
    if law.years is None:
        pool = np.zeros_like(taxable[0])
        for k in range(len(taxable)):
            np.minimum(pool, room[k], out=used[k, ...])
            pool -= used[k] + np.minimum(taxable[k], 0.0)
        return used
    left = np.maximum(-taxable, 0.0)
    for k in range(len(taxable)):
        for j in range(max(0, k - law.years), k):
            taken = np.minimum(left[j], room[k] - used[k])
            used[k] += taken
            left[j] -= taken
    return used


def credits_used(tax: np.ndarray, credit: np.ndarray, law: TaxLaw) -> np.ndarray:
    """Return the tax credits that come to bear in each year. tax, credit : due in each year, shape (years + 1, ...)."""
    if not law.carries_credits:
        return credit
    used, pool = np.zeros_like(tax), np.zeros_like(tax[0])
    for k in range(len(tax)):
        pool = pool + credit[k]
        np.minimum(pool, np.maximum(tax[k], 0.0), out=used[k, ...])
        pool = pool - used[k]
    return used

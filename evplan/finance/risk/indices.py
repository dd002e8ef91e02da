"""Sobol indices: how much of an outcome's variance each driver explains by itself, and with all it acts together with.

    A, B     two sets of n points; AB_j is A with column j of B
    first    S_j = mean(f(B) (f(AB_j) - f(A))) / V            Saltelli et al. 2010, Computer Physics Communications 181, table 2 (b)
    total    T_j = mean((f(A) - f(AB_j))^2) / (2 V)           Jansen 1999, the same table (f)

Drivers are taken as independent here, whatever correlation the samples have.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evplan.finance.risk.sampling import sobol_points


def sobol_indices(
    outcome: Callable[[np.ndarray], np.ndarray], drivers: int, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return first-order and total indices, shape (drivers,) each; zeros where the outcome does not vary.

    outcome : from points of the unit cube, shape (n, drivers), to outcomes, shape (n,).
    """
    both = sobol_points(count, 2 * drivers, seed)
    a, b = both[:, :drivers], both[:, drivers:]
    at_a, at_b = outcome(a), outcome(b)
    middle = np.concatenate([at_a, at_b]).mean()
    at_a, at_b = at_a - middle, at_b - middle
    variance = np.concatenate([at_a, at_b]).var()
    first, total = np.zeros(drivers), np.zeros(drivers)
    if variance <= 0:
        return first, total
    for j in range(drivers):
        mixed = a.copy()
        mixed[:, j] = b[:, j]
        at_mixed = outcome(mixed) - middle
        first[j] = (at_b * (at_mixed - at_a)).mean() / variance
        total[j] = ((at_a - at_mixed) ** 2).mean() / (2 * variance)
    return first, total

"""Samples of the drivers: Sobol points through a Gaussian copula.

u     scrambled Sobol points in (0, 1)^d                 Sobol 1967; Owen's scrambling, Matousek 1998
z     = L inverse-normal(u), L L' = correlation          Gaussian copula
x_j   = quantile_j(normal(z_j))
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from evplan.errors import InputError
from evplan.instance.risk import Distribution, DriverName, Risk

LEAST = 1e-6  # of a factor: none is negative


def sobol_points(count: int, drivers: int, seed: int) -> np.ndarray:
    """Return scrambled Sobol points strictly inside the unit cube, shape (2^k >= count, drivers)."""
    power = int(np.ceil(np.log2(count)))
    points = stats.qmc.Sobol(drivers, scramble=True, rng=seed).random_base2(power)
    return np.clip(points, 1e-12, 1 - 1e-12)


def drawn_values(said: Risk, points: np.ndarray) -> dict[DriverName, np.ndarray]:
    """Return the value of every driver at some points of the unit cube, shape (n,) each.

    Raises: InputError where the correlations contradict each other.
    """
    names = list(said.drivers)
    root = correlation_root(said, names)
    scores = stats.norm.ppf(points) @ root.T if len(said.together) else stats.norm.ppf(points)
    return {name: quantile(said.drivers[name], name, stats.norm.cdf(scores[:, j])) for j, name in enumerate(names)}


def correlation_root(said: Risk, names: Sequence[DriverName]) -> np.ndarray:
    """Return the Cholesky root of the drivers' correlation."""
    matrix = np.eye(len(names))
    for pair in said.together:
        i, j = (names.index(name) for name in pair.between)
        matrix[i, j] = matrix[j, i] = pair.correlation
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise InputError(
            "risk.together: these correlations contradict each other (no drivers can have all of them); bring them nearer to 0"
        ) from None


def quantile(said: Distribution, name: DriverName, u: np.ndarray) -> np.ndarray:
    """Return the values that a driver stays below with the probabilities u; factors stay above 0."""
    usual = 0.0 if name == "interest" else 1.0
    middle, sd = usual if said.mean is None else said.mean, said.sd or 0.0
    low, mode, high = (0.0 if value is None else value for value in (said.low, said.mode, said.high))
    if said.shape == "normal":
        found = stats.norm.ppf(u, middle, sd)
    elif said.shape == "lognormal":
        width = np.sqrt(np.log1p((sd / middle) ** 2))
        found = np.exp(np.log(middle) - width**2 / 2 + width * stats.norm.ppf(u))
    elif said.shape == "uniform":
        found = low + (high - low) * u
    else:
        found = stats.triang.ppf(u, (mode - low) / (high - low), low, high - low)
    return found if name == "interest" else np.maximum(found, LEAST)

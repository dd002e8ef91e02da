"""The learned form of a rate: ln k as a tensor product of quadratic B-splines, smooth and rising where it must.

Learning ln k keeps every prediction positive. Axes are -1000/T (an Arrhenius law is then a straight line), ln depth, and
the rest as they are. Coefficients are fitted by penalised least squares (P-splines: Eilers and Marx 1996, Statistical
Science 11, 89-121); along a rising axis they are kept ascending (Bollaerts, Eilers and van Mechelen 2006, Statistics in
Medicine 25, 2189-2207), which makes the spline itself ascend. Beyond the edges each axis goes on in a straight line of one
slope for the whole edge, so that nothing turns round out there either. A trained spline is one array and its axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from evplan.units import kelvin

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CELLS = {"temperature_c": 8, "soc": 12, "depth": 8, "c_rate": 2, "charge_c_rate": 3}  # intervals of each axis
SMOOTHING = (0.01, 0.1, 1.0, 10.0)  # the one that foretells unseen samples best is kept
HELD_BACK = 0.2  # of the samples, to choose the smoothing by
PUSH = 1e3  # weight of a coefficient difference that falls where it must not
FALL = 1e-4  # in ln k: what is left of a fall, and cut off in the end
PUSHES = 8
CHUNK = 4096  # rows at a time stay in the processor's cache
AXES: Mapping[str, Callable] = {"temperature_c": lambda value: -1000.0 / kelvin(value), "depth": np.log}


@dataclass(frozen=True)
class Spline:
    """A trained rate. `rate(*columns)` takes the features in the order of `names`, scalars or arrays.

    spans : (low, high) of each feature.  coefficients : array with one axis per feature, of ln k.
    """

    names: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    coefficients: np.ndarray

    def rate(self, *columns):
        """Return the rate for columns that broadcast against each other."""
        full = np.broadcast_arrays(*(np.asarray(column, float) for column in columns))
        flat = [column.ravel() for column in full]
        parts = [
            np.exp(self._log([column[start : start + CHUNK] for column in flat]))
            for start in range(0, flat[0].size, CHUNK)
        ]
        return (np.concatenate(parts) if parts else np.empty(0)).reshape(full[0].shape)[()]

    def _log(self, columns: list[np.ndarray]) -> np.ndarray:
        """Return ln k of one chunk."""
        flat, log_rate = self.coefficients.ravel(), np.zeros(len(columns[0]))
        stride, start, weights = flat.size, np.zeros(len(columns[0]), np.intp), []
        for axis, column in enumerate(columns):
            size = self.coefficients.shape[axis]
            stride //= size
            first, shares, beyond = self._place(axis, column)
            start += first * stride
            weights.append([(i * stride, share) for i, share in enumerate(shares)])
            if beyond.any():
                below, above = self._edge_slopes[axis]
                log_rate += np.where(beyond < 0, below, above) * beyond
        for corner in product(*weights):
            step, weight = corner[0]
            for more, factor in corner[1:]:
                step, weight = step + more, weight * factor
            log_rate += weight * flat[start + step]
        return log_rate

    def _place(self, axis: int, column: np.ndarray) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Return the interval each value lies in, its three weights, and how many intervals it lies beyond the edge."""
        return place(self.names[axis], self.spans[axis], column)

    @property
    def _edge_slopes(self) -> list[tuple[float, float]]:
        """Return, for each axis, the mean slope at the lower and at the upper edge, per interval."""
        slopes = []
        for axis in range(self.coefficients.ndim):
            rise = np.diff(self.coefficients, axis=axis)
            slopes.append((float(rise.take(0, axis).mean()), float(rise.take(-1, axis).mean())))
        return slopes


def place(name: str, span: tuple[float, float], column: np.ndarray) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Return interval, weights of its three splines, and distance beyond the span in intervals (negative: below)."""
    to_axis = AXES.get(name, lambda value: value)
    low, high = to_axis(np.array(span, float))
    cells = CELLS[name]
    along = (to_axis(column) - low) / (high - low) * cells
    inside = np.clip(along, 0.0, cells)
    interval = np.minimum(inside.astype(np.intp), cells - 1)
    f = inside - interval
    return interval, [0.5 * (1 - f) ** 2, 0.5 + f * (1 - f), 0.5 * f**2], along - inside


class Normal:
    """The normal equations of some samples; those of two sets of samples add up."""

    def __init__(self, design: csr_matrix, log_rates: np.ndarray) -> None:
        self.matrix, self.answer, self.samples = design.T @ design, design.T @ log_rates, len(log_rates)

    def plus(self, other: Normal) -> Normal:
        """Return the normal equations of both sets."""
        both = object.__new__(Normal)
        both.matrix, both.answer = self.matrix + other.matrix, self.answer + other.answer
        both.samples = self.samples + other.samples
        return both


def fit_rate(
    columns: Mapping[str, np.ndarray],
    spans: Mapping[str, tuple[float, float]],
    rising: tuple[str, ...],
    rates: np.ndarray,
) -> Spline:
    """Return the spline of a measured rate; the smoothing is chosen on samples held back.

    columns : feature name -> array, shape (samples,).  rates : array, shape (samples,), above 0.
    """
    names = tuple(columns)
    log_rates, shown = np.log(rates), round(len(rates) * (1 - HELD_BACK))
    design = _design(names, spans, columns)
    part, rest = design[:shown], design[shown:]
    seen, unseen = Normal(part, log_rates[:shown]), Normal(rest, log_rates[shown:])

    def error(smoothing: float) -> float:
        coefficients = _solve(seen, names, (), smoothing)
        return float(np.square(rest @ coefficients.ravel() - log_rates[shown:]).mean())

    best = min(SMOOTHING, key=error)
    coefficients = _solve(seen.plus(unseen), names, rising, best)
    for axis, name in enumerate(names):
        if name in rising:
            coefficients = np.maximum.accumulate(coefficients, axis=axis)
    return Spline(names, tuple(spans[name] for name in names), coefficients)


def _design(names: tuple[str, ...], spans: Mapping, columns: Mapping[str, np.ndarray]) -> csr_matrix:
    """Return the sparse matrix that turns coefficients into ln k at the samples."""
    from scipy.sparse import csr_matrix

    samples, total = len(columns[names[0]]), 1
    place_of, weight_of = np.zeros((samples, 1), np.intp), np.ones((samples, 1))
    for name in names:
        first, weights, _ = place(name, spans[name], columns[name])
        size = CELLS[name] + 2
        place_of = (place_of[:, :, None] * size + first[:, None, None] + np.arange(3)).reshape(samples, -1)
        weight_of = (weight_of[:, :, None] * np.stack(weights, axis=1)[:, None, :]).reshape(samples, -1)
        total *= size
    ends = np.arange(0, weight_of.size + 1, weight_of.shape[1])
    return csr_matrix((weight_of.ravel(), place_of.ravel(), ends), shape=(samples, total))


def _solve(normal: Normal, names: tuple[str, ...], rising: tuple[str, ...], smoothing: float) -> np.ndarray:
    """Return the coefficients of least squares with smoothing, pushed until they rise where they must."""
    from scipy.linalg import solve

    shape = tuple(CELLS[name] + 2 for name in names)
    bends = [_differences(shape, axis, 2) for axis in range(len(shape))]
    rises = [_differences(shape, axis, 1) for axis, name in enumerate(names) if name in rising]
    matrix = (normal.matrix + smoothing * sum(bend.T @ bend for bend in bends)).toarray()
    matrix[np.diag_indices_from(matrix)] += 1e-9 * normal.samples  # coefficients that no sample reaches
    coefficients = solve(matrix, normal.answer, assume_a="pos")
    for _ in range(PUSHES):
        falling = [rise[np.flatnonzero(rise @ coefficients < -FALL)] for rise in rises]
        if not any(rows.shape[0] for rows in falling):
            break
        matrix = matrix + PUSH * sum((rows.T @ rows).toarray() for rows in falling)
        coefficients = solve(matrix, normal.answer, assume_a="pos")
    return coefficients.reshape(shape)


def _differences(shape: tuple[int, ...], axis: int, order: int) -> csr_matrix:
    """Return the matrix of first or second differences of coefficients along one axis."""
    from scipy.sparse import csr_matrix, eye_array, kron

    stencil = np.diff(np.eye(shape[axis]), n=order, axis=0)
    parts = [csr_matrix(stencil) if k == axis else eye_array(size) for k, size in enumerate(shape)]
    matrix = parts[0]
    for part in parts[1:]:
        matrix = kron(matrix, part)
    return csr_matrix(matrix)

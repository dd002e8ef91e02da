"""Newton's equations of an arrow: K dual + W peaks = right,  W' dual - peaks / theta = pull,  with K = A diag(theta) A' without peaks.

Sessions are eliminated one by one. So are the rows of peaks: with e = theta of import + excess, their part of K is, for every step,
e 1 1' + diag(theta of slack), and what the balance sees of e shrinks with each line that applies to e theta / (e + theta), as of springs
in a row. These pivots have a closed form, where nothing is subtracted that is near to what it is subtracted from. The peaks themselves,
columns over many rows, stay unknowns of their own: in products their rows' duals would cancel where a peak is free.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evplan.compiled import compiled
from evplan.schedule.arrow.layout import Layout, sizes

LIFT, MOST_LIFT = 1e-13, 1e-9  # of the diagonal, where a factor fails


class Newton(NamedTuple):
    """Newton's matrix, factored. tied : what ties each x to its session's pivot, over the pivot's root.  root : shape (sessions,).

    schur : the factor of what is left for steps.  seen, pivot : of peak rows, shape (lines, steps).
    spread : K^-1 W, shape (lines, rows).  inner : the factor of what is left for peaks.
    """

    tied: np.ndarray
    root: np.ndarray
    schur: np.ndarray
    seen: np.ndarray
    pivot: np.ndarray
    spread: np.ndarray
    inner: np.ndarray


def room(layout: Layout, rows: int) -> Newton:
    """Return arrays to factor in."""
    sessions, columns, lines, steps = len(layout.low), layout.first[-1], *layout.number.shape
    shapes = (columns, sessions, (steps, steps), (lines, steps), (lines, steps), (lines, rows), (lines, lines))
    return Newton(*map(np.zeros, shapes))


@compiled
def factor(layout: Layout, theta: np.ndarray, newton: Newton) -> bool:
    """Factor Newton's matrix; return whether it could be."""
    newton.schur.fill(0.0)
    _eliminate_peak_rows(layout, theta[layout.first[-1] + len(layout.low) :], newton)
    _eliminate_sessions(layout, theta, newton)
    return factored(newton.schur) and _factor_peaks(layout, theta, newton)


@compiled
def solve(layout: Layout, newton: Newton, pull: np.ndarray, duals: np.ndarray, peaks: np.ndarray) -> None:
    """Write the moves of duals and of peaks. duals : the right-hand sides, written over."""
    _without_peaks(layout, newton, duals)
    _of_peaks(layout, duals, peaks)
    for j in range(len(peaks)):
        peaks[j] -= pull[j]
    _substitute(newton.inner, peaks)
    for j in range(len(peaks)):
        spread = newton.spread[j]
        for k in range(len(duals)):
            duals[k] -= peaks[j] * spread[k]


@compiled
def _eliminate_peak_rows(layout: Layout, theta: np.ndarray, newton: Newton) -> None:
    """Write the pivots of peak rows, and add what balances see of the shared columns. theta : of the shared columns."""
    _, _, lines, steps = sizes(layout)
    slack = theta[4 * steps + lines :]
    for t in range(steps):
        seen = theta[t] + theta[steps + t]
        for j in range(lines):
            if layout.number[j, t] >= 0:
                own = slack[layout.number[j, t]]
                newton.seen[j, t], newton.pivot[j, t] = seen, seen + own
                seen *= own / newton.pivot[j, t]
        newton.schur[t, t] += seen + theta[2 * steps + t] + theta[3 * steps + t]


@compiled
def _eliminate_sessions(layout: Layout, theta: np.ndarray, newton: Newton) -> None:
    """Add sessions to the lower half of the matrix of steps: their own diagonal, less what their rows explain."""
    sessions, count, _, _ = sizes(layout)
    for v in range(sessions):
        begin, end, low, gain = layout.first[v], layout.first[v + 1], layout.low[v], layout.gain[v]
        own, tied, total = theta[begin:end], newton.tied[begin:end], 0.0
        for i in range(len(own)):
            total += own[i]
        newton.root[v] = np.sqrt(gain * gain * total + theta[count + v])
        part = gain / newton.root[v]
        for i in range(len(own)):
            tied[i] = part * own[i]
        for i in range(len(own)):
            row, one = newton.schur[low + i, low:], tied[i]
            for j in range(i):
                row[j] -= one * tied[j]
            row[i] += own[i] - one * one


@compiled
def _factor_peaks(layout: Layout, theta: np.ndarray, newton: Newton) -> bool:
    """Solve for the peaks' columns, and factor what is left for them: 1 / theta + W' K^-1 W; lines may be one but for rounding."""
    sessions, count, lines, steps = sizes(layout)
    for j in range(lines):
        spread = newton.spread[j]
        spread.fill(0.0)
        for t in range(steps):
            if layout.number[j, t] >= 0:
                spread[sessions + steps + layout.number[j, t]] = -layout.step_h
        _without_peaks(layout, newton, spread)
        _of_peaks(layout, spread, newton.inner[j])
        newton.inner[j, j] += 1.0 / theta[count + sessions + 4 * steps + j]
    return lines == 0 or factored(newton.inner)


@compiled
def _without_peaks(layout: Layout, newton: Newton, duals: np.ndarray) -> None:
    """Write over right-hand sides what solves the rows without the peaks' columns."""
    sessions, _, lines, steps = sizes(layout)
    balance, peaks = duals[sessions : sessions + steps], duals[sessions + steps :]
    for t in range(steps):
        taken = 0.0
        for j in range(lines):
            if layout.number[j, t] >= 0:
                peaks[layout.number[j, t]] -= taken
                taken += newton.seen[j, t] / newton.pivot[j, t] * peaks[layout.number[j, t]]
        balance[t] += taken
    for v in range(sessions):
        tied, there = newton.tied[layout.first[v] : layout.first[v + 1]], balance[layout.low[v] :]
        duals[v] /= newton.root[v]
        for i in range(len(tied)):
            there[i] -= tied[i] * duals[v]
    _substitute(newton.schur, balance)
    for v in range(sessions):
        tied, there = newton.tied[layout.first[v] : layout.first[v + 1]], balance[layout.low[v] :]
        total = 0.0
        for i in range(len(tied)):
            total += tied[i] * there[i]
        duals[v] = (duals[v] - total) / newton.root[v]
    for t in range(steps):
        left = balance[t]
        for j in range(lines - 1, -1, -1):
            if layout.number[j, t] >= 0:
                one = (peaks[layout.number[j, t]] + newton.seen[j, t] * left) / newton.pivot[j, t]
                peaks[layout.number[j, t]] = one
                left -= one


@compiled
def _of_peaks(layout: Layout, duals: np.ndarray, found: np.ndarray) -> None:
    """Write W' times duals."""
    sessions, _, lines, steps = sizes(layout)
    for j in range(lines):
        found[j] = 0.0
        for t in range(steps):
            if layout.number[j, t] >= 0:
                found[j] -= layout.step_h * duals[sessions + steps + layout.number[j, t]]


@compiled
def factored(matrix: np.ndarray) -> bool:
    """Write over a matrix, whose lower half is given, its factor; its diagonal is lifted a little where it needs that."""
    given, lift = matrix.copy(), 0.0
    while not _cholesky(matrix):
        if lift > MOST_LIFT:
            return False
        lift = LIFT if lift == 0.0 else 1e4 * lift
        for i in range(len(matrix)):
            for j in range(i):
                matrix[i, j] = given[i, j]
            matrix[i, i] = given[i, i] * (1.0 + lift)
    return True


@compiled
def _cholesky(matrix: np.ndarray) -> bool:
    """Write Cholesky's factor over the lower half of a matrix, four columns at a time; return whether it is positive definite."""
    size, explained = len(matrix), np.empty(4)
    for begin in range(0, size, 4):
        first, second = matrix[begin, :begin], matrix[min(begin + 1, size - 1), :begin]
        third, fourth = matrix[min(begin + 2, size - 1), :begin], matrix[min(begin + 3, size - 1), :begin]
        for i in range(begin, size):
            row, a, b, c, d = matrix[i, :begin], 0.0, 0.0, 0.0, 0.0
            for k in range(len(row)):
                a += row[k] * first[k]
                b += row[k] * second[k]
                c += row[k] * third[k]
                d += row[k] * fourth[k]
            explained[0], explained[1], explained[2], explained[3] = a, b, c, d
            for j in range(begin, min(begin + 4, i + 1)):
                left = matrix[i, j] - explained[j - begin]
                for k in range(begin, j):
                    left -= matrix[i, k] * matrix[j, k]
                if i == j and not left > 0.0:
                    return False
                matrix[i, j] = np.sqrt(left) if i == j else left / matrix[j, j]
    return True


@compiled
def _substitute(factor: np.ndarray, right: np.ndarray) -> None:
    """Write over right-hand sides what solves factor factor' x = right."""
    for i in range(len(right)):
        row, total = factor[i], right[i]
        for k in range(i):
            total -= row[k] * right[k]
        right[i] = total / row[i]
    for i in range(len(right) - 1, -1, -1):
        row, one = factor[i], right[i] / factor[i, i]
        right[i] = one
        for k in range(i):
            right[k] -= row[k] * one

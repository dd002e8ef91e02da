"""The rows of an arrow: products with them, and Newton's equations, with sessions and the rows of peaks eliminated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from evplan.schedule.arrow.compiled import compiled
from evplan.schedule.arrow.shared import Eliminated

if TYPE_CHECKING:
    from evplan.schedule.arrow.program import Arrow

LIFT = 1e-13  # of the diagonal, where a factor fails


class Rows:
    """Products with the rows of an arrow, whose columns are x, s and y one after another; results are new arrays."""

    def __init__(self, program: Arrow) -> None:
        self.program, self.columns, self.sessions = program, len(program.cost), len(program.want)
        self.steps = program.shared.steps
        begins = self.columns + self.sessions + 4 * self.steps
        self.peaks = slice(begins, begins + program.shared.lines)
        there = np.diff(program.first) > 0
        low = np.zeros(self.sessions, int)
        low[there] = program.row[program.first[:-1][there]]
        self._stays = program.first, low, program.gain
        self._tied, self._root = np.empty(self.columns), np.empty(self.sessions)

    def times(self, v: np.ndarray) -> np.ndarray:
        """Return the rows times columns."""
        found = np.zeros(self.sessions + len(self.program.right))
        found[self.sessions :] = self.program.shared.times(v[self.columns + self.sessions :])
        _times(*self._stays, v, found)
        return found

    def transposed(self, dual: np.ndarray) -> np.ndarray:
        """Return the transposed rows times duals."""
        found = np.empty(self.columns + self.sessions + len(self.program.shared_cost))
        _transposed(*self._stays, dual, found)
        found[self.columns + self.sessions :] = self.program.shared.transposed(dual[self.sessions :])
        return found

    def factor(self, theta: np.ndarray) -> bool:
        """Factor Newton's matrix A diag(theta) A', the peaks' columns left out and solved for; return whether it could be."""
        self._peaks = Eliminated(self.program.shared, theta[self.columns + self.sessions :])
        schur = np.diag(self._peaks.diagonal)
        _condense(*self._stays, theta, self._tied, self._root, schur)
        self._factor = _factored(schur)
        return self._factor is not None and self._factor_peaks(theta[self.peaks])

    def _factor_peaks(self, theta: np.ndarray) -> bool:
        """Solve for the peaks' columns, and factor what is left for them: 1 / theta + W' K^-1 W."""
        shared, lines = self.program.shared, len(theta)
        self._spread = np.zeros((lines, self.sessions + len(self.program.right)))
        for j, spread in enumerate(self._spread):
            spread[self.sessions + self.steps :] = -shared.step_h * (shared.line == j)
            spread[:] = self._without_peaks(spread)
        inner = np.diag(1.0 / theta)
        for j, spread in enumerate(self._spread):
            inner[j] += self._of_peaks(spread)
        self._inner = _factored(inner) if lines else inner
        return self._inner is not None  # lines that are one but for rounding

    def _of_peaks(self, dual: np.ndarray) -> np.ndarray:
        """Return W' times duals."""
        shared = self.program.shared
        return -shared.step_h * np.bincount(shared.line, dual[self.sessions + self.steps :], shared.lines)

    def solve(self, right: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the duals' move, and that of the peaks' columns: K dual + W peaks = right, W' dual - peaks / theta = pull."""
        dual = self._without_peaks(right)
        if not len(pull):
            return dual, pull
        peaks = dpotrs(self._inner, self._of_peaks(dual) - pull, lower=0)[0]
        return dual - peaks @ self._spread, peaks

    def _without_peaks(self, right: np.ndarray) -> np.ndarray:
        """Return the answer of the rows without the peaks' columns."""
        balance, peaks = self._peaks.reduced(right[self.sessions :])
        own = right[: self.sessions] / self._root
        _reduce(*self._stays, self._tied, own, balance)
        balance = dpotrs(self._factor, balance, lower=0)[0]
        _restore(*self._stays, self._tied, self._root, balance, own)
        return np.concatenate([own, self._peaks.restored(peaks, balance)])


def _factored(matrix: np.ndarray) -> np.ndarray | None:
    """Return the factor of a matrix whose lower half is given, its diagonal lifted a little where it needs that; None where that fails."""
    for lift in (0.0, LIFT, 1e4 * LIFT):
        np.einsum("ii->i", matrix)[:] *= 1.0 + lift
        factor, failed = dpotrf(matrix.T, lower=0, clean=0)
        if not failed and np.isfinite(factor[-1, -1]):
            return factor
    return None


@compiled
def _times(first: np.ndarray, low: np.ndarray, gain: np.ndarray, v: np.ndarray, found: np.ndarray) -> None:
    """Write the rows of sessions, and add what x adds to those of steps."""
    sessions = len(low)
    for s in range(sessions):
        x = v[first[s] : first[s + 1]]
        steps, total = found[sessions + low[s] :], 0.0
        for i in range(len(x)):
            total += x[i]
            steps[i] += x[i]
        found[s] = gain[s] * total + v[first[sessions] + s]


@compiled
def _transposed(first: np.ndarray, low: np.ndarray, gain: np.ndarray, dual: np.ndarray, found: np.ndarray) -> None:
    """Write what duals make of columns x and s."""
    sessions = len(low)
    for s in range(sessions):
        x, steps = found[first[s] : first[s + 1]], dual[sessions + low[s] :]
        worth = gain[s] * dual[s]
        for i in range(len(x)):
            x[i] = worth + steps[i]
        found[first[sessions] + s] = dual[s]


@compiled
def _condense(
    first: np.ndarray, low: np.ndarray, gain: np.ndarray, theta: np.ndarray, tied: np.ndarray, root: np.ndarray, schur: np.ndarray
) -> None:  # fmt: skip
    """Add sessions to the lower half of Newton's matrix of steps: their own diagonal, less what their rows explain.

    Write the root of each session's pivot, and what ties it to steps, over that root.
    """
    sessions = len(low)
    for s in range(sessions):
        own, tie, at, total = theta[first[s] : first[s + 1]], tied[first[s] : first[s + 1]], low[s], 0.0
        for i in range(len(own)):
            total += own[i]
        root[s] = np.sqrt(gain[s] * gain[s] * total + theta[first[sessions] + s])
        part = gain[s] / root[s]
        for i in range(len(own)):
            tie[i] = part * own[i]
        for i in range(len(own)):
            row, one = schur[at + i, at:], tie[i]
            for j in range(i):
                row[j] -= one * tie[j]
            row[i] += own[i] - one * one


@compiled
def _reduce(
    first: np.ndarray, low: np.ndarray, gain: np.ndarray, tied: np.ndarray, own: np.ndarray, balance: np.ndarray
) -> None:
    """Take what sessions explain from the right-hand sides of steps. own : of sessions, over their roots."""
    for s in range(len(low)):
        tie, steps, one = tied[first[s] : first[s + 1]], balance[low[s] :], own[s]
        for i in range(len(tie)):
            steps[i] -= tie[i] * one


@compiled
def _restore(
    first: np.ndarray, low: np.ndarray, gain: np.ndarray, tied: np.ndarray, root: np.ndarray, balance: np.ndarray, own: np.ndarray
) -> None:  # fmt: skip
    """Write the duals of sessions from those of steps."""
    for s in range(len(low)):
        tie, steps, total = tied[first[s] : first[s + 1]], balance[low[s] :], 0.0
        for i in range(len(tie)):
            total += tie[i] * steps[i]
        own[s] = (own[s] - total) / root[s]

"""The rows of an arrow: products with them, and Newton's matrix with sessions eliminated, in dense blocks of sessions that stay alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from evplan.schedule.arrow_shared import Eliminated

if TYPE_CHECKING:
    from evplan.schedule.arrow import Arrow

LIFT = 1e-13  # of the diagonal, where a factor fails
# Rows that a session spans, at most: sessions of one length that begin together are one block.
LENGTHS = (16, 32, 64, 128)
SMALL = 20_000  # sessions times steps: where so few are one block


class Block:
    """Sessions whose columns lie in rows from `low` to `high`, and where their part of Newton's matrix stands."""

    def __init__(self, sessions: np.ndarray, low: int, high: int, begins: int) -> None:
        self.sessions, self.rows = sessions, slice(low, high)
        self.shape = len(sessions), high - low
        self.span = slice(begins, begins + len(sessions) * (high - low))


class Rows:
    """Products with the rows of an arrow, whose columns are x, s and y one after another; results are new arrays."""

    def __init__(self, program: Arrow) -> None:
        self.program, self.columns, self.sessions = program, len(program.cost), len(program.want)
        self.steps = program.shared.steps
        first = self.columns + self.sessions + 4 * self.steps
        self.peaks = slice(first, first + program.shared.lines)
        self._begins = np.flatnonzero(np.diff(program.session, prepend=-1))
        self._there = program.session[self._begins]
        self._count = np.diff(np.append(self._begins, self.columns))
        self._blocks, self._place = self._gathered()
        self._met = np.zeros(sum(block.shape[0] * block.shape[1] for block in self._blocks))

    def _gathered(self) -> tuple[list[Block], np.ndarray]:
        """Return blocks of sessions, and where each column stands in them."""
        if not self.columns:
            return [], np.zeros(0, int)
        row = self.program.row
        low, high = np.minimum.reduceat(row, self._begins), np.maximum.reduceat(row, self._begins) + 1
        bucket = np.searchsorted(LENGTHS, high - low)
        length = np.append(LENGTHS, self.steps)[bucket]
        kind = bucket * (self.steps + 1) + low // length
        if self.sessions * self.steps <= SMALL:
            kind[:] = 0
        begin_of, low_of = (np.zeros(self.sessions, int) for _ in range(2))
        blocks, begins = [], 0
        for one in np.unique(kind):
            own = np.flatnonzero(kind == one)
            who, first, last = self._there[own], int(low[own].min()), int(high[own].max())
            block = Block(who, first, last, begins)
            begin_of[who] = begins + np.arange(len(who)) * block.shape[1]
            low_of[who] = first
            begins = block.span.stop
            blocks.append(block)
        session = self.program.session
        return blocks, begin_of[session] + row - low_of[session]

    def by_session(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over the columns of each session."""
        total = np.zeros(self.sessions)
        if self.columns:
            total[self._there] = np.add.reduceat(values, self._begins)
        return total

    def times(self, v: np.ndarray) -> np.ndarray:
        """Return the rows times columns."""
        own, n, m = self.program, self.columns, self.sessions
        found = np.empty(m + len(own.right))
        found[:m] = self.by_session(own.gain * v[:n]) + v[n : n + m]
        found[m:] = own.shared.times(v[n + m :])
        found[m : m + self.steps] += np.bincount(own.row, v[:n], self.steps)
        return found

    def transposed(self, dual: np.ndarray) -> np.ndarray:
        """Return the transposed rows times duals."""
        own, n, m = self.program, self.columns, self.sessions
        found = np.empty(n + m + len(own.shared_cost))
        np.multiply(own.gain, np.repeat(dual[self._there], self._count), out=found[:n])
        found[:n] += dual[m:].take(own.row)
        found[n : n + m] = dual[:m]
        found[n + m :] = own.shared.transposed(dual[m:])
        return found

    def factor(self, theta: np.ndarray) -> bool:
        """Factor Newton's matrix A diag(theta) A', the peaks' columns left out and solved for; return whether it could be."""
        own, n, m = self.program, self.columns, self.sessions
        x = theta[:n]
        tied = own.gain * x
        self._root = np.sqrt(self.by_session(own.gain * tied) + theta[n : n + m])
        tied /= np.repeat(self._root[self._there], self._count)
        self._met[self._place] = tied
        self._peaks = Eliminated(own.shared, theta[n + m :])
        schur = np.zeros((self.steps, self.steps))
        for block in self._blocks:
            met = self._met[block.span].reshape(block.shape)
            schur[block.rows, block.rows] -= met.T @ met
        diagonal = np.einsum("ii->i", schur)
        diagonal += self._peaks.diagonal + np.bincount(own.row, x, self.steps)
        for lift in (0.0, LIFT, 1e4 * LIFT):
            diagonal += lift * np.abs(diagonal)
            self._factor, failed = dpotrf(schur, lower=1, clean=0)
            if not failed:
                return self._factor_peaks(theta[self.peaks])
        return False

    def _factor_peaks(self, theta: np.ndarray) -> bool:
        """Solve for the peaks' columns, and factor what is left for them: 1 / theta + W' K^-1 W."""
        self._spread = np.zeros((len(self.program.right) + self.sessions, len(theta)))
        for j in range(len(theta)):
            column = np.zeros(len(self._spread))
            column[self.sessions + self.steps :] = -self.program.shared.step_h * (self.program.shared.line == j)
            self._spread[:, j] = self._without_peaks(column)
        inner = np.array([self._of_peaks(one) for one in self._spread.T]).reshape(len(theta), len(theta))
        inner = (inner + inner.T) / 2 + np.diag((1.0 / theta) * (1.0 + LIFT) + LIFT * np.abs(np.diag(inner)))
        self._inner = inner
        try:
            np.linalg.solve(inner, np.zeros(len(inner)))
        except np.linalg.LinAlgError:  # lines that are one but for rounding
            return False
        return bool(np.isfinite(inner).all())

    def _of_peaks(self, dual: np.ndarray) -> np.ndarray:
        """Return W' times duals."""
        shared = self.program.shared
        return -shared.step_h * np.bincount(shared.line, dual[self.sessions + self.steps :], shared.lines)

    def solve(self, right: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the duals' move, and that of the peaks' columns: K dual + W peaks = right, W' dual - peaks / theta = pull."""
        dual = self._without_peaks(right)
        if not len(pull):
            return dual, pull
        peaks = np.linalg.solve(self._inner, self._of_peaks(dual) - pull)
        return dual - self._spread @ peaks, peaks

    def _without_peaks(self, right: np.ndarray) -> np.ndarray:
        """Return the answer of the rows without the peaks' columns."""
        own, shared = right[: self.sessions] / self._root, right[self.sessions :]
        balance, peaks = self._peaks.reduced(shared)
        for block in self._blocks:
            balance[block.rows] -= self._met[block.span].reshape(block.shape).T @ own[block.sessions]
        balance = dpotrs(self._factor, balance, lower=1)[0]
        for block in self._blocks:
            own[block.sessions] -= self._met[block.span].reshape(block.shape) @ balance[block.rows]
        own /= self._root
        return np.concatenate([own, self._peaks.restored(peaks, balance)])

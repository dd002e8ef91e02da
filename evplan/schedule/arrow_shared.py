"""The shared rows of an arrow: what the station draws in every step, and the peaks that are paid.

    balance(t)    sum of x - import - excess + export + spill                         t in steps
    peak(j, t)    import + excess - h peak(j) + slack(j, t)                           in every step that line j applies in

With e = theta of import + excess, Newton's matrix of the peaks' rows is, for every t, e 1 1' + diag(theta of slack), and h^2 theta of
peak(j) times a matrix of ones for every j. Both have inverses in closed form (Sherman, Morrison, Woodbury), so peaks' rows are eliminated:
what balance rows keep of e is e / (1 + e sigma), sigma the sum of 1 / theta over the slacks of a step. Nothing is subtracted that is near
to what it is subtracted from, so that the last digits survive.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array, hstack, vstack


@dataclass(frozen=True)
class Shared:
    """Rows and columns that sessions share. applies : in which steps each line counts, shape (lines, steps), bool.  step_h : h.

    Columns: import, excess, export, spill, each by step; peak by line; slack by line and step. Rows: balance, then peaks.
    """

    applies: np.ndarray
    step_h: float

    @cached_property
    def at(self) -> np.ndarray:
        """Return the step of each peak row."""
        return np.nonzero(self.applies)[1]

    @cached_property
    def line(self) -> np.ndarray:
        """Return the line of each peak row."""
        return np.nonzero(self.applies)[0]

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.applies.shape[1]

    @property
    def lines(self) -> int:
        """Return the number of lines."""
        return len(self.applies)

    def matrix(self) -> csr_array:
        """Return the rows as a matrix."""
        one, rows = eye_array(self.steps), np.arange(len(self.at))
        picks = coo_array((np.ones(len(self.at)), (rows, self.at)), shape=(len(self.at), self.steps))
        peak = coo_array((np.full(len(self.at), -self.step_h), (rows, self.line)), shape=(len(self.at), self.lines))
        balance = hstack([-one, -one, one, one, csr_array((self.steps, self.lines + len(self.at)))])
        peaks = hstack([picks, picks, csr_array((len(self.at), 2 * self.steps)), peak, eye_array(len(self.at))])
        return csr_array(vstack([balance, peaks]))

    def times(self, y: np.ndarray) -> np.ndarray:
        """Return the rows times columns."""
        t = self.steps
        drawn, peak, slack = y[:t] + y[t : 2 * t], y[4 * t : 4 * t + self.lines], y[4 * t + self.lines :]
        balance = y[2 * t : 3 * t] + y[3 * t : 4 * t] - drawn
        return np.concatenate([balance, drawn[self.at] - self.step_h * peak[self.line] + slack])

    def transposed(self, dual: np.ndarray) -> np.ndarray:
        """Return the transposed rows times duals."""
        balance, peaks = dual[: self.steps], dual[self.steps :]
        drawn = np.bincount(self.at, peaks, self.steps) - balance
        peak = -self.step_h * np.bincount(self.line, peaks, self.lines)
        return np.concatenate([drawn, drawn, balance, balance, peak, peaks])


class Eliminated:
    """Newton's matrix of the shared columns with the peaks' rows eliminated. theta : of the shared columns."""

    def __init__(self, shared: Shared, theta: np.ndarray) -> None:
        t, lines, self.shared = shared.steps, shared.lines, shared
        self._drawn = theta[:t] + theta[t : 2 * t]
        self._loose = self._wide(1.0 / theta[4 * t + lines :])
        self._apart = 1.0 - np.eye(lines)  # sums over the other lines
        spread = 1.0 + self._drawn * self._loose.sum(axis=1)
        self._kept = self._drawn / spread
        self._own = self._loose * (1.0 + self._drawn[:, None] * (self._loose @ self._apart)) / spread[:, None]
        self.diagonal = self._kept + theta[2 * t : 3 * t] + theta[3 * t : 4 * t]
        self._across = self._kept[:, None] * self._loose
        inner = -(self._across.T @ self._loose) * self._apart
        inner += np.diag(self._own.sum(axis=0) + 1.0 / (shared.step_h**2 * theta[4 * t : 4 * t + lines]))
        self._inner = np.linalg.inv(inner)

    def added(self) -> np.ndarray:
        """Return what is added to the matrix of balance rows beside the diagonal, shape (steps, steps)."""
        return self._across @ self._inner @ self._across.T

    def reduced(self, right: np.ndarray) -> np.ndarray:
        """Return the right-hand side of balance rows, peaks' rows eliminated."""
        peaks = self._inverse(self._wide(right[self.shared.steps :]))
        return right[: self.shared.steps] + self._drawn * peaks.sum(axis=1)

    def restored(self, right: np.ndarray, balance: np.ndarray) -> np.ndarray:
        """Return the duals of all shared rows from those of balance rows."""
        rest = self._wide(right[self.shared.steps :]) + (self._drawn * balance)[:, None] * self.shared.applies.T
        return np.concatenate([balance, self._inverse(rest)[self.shared.at, self.shared.line]])

    def _inverse(self, right: np.ndarray) -> np.ndarray:
        found = self._by_step(right)
        peak = self._inner @ found.sum(axis=0)
        return found - self._by_step(self.shared.applies.T * peak)

    def _by_step(self, right: np.ndarray) -> np.ndarray:
        """Return the inverse of the part that is diagonal in steps, times a right-hand side, shape (steps, lines)."""
        return self._own * right - self._across * ((self._loose * right) @ self._apart)

    def _wide(self, values: np.ndarray) -> np.ndarray:
        """Return values of peak rows by step and line, 0 where a line does not apply."""
        found = np.zeros((self.shared.steps, self.shared.lines))
        found[self.shared.at, self.shared.line] = values
        return found

"""The shared rows of an arrow: what the station draws in every step, and the peaks that are paid.

    balance(t)    sum of x - import - excess + export + spill                         t in steps
    peak(j, t)    import + excess - h peak(j) + slack(j, t)                           in every step that line j applies in

With e = theta of import + excess, Newton's matrix of the peaks' rows is, for every t, e 1 1' + diag(theta of slack): these rows are
eliminated with pivots in closed form, where nothing is subtracted that is near to what it is subtracted from. The peaks themselves,
columns over many rows, stay unknowns of their own (rows.py): in products their rows' duals would cancel where a peak is free.
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
    """Newton's matrix of the shared columns but the peaks, with the peaks' rows eliminated line by line. theta : of the shared columns.

    What balance rows see of e shrinks with each line j that applies to e theta / (e + theta), theta of its slack, as of springs in a row.
    """

    def __init__(self, shared: Shared, theta: np.ndarray) -> None:
        t, self.shared = shared.steps, shared
        seen, self._seen, self._pivot = theta[:t] + theta[t : 2 * t], [], []
        for slack, applies in zip(self._wide(theta[4 * t + shared.lines :]).T, shared.applies, strict=True):
            pivot = np.where(applies, seen + slack, np.inf)
            self._seen.append(seen)
            self._pivot.append(pivot)
            seen = np.where(applies, seen * (slack / pivot), seen)
        self.diagonal = seen + theta[2 * t : 3 * t] + theta[3 * t : 4 * t]

    def reduced(self, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the right-hand sides of balance rows, and those of the peaks' rows as elimination leaves them."""
        balance, peaks = right[: self.shared.steps].copy(), self._wide(right[self.shared.steps :])
        for j, (seen, pivot) in enumerate(zip(self._seen, self._pivot, strict=True)):
            part = (seen / pivot) * peaks[:, j]
            peaks[:, j + 1 :] -= part[:, None]
            balance += part
        return balance, peaks

    def restored(self, peaks: np.ndarray, balance: np.ndarray) -> np.ndarray:
        """Return the duals of all shared rows from those of balance rows. peaks : as elimination left them."""
        found, rest = np.zeros_like(peaks), balance.copy()
        for j in reversed(range(self.shared.lines)):
            found[:, j] = (peaks[:, j] + self._seen[j] * rest) / self._pivot[j]
            rest -= found[:, j]
        return np.concatenate([balance, found[self.shared.at, self.shared.line]])

    def _wide(self, values: np.ndarray) -> np.ndarray:
        """Return values of peak rows by step and line, 0 where a line does not apply."""
        found = np.zeros((self.shared.steps, self.shared.lines))
        found[self.shared.at, self.shared.line] = values
        return found

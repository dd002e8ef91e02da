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

from evplan.schedule.arrow.compiled import compiled


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

    @cached_property
    def number(self) -> np.ndarray:
        """Return which peak row a line has in a step, -1 where it does not apply, shape (lines, steps)."""
        return np.where(self.applies, np.cumsum(self.applies).reshape(self.applies.shape) - 1, -1)

    def times(self, y: np.ndarray) -> np.ndarray:
        """Return the rows times columns."""
        found = np.empty(self.steps + len(self.at))
        _times(self.number, self.step_h, y, found)
        return found

    def transposed(self, dual: np.ndarray) -> np.ndarray:
        """Return the transposed rows times duals."""
        found = np.empty(4 * self.steps + self.lines + len(self.at))
        _transposed(self.number, self.step_h, dual, found)
        return found


class Eliminated:
    """Newton's matrix of the shared columns but the peaks, with the peaks' rows eliminated line by line. theta : of the shared columns.

    What balance rows see of e shrinks with each line j that applies to e theta / (e + theta), theta of its slack, as of springs in a row.
    """

    def __init__(self, shared: Shared, theta: np.ndarray) -> None:
        self.shared, self.diagonal = shared, np.empty(shared.steps)
        self._seen, self._pivot = np.empty((2, shared.lines, shared.steps))
        _pivots(shared.number, theta, self._seen, self._pivot, self.diagonal)

    def reduced(self, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the right-hand sides of balance rows, and those of the peaks' rows as elimination leaves them."""
        balance, peaks = right[: self.shared.steps].copy(), right[self.shared.steps :].copy()
        _reduce(self.shared.number, self._seen, self._pivot, balance, peaks)
        return balance, peaks

    def restored(self, peaks: np.ndarray, balance: np.ndarray) -> np.ndarray:
        """Return the duals of all shared rows from those of balance rows. peaks : as elimination left them."""
        found = np.concatenate([balance, peaks])
        _restore(self.shared.number, self._seen, self._pivot, found)
        return found


@compiled
def _times(number: np.ndarray, step_h: float, y: np.ndarray, found: np.ndarray) -> None:
    lines, steps = number.shape
    peak, slack = y[4 * steps : 4 * steps + lines], y[4 * steps + lines :]
    for t in range(steps):
        drawn = y[t] + y[steps + t]
        found[t] = y[2 * steps + t] + y[3 * steps + t] - drawn
        for j in range(lines):
            at = number[j, t]
            if at >= 0:
                found[steps + at] = drawn - step_h * peak[j] + slack[at]


@compiled
def _transposed(number: np.ndarray, step_h: float, dual: np.ndarray, found: np.ndarray) -> None:
    lines, steps = number.shape
    peak, slack = found[4 * steps : 4 * steps + lines], found[4 * steps + lines :]
    peak[:] = 0.0
    for t in range(steps):
        drawn = -dual[t]
        for j in range(lines):
            at = number[j, t]
            if at >= 0:
                drawn += dual[steps + at]
                peak[j] -= step_h * dual[steps + at]
                slack[at] = dual[steps + at]
        found[t], found[steps + t], found[2 * steps + t], found[3 * steps + t] = drawn, drawn, dual[t], dual[t]


@compiled
def _pivots(
    number: np.ndarray, theta: np.ndarray, seen: np.ndarray, pivot: np.ndarray, diagonal: np.ndarray
) -> None:
    lines, steps = number.shape
    slack = theta[4 * steps + lines :]
    for t in range(steps):
        left = theta[t] + theta[steps + t]
        for j in range(lines):
            at = number[j, t]
            if at >= 0:
                seen[j, t], pivot[j, t] = left, left + slack[at]
                left *= slack[at] / pivot[j, t]
        diagonal[t] = left + theta[2 * steps + t] + theta[3 * steps + t]


@compiled
def _reduce(
    number: np.ndarray, seen: np.ndarray, pivot: np.ndarray, balance: np.ndarray, peaks: np.ndarray
) -> None:
    lines, steps = number.shape
    for t in range(steps):
        taken = 0.0
        for j in range(lines):
            at = number[j, t]
            if at >= 0:
                peaks[at] -= taken
                taken += (seen[j, t] / pivot[j, t]) * peaks[at]
        balance[t] += taken


@compiled
def _restore(number: np.ndarray, seen: np.ndarray, pivot: np.ndarray, found: np.ndarray) -> None:
    lines, steps = number.shape
    for t in range(steps):
        left = found[t]
        for back in range(lines):
            j = lines - 1 - back
            at = number[j, t]
            if at >= 0:
                found[steps + at] = (found[steps + at] + seen[j, t] * left) / pivot[j, t]
                left -= found[steps + at]

"""The shared rows of an arrow: what the station draws in every step, and the peaks that are paid.

balance(t)    sum of x - import - excess + export + spill                         t in steps
peak(j, t)    import + excess - h peak(j) + slack(j, t)                           in every step that line j applies in
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

    @cached_property
    def number(self) -> np.ndarray:
        """Return which peak row a line has in a step, -1 where it does not apply, shape (lines, steps)."""
        return np.where(self.applies, np.cumsum(self.applies).reshape(self.applies.shape) - 1, -1)

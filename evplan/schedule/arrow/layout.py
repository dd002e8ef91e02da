"""How the rows and columns of an arrow lie in its arrays, for compiled loops.

rows      sessions, balances of steps, peaks line by line
columns   x session by session, s of sessions; then import, excess, export, spill by step, the peak of each line, the slack of each peak row
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evplan.compiled import compiled


class Layout(NamedTuple):
    """first : the first column of each session, and how many there are, shape (sessions + 1,).  low : the step of that column.

    gain : of each session, shape (sessions,).  number : which peak row a line has in a step, -1 for none, shape (lines, steps).
    step_h : length of a step, h.
    """

    first: np.ndarray
    low: np.ndarray
    gain: np.ndarray
    number: np.ndarray
    step_h: float


@compiled
def sizes(layout: Layout) -> tuple[int, int, int, int]:
    """Return the numbers of sessions, of columns x, of lines and of steps."""
    lines, steps = layout.number.shape
    return len(layout.low), layout.first[-1], lines, steps


@compiled
def parts(
    layout: Layout, columns: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the parts of columns, x, s, those of steps, peaks, slacks, and the parts of rows, balances and peaks; to read or to write."""
    sessions, count, lines, steps = sizes(layout)
    y, shared = columns[count + sessions :], rows[sessions:]
    x, s = columns[:count], columns[count : count + sessions]
    return (
        x,
        s,
        y[: 4 * steps],
        y[4 * steps : 4 * steps + lines],
        y[4 * steps + lines :],
        shared[:steps],
        shared[steps:],
    )

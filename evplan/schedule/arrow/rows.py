"""Products with the rows of an arrow."""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.schedule.arrow.layout import Layout, parts, sizes


@compiled
def times(layout: Layout, columns: np.ndarray, found: np.ndarray) -> None:
    """Write the rows times columns."""
    sessions, _, lines, steps = sizes(layout)
    x, s, y, peak, slack, balance, peaks = parts(layout, columns, found)
    for t in range(steps):
        drawn = y[t] + y[steps + t]
        balance[t] = y[2 * steps + t] + y[3 * steps + t] - drawn
        for j in range(lines):
            if layout.number[j, t] >= 0:
                peaks[layout.number[j, t]] = drawn - layout.step_h * peak[j] + slack[layout.number[j, t]]
    for v in range(sessions):
        own, there, total = x[layout.first[v] : layout.first[v + 1]], balance[layout.low[v] :], 0.0
        for i in range(len(own)):
            total += own[i]
            there[i] += own[i]
        found[v] = layout.gain[v] * total + s[v]


@compiled
def transposed(layout: Layout, duals: np.ndarray, found: np.ndarray) -> None:
    """Write the transposed rows times duals."""
    sessions, _, lines, steps = sizes(layout)
    x, s, y, peak, slack, balance, peaks = parts(layout, found, duals)
    peak.fill(0.0)
    for t in range(steps):
        drawn = -balance[t]
        for j in range(lines):
            if layout.number[j, t] >= 0:
                one = peaks[layout.number[j, t]]
                drawn += one
                peak[j] -= layout.step_h * one
                slack[layout.number[j, t]] = one
        y[t], y[steps + t], y[2 * steps + t], y[3 * steps + t] = drawn, drawn, balance[t], balance[t]
    for v in range(sessions):
        own, there = x[layout.first[v] : layout.first[v + 1]], balance[layout.low[v] :]
        worth = layout.gain[v] * duals[v]
        for i in range(len(own)):
            own[i] = worth + there[i]
        s[v] = duals[v]

"""Prices to begin the arrow at: where everybody fits evenly, a kWh is worth the dearest of the cheapest steps that a session needs."""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.schedule.arrow import Arrow, Guess
from evplan.schedule.arrow.layout import Layout
from evplan.schedule.problem import Problem

OFF = 3.0  # of the median price: how far prices may be from those guessed
ALL_BUT = 1.2
NEGLIGIBLE = 1e-12  # kWh


def guess(problem: Problem, program: Arrow) -> Guess | None:
    """Return prices near which the optimum may lie; None where limits may bind, as nobody knows how dear that makes a kWh."""
    if not _fits_evenly(problem):
        return None
    shared = program.shared
    counts = np.maximum(shared.applies.sum(axis=1), 1) * problem.step_h
    peaks = (
        (np.array([line.per_kw for line in problem.demand]) / counts)[shared.line] if problem.demand else np.zeros(0)
    )
    slot = problem.price + np.bincount(shared.at, peaks, problem.steps)
    worth = np.zeros(len(problem.sessions))
    _dearest_needed(program.layout, program.upper, program.want, slot, np.argsort(slot, kind="stable"), worth)
    worth = np.minimum(worth / problem.efficiency, problem.short_price)
    return Guess(worth, np.concatenate([-slot, -peaks]), OFF * max(float(np.median(np.abs(problem.price))), 1e-6))


def _fits_evenly(problem: Problem) -> bool:
    """Return whether the connection would all but carry everybody at a power that never changes: a plan then lacks little or nothing."""
    possible = problem.efficiency * problem.by_session(problem.most_kwh)
    share = problem.want_kwh / np.maximum(possible, NEGLIGIBLE)
    evenly = problem.by_step(problem.most_kwh * share[problem.columns.session])
    return bool((evenly + problem.base_kwh - problem.solar_kwh <= ALL_BUT * problem.limit_kwh).all())


@compiled
def _dearest_needed(
    layout: Layout, most: np.ndarray, want: np.ndarray, price: np.ndarray, order: np.ndarray, found: np.ndarray
) -> None:
    """Write the price of the dearest step that each session needs if it takes the cheapest first.

    most : that x may be.  price : of steps, in whose `order` they are taken.
    """
    for v in range(len(want)):
        begin, low, count, got = layout.first[v], layout.low[v], layout.first[v + 1] - layout.first[v], 0.0
        for t in order:
            if got >= want[v] - NEGLIGIBLE:
                break
            if low <= t < low + count:
                got += layout.gain[v] * most[begin + t - low]
                found[v] = price[t]

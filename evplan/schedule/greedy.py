"""A plan with switches by simple means: who has least time to spare is placed first, in the cheapest steps that have room.

It keeps every rule of the charge points, and is where the search of whole numbers begins; sessions that find no place get nothing.
"""

from __future__ import annotations

import numpy as np

from evplan.schedule.flows import cost, only
from evplan.schedule.model.points import least_kwh
from evplan.schedule.problem import Problem
from evplan.schedule.rooms import NONE, Rooms

LEVELS = (1.0, 1.05, 1.15, 1.4, np.inf)  # of the highest power of a plan without switches
FAR = 1e9  # money: no step is as dear


def greedy(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return what vehicles draw, shape (columns,), kWh: the cheapest of some plans that keep below several levels of power.

    drawn : by a plan without switches, whose highest power is the lowest level.
    """
    highest = float(problem.by_step(drawn).max(initial=0.0))
    plans = [_below(problem, level * highest) for level in LEVELS]
    return min(plans, key=lambda plan: cost(problem, only(problem, plan)).total)


def _below(problem: Problem, level_kwh: float) -> np.ndarray:
    """Return a plan in which vehicles together draw no more than a level in any step, shape (columns,), kWh."""
    rooms, drawn = Rooms(problem, level_kwh), np.zeros(len(problem.columns))
    least, slack = least_kwh(problem), problem.by_session(problem.most_kwh) * problem.efficiency - problem.want_kwh
    for v in np.lexsort((slack / problem.sessions.max_kw, -problem.sessions.priority)).tolist():
        own = problem.columns_of(v)
        steps = problem.columns.step[own]
        plans = [_place(problem, v, own, rooms.fit(problem, v, own, least[own], kw), rooms) for kw in _caps(problem, v)]
        worth = [_worth(problem, v, own, plan, rooms) for plan in plans]
        best = plans[int(np.argmax(worth))]
        drawn[own] = best
        rooms.take(v, steps, best)
    return drawn


def _caps(problem: Problem, v: int) -> list[float]:
    """Return the powers that a session is tried to stay within, kW, the most first."""
    most, least = float(problem.sessions.max_kw[v]), float(problem.sessions.min_kw[v])
    points = [kw for kw in problem.points.setpoints_kw if kw <= most * (1 + NONE)]
    return sorted(points or {most, max(0.5 * most, least)}, reverse=True)


def _worth(problem: Problem, v: int, own: np.ndarray, plan: np.ndarray, rooms: Rooms) -> float:
    """Return what a plan of a session is worth: energy at the price of a shortfall, less what it costs where others crowd."""
    gain = problem.short_price[v] * problem.efficiency
    return float(((gain - rooms.price(problem, own)) * plan).sum())


def _place(problem: Problem, v: int, own: np.ndarray, energy: np.ndarray, rooms: Rooms) -> np.ndarray:
    """Return what a session draws, at most `energy` in each of its columns, in the cheapest steps; in one block where pauses count."""
    want, price, on_for = (
        problem.want_kwh[v] / problem.efficiency,
        rooms.price(problem, own),
        problem.switched.on_for[v],
    )
    if problem.points.least_on == 1 and problem.points.least_off == 1:
        order = np.lexsort((np.arange(len(own)), price + FAR * (energy <= NONE)))
        drawn = np.zeros(len(own))
        drawn[order] = np.clip(want - (np.cumsum(energy[order]) - energy[order]), 0.0, energy[order])
        if problem.switched.cut[v]:  # no power may end within a step again
            drawn = np.where(drawn < energy - NONE, 0.0, drawn)
        least = problem.sessions.min_kw[v] * problem.columns.hours[own]
        return np.where(drawn >= np.minimum(least, energy) - NONE, drawn, 0.0)
    best, worth = np.zeros(len(own)), 0.0
    for begin in np.flatnonzero(energy > NONE).tolist():
        goes_on = on_for > 0 and begin == 0
        if not goes_on and not _may_begin(problem, on_for, begin):
            continue
        run = np.minimum.accumulate(energy[begin:] > NONE)
        block = np.clip(want - (np.cumsum(energy[begin:]) - energy[begin:]), 0.0, energy[begin:]) * run
        count = int((block > NONE).sum())
        if count + goes_on * on_for < problem.points.least_on and block.sum() < want - NONE:
            continue
        value = float(((problem.short_price[v] * problem.efficiency - price[begin:]) * block).sum())
        if value > worth:
            worth, best = value, np.append(np.zeros(begin), block)
    return best


def _may_begin(problem: Problem, on_for: int, begin: int) -> bool:
    """Return whether a session may begin to charge in a column of its own, for what it did before the first step."""
    if on_for > 0:
        return on_for >= problem.points.least_on and begin >= problem.points.least_off
    return on_for == 0 or begin - on_for >= problem.points.least_off

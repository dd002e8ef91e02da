"""A plan with switches that follows one without: in every step who is furthest behind it is switched on, until all together keep up.

What a vehicle is behind is carried on to the next step, as in error diffusion (Floyd and Steinberg 1976, Proc. SID 17), so that the sum
of powers, and with it the peak, stays near the plan's. Who could not be full any more by resting goes first. For charge points without
least times.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from evplan.compiled import compiled
from evplan.schedule.flows import cost, only
from evplan.schedule.model.points import least_kwh
from evplan.schedule.problem import Problem
from evplan.schedule.rooms import NONE, Rooms

# Of the plan's highest power.
LEVELS = (1.0, 1.005, 1.01, 1.015, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.1, 1.15, 1.3, np.inf)
URGENT = (1.0, 2.0, 4.0, 8.0)  # steps at full power that a vehicle may rest before it is pressed
AHEAD = (0.25, 0.5, 1.0)  # of the least setpoint: how far a vehicle may run ahead of the plan
TOGETHER = 3.0  # of the least setpoint: how far all may


def applies(problem: Problem) -> bool:
    """Return whether charge points ask for no least times."""
    return problem.points.least_on == 1 and problem.points.least_off == 1


def follow(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return what vehicles draw, shape (columns,), kWh: the cheapest of many plans that follow, below several levels of power.

    drawn : by a plan without switches.
    """
    highest = float(problem.by_step(drawn).max(initial=0.0))
    best, worth = np.zeros(len(drawn)), np.inf
    for level, urgent, ahead in product(LEVELS, URGENT, AHEAD):
        plan = _followed(problem, drawn, level * highest, urgent, ahead)
        total = cost(problem, only(problem, plan)).total
        if total < worth:
            best, worth = plan, total
    return best


def _followed(problem: Problem, drawn: np.ndarray, level_kwh: float, urgent: float, ahead: float) -> np.ndarray:
    columns, rooms, plan = problem.columns, Rooms(problem, level_kwh), np.zeros(len(drawn))
    setpoints = np.array(problem.points.setpoints_kw)
    unit = problem.step_h * float(setpoints[0] if len(setpoints) else problem.sessions.max_kw.min())
    order = np.argsort(columns.step, kind="stable")
    _follow(
        order, np.searchsorted(columns.step[order], np.arange(problem.steps + 1)), columns.session, columns.hours, problem.most_kwh,
        least_kwh(problem), drawn, problem.want_kwh / problem.efficiency, problem.by_session(problem.most_kwh), ~problem.switched.cut,
        rooms.left, rooms.share, rooms.seats, rooms.member, setpoints, unit, urgent, ahead, plan,
    )  # fmt: skip
    return plan


@compiled
def _follow(
    order: np.ndarray, first: np.ndarray, session: np.ndarray, hours: np.ndarray, most: np.ndarray,
    least: np.ndarray, drawn: np.ndarray, need: np.ndarray, could: np.ndarray, may_end: np.ndarray,
    left: np.ndarray, share: np.ndarray, seats: np.ndarray, member: np.ndarray, setpoints: np.ndarray,
    unit: float, urgent: float, ahead: float, plan: np.ndarray,
) -> None:  # fmt: skip
    """Write a plan that follows another, `drawn`, step by step.

    order : columns by step, the first of each at `first`.  need : what sessions still draw.  could : what they could.
    may_end : who may end a power within a step.  left, share, seats, member : as of `Rooms`, written over.  unit : of power, kWh.
    """
    behind, together = np.zeros(len(need)), 0.0
    for t in range(len(first) - 1):
        own = order[first[t] : first[t + 1]]
        rank = np.empty(len(own))
        for i in range(len(own)):
            k, v = own[i], session[own[i]]
            behind[v] += drawn[k]
            together += drawn[k]
            rests = (could[v] - need[v]) / max(most[k], NONE)  # steps at full power that it may rest
            rank[i] = -behind[v] if rests >= urgent else rests - 1e9
        for i in np.argsort(rank):
            k, v = own[i], session[own[i]]
            pressed = rank[i] < -1e8
            could[v] -= most[k]
            if need[v] <= NONE or (not pressed and together < min(unit, need[v]) - TOGETHER * unit):
                continue
            room = _room(v, t, most[k], left, share, seats, member)
            wish = need[v] if pressed else min(need[v], max(behind[v], 0.0) + ahead * unit)
            ends = (may_end[v] or not len(setpoints)) and need[v] >= least[k] - NONE
            energy = _energy(room, wish, need[v], setpoints, hours[k], ends, pressed or behind[v] > 0)
            if energy < least[k] - NONE or energy <= NONE:
                continue
            plan[k] = energy
            need[v] -= energy
            behind[v] -= energy
            together -= energy
            for kind in range(len(left)):
                left[kind, t] -= share[kind, v] * energy
            for group in range(len(seats)):
                seats[group, t] -= member[group, v]


@compiled
def _room(
    v: int, t: int, most: float, left: np.ndarray, share: np.ndarray, seats: np.ndarray, member: np.ndarray
) -> float:
    """Return what a session may draw in a step, kWh."""
    room = most
    for kind in range(len(left)):
        if share[kind, v] > 0.0:
            room = min(room, max(left[kind, t], 0.0) / share[kind, v])
    for group in range(len(seats)):
        if member[group, v] and seats[group, t] <= 0:
            room = 0.0
    return room


@compiled
def _energy(
    room: float, wish: float, need: float, setpoints: np.ndarray, hours: float, ends: bool, some: bool
) -> float:
    """Return what a vehicle draws: the highest setpoint up to its wish, the lowest where it shall draw `some`, the rest at its end.

    Where any power can be set, all that there is room for.
    """
    if not len(setpoints):
        return min(room, need)
    lowest, within, most = 0.0, 0.0, 0.0
    for kw in setpoints:
        energy = kw * hours
        if energy <= room + NONE:
            most = energy
            lowest = energy if lowest == 0.0 else lowest
            within = energy if energy <= wish + NONE else within
    if ends and wish >= need - NONE and need <= most + NONE:
        return need
    if within == 0.0 and some and lowest <= need + NONE:
        return lowest
    return within

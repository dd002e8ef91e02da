"""Tangents of what full power brings in a step, as a function of the level that it begins at: concave, so all lie above it."""

from __future__ import annotations

import numpy as np

from evplan.v2x.program.problem import Problem

COUNT = 12  # of each column: the program's levels are then at most some Wh above what a battery takes


def tangents(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the column, the level, the gain there and its slope of every tangent, shape (tangents,) each.

    Only of columns at which a battery may be that full: not before it can have got there.
    """
    own, stay, hours = problem.stays, problem.stay, problem.hours
    most, curve = problem.most_kw, own.curve_kw[stay] * problem.ahead.outside.derate[problem.step]
    room = (own.capacity - own.taper_kwh)[stay]
    knee = own.capacity[stay] - most / curve * room
    begins = knee - most * hours
    reach = np.minimum(own.came[stay] + _before(problem, most * hours), own.most[stay])
    bends = np.flatnonzero((room > 0) & (reach > begins) & (hours > 0))
    low, high = begins[bends], own.capacity[stay][bends]
    # Evenly in the time that is left at full power when the taper begins, then evenly up to full.
    inside = low[:, None] + (knee[bends] - low)[:, None] * np.linspace(0, 1, COUNT)
    at = np.concatenate([inside, high[:, None]], axis=1)
    gain, slope = gain_and_slope(
        at, high[:, None], most[bends, None], curve[bends, None], room[bends, None], hours[bends, None]
    )
    column = np.repeat(bends, at.shape[1])
    useful = (slope < 0).ravel()
    return column[useful], at.ravel()[useful], gain.ravel()[useful], slope.ravel()[useful]


def gain_and_slope(at, capacity, most, curve, room, hours) -> tuple[np.ndarray, np.ndarray]:
    """Return what full power brings from a level on in some hours, kWh, and how that changes with the level; see curve.py."""
    knee = capacity - most / curve * room
    straight_h = np.clip((knee - at) / most, 0.0, hours)
    start = np.maximum(at, np.minimum(knee, at + most * hours))
    left = np.exp(-curve / room * (hours - straight_h))
    bent = straight_h < hours
    gain = np.where(bent, start - at + (capacity - start) * (1 - left), most * hours)
    return gain, np.where(bent, left - 1.0, 0.0)


def _before(problem: Problem, each: np.ndarray) -> np.ndarray:
    """Return the sums over the columns of the same stay before each column."""
    total = np.cumsum(each) - each
    first = np.flatnonzero(problem.first)
    return total - np.repeat(total[first], np.diff(np.append(first, len(each))))

"""Tangents of what full power brings in a step, as a function of the level that it begins at: concave, so all lie above it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evplan.v2x.program.problem import Problem

AT_FIRST = 5  # tangents of each column that a program begins with; more follow where it lives on the room between them


class Lines(NamedTuple):
    """Lines that bound levels: level <= offset + rise * level of the column before. Shape (lines,) each. column : of each."""

    column: np.ndarray
    offset: np.ndarray
    rise: np.ndarray


def first_lines(problem: Problem) -> Lines:
    """Return the tangents that a program begins with, of columns at which a battery may be that full: not before it can have got there."""
    own, stay = problem.stays, problem.stay
    most, room, knee = _shape(problem)
    begins = knee - most * problem.hours
    reach = np.minimum(own.came[stay] + _before(problem, most * problem.hours), own.most[stay])
    bends = np.flatnonzero((room > 0) & (reach > begins))
    inside = begins[bends, None] + (knee - begins)[bends, None] * np.linspace(0, 1, AT_FIRST)
    at = np.concatenate([inside, own.capacity[stay][bends, None]], axis=1)
    return lines(problem, np.repeat(bends, at.shape[1]), at.ravel())


def lines(problem: Problem, column: np.ndarray, at: np.ndarray) -> Lines:
    """Return tangents of columns at levels."""
    gain, slope = gain_and_slope(problem, column, at)
    useful = slope < 0
    return Lines(column[useful], (gain - slope * at)[useful], (1 + slope)[useful])


def passed(problem: Problem, level: np.ndarray, by: float) -> Lines:
    """Return tangents that levels pass, where more goes into batteries than full power brings. level : by column.  by : kWh or more."""
    before = levels_before(problem, level)
    gain, _ = gain_and_slope(problem, np.arange(len(level)), before)
    column = np.flatnonzero(level - before - gain > by)
    return lines(problem, column, before[column])


def levels_before(problem: Problem, level: np.ndarray) -> np.ndarray:
    """Return the levels at which columns begin. level : at their ends."""
    return np.where(problem.first, problem.stays.came[problem.stay], np.append(0.0, level)[:-1])


def gain_and_slope(problem: Problem, column: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what full power brings in columns from levels on, kWh, and how that changes with the level; see curve.py."""
    most, room, knee = (values[column] for values in _shape(problem))
    hours, capacity = problem.hours[column], problem.stays.capacity[problem.stay[column]]
    straight_h = np.clip((knee - at) / most, 0.0, hours)
    start = np.maximum(at, np.minimum(knee, at + most * hours))
    bent = (room > 0) & (straight_h < hours)
    # Beyond the knee power falls in proportion to what is missing, by curve_kw / room an hour.
    fall = most / np.where(room > 0, capacity - knee, 1.0)
    left = np.exp(-np.where(bent, fall, 0.0) * (hours - straight_h))
    return np.where(bent, start - at + (capacity - start) * (1 - left), most * hours), np.where(bent, left - 1.0, 0.0)


def _shape(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the most power into each column's battery, the room in which it tapers, and the level from which that power falls."""
    own, stay, most = problem.stays, problem.stay, problem.most_kw
    room = (own.capacity - own.taper_kwh)[stay]
    curve = own.curve_kw[stay] * problem.ahead.outside.derate[problem.step]
    return most, room, own.capacity[stay] - most / curve * room


def _before(problem: Problem, each: np.ndarray) -> np.ndarray:
    """Return the sums over the columns of the same stay before each column."""
    total, first = np.cumsum(each) - each, np.flatnonzero(problem.first)
    return total - np.repeat(total[first], np.diff(np.append(first, len(each))))

"""How things stand when a step begins: who is there with how much, what peaks have been, and which vehicles are switched on since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.schedule.problem import Problem, Switched

NONE = 1e-6  # kWh: a power that small is none


@dataclass(frozen=True)
class Standing:
    """How things stand when a step begins.

    here : which sessions are plugged in, shape (sessions,), bool.  got_kwh : into their batteries so far.
    leaves_s : when they are believed to leave.  stored_kwh : in the battery.
    peaks_kw : what import may reach for nothing, by demand charge.  peak_price : of a kW above.
    switched : None where nobody asks.
    """

    here: np.ndarray
    got_kwh: np.ndarray
    leaves_s: np.ndarray
    peaks_kw: np.ndarray
    peak_price: np.ndarray
    stored_kwh: float
    switched: Switched | None = None


def switched_before(problem: Problem, drawn: np.ndarray, step: int) -> Switched | None:
    """Return how vehicles are switched when a step begins; None where pauses and setpoints do not count. drawn : shape (columns,)."""
    points, count = problem.points, len(problem.sessions)
    if points.least_on == 1 and points.least_off == 1 and not points.setpoints_kw:
        return None
    on_for = np.zeros(count, int)
    for v in range(count):
        own = problem.columns_of(v)
        on = drawn[own[problem.columns.step[own] < step]] > NONE
        if on.any():
            since = len(on) - int(np.flatnonzero(on != on[-1])[-1]) - 1 if (on != on[-1]).any() else len(on)
            on_for[v] = since if on[-1] else -since
    return Switched(on_for, parts(problem, drawn) > 0)


def parts(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return in how many steps each session's power is no setpoint, shape (sessions,); 0 where any power can be set."""
    return problem.by_session(no_setpoint(problem, drawn).astype(float))


def no_setpoint(problem: Problem, drawn: np.ndarray) -> np.ndarray:
    """Return in which columns a power is none of the setpoints, shape (columns,), bool."""
    points = np.array([0.0, *problem.points.setpoints_kw])
    if len(points) == 1:
        return np.zeros(len(drawn), bool)
    return np.abs(drawn / problem.columns.hours - points[:, None]).min(axis=0) > NONE / problem.step_h

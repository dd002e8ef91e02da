"""The power of every vehicle at every moment: what comes or leaves within a step is brought below what is full then.

The plan's limits hold for means of a step. A vehicle that is there for a part of it takes its energy in that part, beside others that
were planned for the whole: their sum may pass a limit that the mean keeps. Fuses know moments, so orders to charge points must, too.
"""

from __future__ import annotations

import numpy as np

from evplan.schedule.flows import Decision
from evplan.schedule.points import PHASES
from evplan.schedule.problem import TINY_H, Problem
from evplan.schedule.rooms import Rooms
from evplan.schedule.sessions import HOUR_S


def power_kw(problem: Problem, decision: Decision) -> np.ndarray:
    """Return the power of every vehicle while it is there, kW, shape (columns,): no limit that the plan's means keep is passed at any
    moment, as vehicles that are there for a part of a step take less where others leave them less."""
    columns, h = problem.columns, problem.step_h
    kw = (decision.drawn - decision.given) / columns.hours
    part = np.flatnonzero(columns.hours < h - TINY_H)
    rooms = Rooms(problem, np.inf)
    beside = decision.discharge - decision.charge - decision.resting
    rooms.left[0] = problem.limit_kwh - problem.base_kwh + problem.solar_kwh + beside
    if problem.points.phase is not None:
        rooms.left[1 : 1 + len(PHASES)] += beside / len(PHASES)
    begins = np.maximum(
        problem.sessions.arrival_s[columns.session[part]], problem.begin_s + HOUR_S * h * columns.step[part]
    )
    for t in np.unique(columns.step[part]).tolist():
        here = columns.step[part] == t
        own, come = part[here], begins[here]
        leave = come + HOUR_S * columns.hours[own]
        there = (come[:, None] <= come) & (come < leave[:, None])  # sums are highest when somebody comes
        whole = (columns.step == t) & (columns.hours >= h - TINY_H)
        for left, share in zip(rooms.left, rooms.share, strict=True):
            planned = float((share[columns.session] * (decision.drawn - decision.given))[columns.step == t].sum())
            room = max(left[t], planned) / h - float((share[columns.session[whole]] * kw[whole]).sum())
            taken = share[columns.session[own]] * np.maximum(kw[own], 0.0)
            fits = np.clip(room / np.maximum(there.T @ taken, 1e-12), 0.0, 1.0)
            least = np.where(there, fits, 1.0).min(axis=1)
            kw[own] = np.where((kw[own] > 0) & (taken > 0), kw[own] * least, kw[own])
    return kw

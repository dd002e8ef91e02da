"""Policies that operators use today, for comparison: each decides step by step, knowing only who is plugged in and what they want.

as-soon-as-possible   first come, first served, everybody at full power
as-late-as-possible   nobody draws what can still be drawn later
round-robin           the room is handed out in small parts, in turn
earliest-deadline     who leaves first is served first
least-laxity          who could wait least is served first: what can be drawn until departure less what is needed, in hours at full power

All keep within the connection's limit, less what a building takes, plus what panels give, and follow charging curves; what a phase or a
shared charge point cannot carry is cut alike from all on it. None knows prices, or who is to come; none minds setpoints and pauses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evplan.schedule.flows import Decision, only
from evplan.schedule.points import PHASES, taper_kwh
from evplan.schedule.problem import Problem
from evplan.schedule.sessions import HOUR_S

TURNS = 10  # of round robin: parts in which a session's power is handed out


@dataclass(frozen=True)
class Now:
    """Who is plugged in at a step, shape (present,).

    need : kWh still to draw.  most : kWh that it can draw now.  later : kWh that it could draw after this step.
    power_kw, arrived_s, leaves_s : of the session.
    """

    need: np.ndarray
    most: np.ndarray
    later: np.ndarray
    power_kw: np.ndarray
    arrived_s: np.ndarray
    leaves_s: np.ndarray

    @property
    def wants(self) -> np.ndarray:
        """Return what each could draw now, kWh."""
        return np.minimum(self.need, self.most)


def as_soon_as_possible(now: Now, room: float) -> np.ndarray:
    """Return what each draws when those that came first are served first."""
    return _in_order(now.wants, room, np.argsort(now.arrived_s, kind="stable"))


def as_late_as_possible(now: Now, room: float) -> np.ndarray:
    """Return what each draws when nobody draws what can wait, the most urgent first."""
    due = np.clip(now.need - now.later, 0.0, now.most)
    return _in_order(due, room, _by_laxity(now))


def round_robin(now: Now, room: float) -> np.ndarray:
    """Return what each draws when small parts of everybody's power are handed out in turn."""
    part, drawn = now.most / TURNS, np.zeros(len(now.need))
    for _ in range(TURNS):
        turn = _in_order(np.minimum(part, now.wants - drawn), room - float(drawn.sum()), np.arange(len(part)))
        drawn = drawn + turn
    return drawn


def earliest_deadline(now: Now, room: float) -> np.ndarray:
    """Return what each draws when those that leave first are served first."""
    return _in_order(now.wants, room, np.argsort(now.leaves_s, kind="stable"))


def least_laxity(now: Now, room: float) -> np.ndarray:
    """Return what each draws when those that could wait least are served first."""
    return _in_order(now.wants, room, _by_laxity(now))


def _by_laxity(now: Now) -> np.ndarray:
    return np.argsort((now.most + now.later - now.need) / now.power_kw, kind="stable")


def _in_order(wants: np.ndarray, room: float, order: np.ndarray) -> np.ndarray:
    """Return what each gets when the room is handed out in an order."""
    asked = wants[order]
    drawn = np.zeros(len(wants))
    drawn[order] = np.clip(room - (np.cumsum(asked) - asked), 0.0, asked)
    return drawn


Policy = Callable[[Now, float], np.ndarray]
POLICIES: dict[str, Policy] = {
    "as-soon-as-possible": as_soon_as_possible,
    "as-late-as-possible": as_late_as_possible,
    "round-robin": round_robin,
    "earliest-deadline": earliest_deadline,
    "least-laxity": least_laxity,
}


def follow(problem: Problem, policy: Policy, said_s: np.ndarray | None = None) -> Decision:
    """Return what a policy decides, step by step. said_s : when drivers said they leave, where that is not when they left."""
    own, columns = problem.sessions, problem.columns
    need = (problem.want_kwh if said_s is None else own.energy_kwh) / problem.efficiency
    leaves_s = own.departure_s if said_s is None else said_s
    later = need_after(problem) if said_s is None else need_until(problem, said_s)
    room = np.maximum(problem.limit_kwh - problem.base_kwh + problem.solar_kwh, 0.0)
    drawn, got = np.zeros(len(columns)), np.zeros(len(own))
    order = np.argsort(columns.step, kind="stable")
    first = np.searchsorted(columns.step[order], np.arange(problem.steps + 1))
    for t in range(problem.steps):
        here = order[first[t] : first[t + 1]]
        if len(here):
            who = columns.session[here]
            most = _most(problem, here, got)
            now = Now(need[who], most, later[here], own.max_kw[who], own.arrival_s[who], leaves_s[who])
            drawn[here] = policy(now, float(room[t]))
            if not problem.points.plain:
                drawn[here] = _cut(problem, t, who, drawn[here])
            need[who] -= drawn[here]
            got[who] += problem.efficiency * drawn[here]
    return only(problem, np.maximum(drawn, 0.0))


def _most(problem: Problem, here: np.ndarray, got: np.ndarray) -> np.ndarray:
    """Return what vehicles may draw in a step, kWh, by their charging curves. here : columns.  got : by each session so far."""
    most, who = problem.most_kwh[here], problem.columns.session[here]
    tapers = problem.tapers[who]
    if not tapers.any():
        return most
    gain = problem.efficiency / np.where(tapers, problem.sessions.battery_kwh[who], 1.0)
    soc = np.where(tapers, problem.sessions.arrival_soc[who], 0.0) + gain * got[who] / problem.efficiency
    return np.where(tapers, taper_kwh(problem.points.taper, most, soc, gain), most)


def _cut(problem: Problem, t: int, who: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return what is drawn in a step where phases and shared charge points cut it. who : the sessions."""
    points = problem.points
    if points.phase is not None:
        phase = problem.phase_in_turn[who]
        site = max(0.0, float(problem.base_kwh[t] - problem.solar_kwh[t])) / len(PHASES)
        for one in PHASES:
            share = np.where(phase == one, 1.0, np.where(phase == 0, 1 / len(PHASES), 0.0))
            drawn = np.where(share > 0, drawn * _part(float(share @ drawn), points.phase_limit_kwh - site), drawn)
    for group in points.groups:
        inside = group.members[who]
        if group.at_once is not None:
            on = np.cumsum(inside & (drawn > 0))
            drawn = np.where(inside & (on > group.at_once), 0.0, drawn)
        drawn = np.where(inside, drawn * _part(float(drawn[inside].sum()), group.most_kwh), drawn)
    return drawn


def _part(wanted: float, room: float) -> float:
    """Return the part of what is wanted that there is room for."""
    return 1.0 if wanted <= room else max(room, 0.0) / wanted


def need_after(problem: Problem) -> np.ndarray:
    """Return what each column's session could draw in its later columns, kWh, shape (columns,)."""
    total = np.cumsum(problem.most_kwh)
    last = np.searchsorted(problem.columns.session, problem.columns.session, side="right") - 1
    return total[last] - total


def need_until(problem: Problem, said_s: np.ndarray) -> np.ndarray:
    """Return what each column's session could draw between the column's end and when it is said to leave, kWh, shape (columns,)."""
    columns = problem.columns
    ends_s = problem.begin_s + HOUR_S * problem.step_h * (columns.step + 1)
    left_h = np.maximum(said_s[columns.session] - ends_s, 0.0) / HOUR_S
    return problem.sessions.max_kw[columns.session] * left_h

"""What charge points ask for: phases, groups that share, setpoints, least powers, and pauses that are no flicker.

on[k], start[k], stop[k]    whether a vehicle charges in a step, begins to, ceases to         whole numbers, 0 or 1
at[k, s]                    whether it charges at setpoint s
of_phase_kwh[k, p], is[v, p]    what a one-phase vehicle draws on phase p, and whether it is there
phase_excess_kwh[t, p]      what a phase carries above its limit

least[k] on[k] <= drawn[k] <= most[k] on[k]                                 switch
on[k] - on[k-1] = start[k] - stop[k], from what was before the first step   turn
sum of start over the last `least on` steps <= on[k]                        stay on
sum of stop over the last `least off` steps <= 1 - on[k]                    stay off
drawn[k] = hours * sum over s of setpoint[s] at[k, s],  sum of at = on      setpoint
sum of a group's drawn[t] <= most,  sum of its on[t] <= at once             shared
one-phase on p + (three-phase + station) / 3 <= limit + excess              phase
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.schedule.model.vehicles import before
from evplan.schedule.points import CHOSEN, PHASES
from evplan.schedule.problem import Problem

FAINT = 0.05  # of the most power: less is a pause, where pauses count


def least_kwh(problem: Problem) -> np.ndarray:
    """Return the least that each column draws if it draws, kWh, shape (columns,); less than a faint part of the most is a pause."""
    least = problem.sessions.min_kw[problem.columns.session] * problem.columns.hours
    if problem.points.least_on > 1 or problem.points.least_off > 1:
        least = np.maximum(least, FAINT * problem.most_kwh)
    return np.minimum(least, problem.most_kwh)


def bound_to(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return in which columns a session must be on, and must be off, for what it did before the first step; shape (columns,), bool.

    Who began goes on, unless what is shared has shrunk since.
    """
    on_for, place = problem.switched.on_for[problem.columns.session], problem.place
    on = (on_for > 0) & (place < problem.points.least_on - on_for)
    least = least_kwh(problem)
    for group in problem.points.groups:
        own = on & group.members[problem.columns.session]
        crowd, power = problem.by_step(own.astype(float)), problem.by_step(np.where(own, least, 0.0))
        full = (crowd > (np.inf if group.at_once is None else group.at_once)) | (power > group.most_kwh)
        on &= ~(own & full[problem.columns.step])
    return on, (on_for < 0) & (place < problem.points.least_off + on_for)


def add(block: Any, problem: Problem) -> None:
    """Add what sessions share and the phases to a program that holds vehicles, the station, and switches where any are needed."""
    step, steps = problem.columns.step, problem.steps
    for i, group in enumerate(problem.points.groups):
        here = np.where(group.members[problem.columns.session], step, -1)
        if np.isfinite(group.most_kwh):
            rows = Rows(each(block.drawn_kwh).sum_by(here, steps) <= group.most_kwh, doc="they share a power")
            block.add_component(f"shared_power_{i}", rows)
        if group.at_once is not None and hasattr(block, "on"):
            rows = Rows(each(block.on).sum_by(here, steps) <= group.at_once, doc="they take turns")
            block.add_component(f"shared_turn_{i}", rows)
    if problem.points.phase is not None:
        _phases(block, problem)


def add_switches(block: Any, problem: Problem) -> None:
    """Add whether each vehicle is on, in every column."""
    points, session = problem.points, problem.columns.session
    must, must_not = bound_to(problem)
    block.on = Columns((len(session),), lower=must.astype(float), upper=1.0 - must_not, whole=True)
    on, drawn = each(block.on), each(block.drawn_kwh)
    least = least_kwh(problem)
    block.switch_most = Rows(drawn - problem.most_kwh * on <= 0, doc="who draws is on")
    block.switch_least = Rows(drawn - least * on >= 0, least > 0, doc="who is on draws its least")
    if points.least_on > 1 or points.least_off > 1:
        _pauses(block, problem, on)
    if points.setpoints_kw:
        _setpoints(block, problem, on)


def _pauses(block: Any, problem: Problem, on: Affine) -> None:
    session = problem.columns.session
    block.start, block.stop = (Columns((len(session),), upper=1.0) for _ in range(2))
    start, stop = each(block.start), each(block.stop)
    was = (problem.place == 0) & (problem.switched.on_for[session] > 0)
    block.turn = Rows(
        on - before(on, session) - start + stop == was.astype(float), doc="who is on now and was not has begun"
    )
    begun, ended = (
        _last(of, count, session) for of, count in ((start, problem.points.least_on), (stop, problem.points.least_off))
    )
    block.stay_on = Rows(begun - on <= 0, doc="who begins goes on")
    block.stay_off = Rows(ended + on <= 1, doc="who ceases pauses")


def _last(values: Affine, count: int, session: np.ndarray) -> Affine:
    """Return the sum over this column and those before it, `count` in all, of the same session."""
    back = np.arange(len(session))[:, None] - np.arange(count)
    same = (back >= 0) & (session[np.maximum(back, 0)] == session[:, None])
    return (values[np.maximum(back, 0)] * same).sum(-1)


def _setpoints(block: Any, problem: Problem, on: Affine) -> None:
    setpoints = np.array(problem.points.setpoints_kw)
    energy = problem.columns.hours[:, None] * setpoints
    block.at = Columns(energy <= problem.most_kwh[:, None] * (1 + 1e-9), upper=1.0, whole=True)
    at = each(block.at)
    session, count = problem.columns.session, len(problem.sessions)
    block.cut_kwh = Columns((len(session),), upper=problem.most_kwh)
    block.part = Columns((len(session),), upper=1.0 - problem.switched.cut[session], whole=True)
    cut, part = each(block.cut_kwh), each(block.part)
    block.setpoint = Rows((at * energy).sum(-1) - each(block.drawn_kwh) - cut == 0, doc="powers are set in steps")
    block.cut_part = Rows(cut - problem.most_kwh * part <= 0, doc="but once")
    block.one_part = Rows(part.sum_by(session, count) <= 1, doc="once in a stay, a power ends within its step")
    block.one_setpoint = Rows(at.sum(-1) - on == 0, doc="one at a time")


def _phases(block: Any, problem: Problem) -> None:
    session, points = problem.columns.session, problem.points
    assert points.phase is not None
    phase = points.phase[session]
    net = each(block.drawn_kwh) - each(block.given_kwh)
    block.phase_excess_kwh = Columns((problem.steps, len(PHASES)))
    if points.chooses_phase:
        _choose(block, problem, phase)
    station = each(block.spill_kwh) + (problem.base_kwh - problem.solar_kwh)
    if problem.battery is not None:
        station = station + each(block.charge_kwh) - each(block.discharge_kwh)
    for i, one in enumerate(PHASES):
        share = np.where(phase == one, 1.0, np.where(phase == 0, 1 / len(PHASES), 0.0))
        laden = net * share
        if points.chooses_phase:
            laden = laden + each(block.of_phase_kwh)[:, i]
        total = laden.sum_by(problem.columns.step, problem.steps) + station / len(PHASES)
        rows = Rows(
            total - each(block.phase_excess_kwh)[:, i] <= points.phase_limit_kwh, doc="a phase carries its limit"
        )
        block.add_component(f"phase_{one}", rows)


def _choose(block: Any, problem: Problem, phase: np.ndarray) -> None:
    """Let the plan say on which phase a vehicle is. phase : of each column."""
    assert problem.points.phase is not None
    session, chosen = problem.columns.session, phase == CHOSEN
    several = chosen[:, None] & np.ones(len(PHASES), bool)
    lower = np.where(problem.gives[session], -problem.most_kwh, 0.0)[:, None]
    block.of_phase_kwh = Columns(several, lower=lower, upper=problem.most_kwh[:, None])
    who = (problem.points.phase == CHOSEN)[:, None] & np.ones(len(PHASES), bool)
    block.is_on = Columns(who, upper=1.0, whole=True)
    drawn, there = each(block.of_phase_kwh), each(block.is_on)
    block.one_phase = Rows(there.sum(-1) == 1, who[:, 0], doc="a vehicle is on one phase")
    net = each(block.drawn_kwh) - each(block.given_kwh)
    block.on_phase = Rows(drawn.sum(-1) - net == 0, chosen, doc="what it draws, it draws there")
    here = there[session] * problem.most_kwh[:, None]
    block.only_there = Rows(drawn - here <= 0, several, doc="and nowhere else")
    gives = several & problem.gives[session][:, None]
    if gives.any():
        block.gives_only_there = Rows(drawn + here >= 0, gives, doc="nor does it give elsewhere")

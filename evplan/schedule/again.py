"""Plan anew from a moment on: what a plan did until then stands, and what is new is taken up: arrivals, who left early, prices, limits."""

from __future__ import annotations

import datetime
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from evplan.csvs import read_csv
from evplan.errors import InputError
from evplan.report.sealed import sealed
from evplan.schedule.flows import Decision, cost, stored_gain
from evplan.schedule.points import CHOSEN
from evplan.schedule.problem import TINY_H, Problem
from evplan.schedule.rolling import remaining
from evplan.schedule.sessions import HOUR_S, Sessions
from evplan.schedule.solve import Found, Solver, solve
from evplan.schedule.standing import Standing, switched_before

if TYPE_CHECKING:
    import pandas as pd


def moment(text: str, zone: str) -> float:
    """Return an instant as seconds since 1970. Raises: InputError for what is none."""
    try:
        said = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--now must be ISO 8601, such as 2027-03-01T10:30 (got {text!r})") from None
    return (said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone))).timestamp()


def known_at(sessions: Sessions, now_s: float) -> Sessions:
    """Return sessions as they are known at a moment: who has left has, and the others leave as they say."""
    return replace(sessions, departure_s=np.where(sessions.left_s <= now_s, sessions.left_s, sessions.departure_s))


def anew(
    problem: Problem,
    folder: Path,
    now_s: float,
    solver: Solver = "auto",
    limit_s: float = 60.0,
    stop: threading.Event | None = None,
) -> Found:
    """Return a plan that keeps to that of a folder until a moment, and is the cheapest from then on.

    problem : of the sessions as they are known now, of the whole time; a step that has begun ends as it was planned.
    limit_s, stop : of the search where vehicles are switched.
    Raises: InputError where the folder's plan is of other steps, or of sessions that charged and are not there any more.
    """
    power, station = _before(problem, folder)
    step = int(np.ceil((now_s - problem.begin_s) / (3600.0 * problem.step_h) - 1e-9))
    if not 0 <= step < problem.steps:
        begin, last = problem.clock.start[0], problem.clock.start[-1]
        raise InputError(f"--now must lie between {begin:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M}, where the plan is")
    problem = _on_their_phases(problem, folder, now_s)
    done = _done(problem, power, station, step, folder)
    standing = _standing(problem, done, station, step)
    left = remaining(problem, step, standing)
    found = solve(left, solver, limit_s, stop)
    decision = _merged(problem, done, left, found.decision, step, np.flatnonzero(standing.here))
    own = cost(problem, decision)
    bound = own.total - max(0.0, found.cost.total - found.bound)
    return replace(found, decision=decision, cost=own, bound=bound, slot_price=None, stands=step)


def _on_their_phases(problem: Problem, folder: Path, now_s: float) -> Problem:
    """Return a problem in which who is plugged in already stays on the phase that its plan chose."""
    if not problem.points.chooses_phase:
        return problem
    table = read_csv(folder / "sessions.csv", dtype={"session": str}, keep_default_na=False)
    chosen = dict(zip(table["session"], table["phase"].astype(int))) if "phase" in table else {}
    phase, own = problem.phase_in_turn.copy(), problem.sessions
    for v in np.flatnonzero(problem.points.phase == CHOSEN).tolist():
        phase[v] = chosen.get(str(own.name[v]), phase[v]) if own.arrival_s[v] < now_s else CHOSEN
    return replace(problem, points=replace(problem.points, phase=phase))


def _before(problem: Problem, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of power and of the station that a plan wrote."""
    import pandas as pd

    said = sealed(folder, "schedule")
    begins, minutes = problem.clock.start[0].isoformat(), round(60 * problem.step_h)
    if said["begins"] != begins or said["step_minutes"] != minutes:
        raise InputError(
            f"{folder}: its plan begins {said['begins']} in steps of {said['step_minutes']} min, this one {begins} in steps of {minutes}; "
            "say `start` in the site's file"
        )
    return pd.read_parquet(folder / "power.parquet"), read_csv(folder / "station.csv")


def _done(problem: Problem, power: pd.DataFrame, station: pd.DataFrame, step: int, folder: Path) -> Decision:
    """Return what the plan did before a step, on the problem's columns."""
    names = {str(name): v for v, name in enumerate(problem.sessions.name)}
    at = (
        np.round((power["time"] - problem.clock.start[0]).dt.total_seconds() / 3600 / problem.step_h)
        .astype(int)
        .to_numpy()
    )
    past = power[(at < step) & (power["drawn_kwh"] + power["given_kwh"] > 0)]
    unknown = sorted(set(past["session"].astype(str)) - set(names))
    if unknown:
        raise InputError(
            f"session {unknown[0]!r} charged before that moment in {folder} and is not among the sessions; keep it, with when it left "
            "in a column `left`"
        )
    places = _places(problem)
    drawn, given = np.zeros(len(problem.columns)), np.zeros(len(problem.columns))
    for name, t, out, back in zip(past["session"], at[past.index], past["drawn_kwh"], past["given_kwh"]):
        k = places.get((names[str(name)], int(t)))
        if k is not None:
            drawn[k], given[k] = min(out, problem.most_kwh[k]), back
    battery, spilled = (np.zeros(problem.steps) for _ in range(2))
    count = min(step, len(station))
    battery[:count] = station["battery_kw"].to_numpy()[:count] * problem.step_h
    spilled[:count] = station["spilled_kw"].to_numpy()[:count] * problem.step_h
    resting = np.where(problem.price < 0, np.minimum(spilled, problem.solar_kwh), 0.0)
    return Decision(drawn, given, resting, np.maximum(battery, 0.0), np.maximum(-battery, 0.0))


def _places(problem: Problem) -> dict[tuple[int, int], int]:
    """Return which column a session has in a step."""
    pairs = zip(problem.columns.session.tolist(), problem.columns.step.tolist())
    return {pair: k for k, pair in enumerate(pairs)}


def _standing(problem: Problem, done: Decision, station: pd.DataFrame, step: int) -> Standing:
    """Return how things stand at a step. Sessions to come, if they are known, are planned as well."""
    own, battery = problem.sessions, problem.battery
    stored = 0.0
    if battery is not None:
        stored = battery.stored_kwh + float(
            (battery.efficiency * done.charge - done.discharge / battery.efficiency).sum()
        )
    import_kw = np.zeros(problem.steps)
    import_kw[: min(step, len(station))] = station["import_kw"].to_numpy()[:step]
    peaks = np.array([max(line.so_far_kw, float(import_kw[line.applies].max(initial=0.0))) for line in problem.demand])
    got = problem.by_session(stored_gain(problem, done))
    price = np.array([line.per_kw for line in problem.demand])
    switched = switched_before(problem, done.drawn, step)
    here = own.departure_s > problem.begin_s + HOUR_S * (problem.step_h * step + TINY_H)
    return Standing(here, got, own.departure_s, peaks, price, stored, switched)


def _merged(problem: Problem, done: Decision, left: Problem, said: Decision, step: int, who: np.ndarray) -> Decision:
    """Return what was done before a step and what is said from it on. who : the sessions that are left, by their number."""
    places = _places(problem)
    at = np.array(
        [places[int(who[v]), step + t] for v, t in zip(left.columns.session.tolist(), left.columns.step.tolist())], int
    )
    drawn, given = done.drawn.copy(), done.given.copy()
    drawn[at], given[at] = said.drawn, said.given
    after = slice(step, step + left.steps)
    series = [part.copy() for part in (done.resting, done.charge, done.discharge)]
    for whole, part in zip(series, (said.resting, said.charge, said.discharge), strict=True):
        whole[after] = part
    resting, charge, discharge = series
    phase = None
    if said.phase is not None:
        phase = problem.phase_in_turn.copy()
        phase[who] = said.phase[: len(who)]
    return Decision(drawn, given, resting, charge, discharge, phase)

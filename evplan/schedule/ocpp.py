"""A plan as OCPP SetChargingProfile requests, 1.6, 2.0.1 and 2.1: a profile for each session, absolute in time.

Each stands beside its session and the charge point that the session's file names; connectors are counted inside a charge point, the lowest
that is free when a session comes. A connector takes several sessions one after the other: each has a level of its own in the stack and is
valid while it stays, so that none replaces another. Steps of equal limits become one period. Limits are rounded down to a tenth of their
unit (1.6 wants multiples of 0.1), and keep what the plan keeps at every moment, not in the mean of a step only (moments.py).
"""

from __future__ import annotations

import datetime
import math
from typing import Any, Literal

import numpy as np

from evplan.parameters.ports import lowest_free
from evplan.schedule.chargers import Chargers
from evplan.schedule.flows import Decision
from evplan.schedule.moments import power_kw
from evplan.schedule.problem import Problem
from evplan.schedule.sessions import HOUR_S

Version = Literal["1.6", "2.0.1", "2.1"]
LEAST_A = 6.0  # of a phase, IEC 61851-1
VERSIONS: tuple[Version, ...] = ("1.6", "2.0.1", "2.1")


def profiles(problem: Problem, decision: Decision, chargers: Chargers, version: Version) -> list[dict[str, Any]]:
    """Return, for every session that is planned, its name, its charge point ("" where none is named), and the request's payload."""
    found = []
    connectors, before, kw = connectors_of(problem), dict[tuple[str, int], int](), power_kw(problem, decision)
    for v, charger in enumerate(problem.sessions.charger.tolist()):
        own = problem.columns_of(v)
        if len(own):
            at = charger, int(connectors[v])
            before[at] = before.get(at, 0) + 1
            request = _profile(problem, decision, kw[own], chargers, version, v, own, at[1], before[at])
            found.append({"session": str(problem.sessions.name[v]), "charger": charger, "request": request})
    return found


def below_least(said: list[dict[str, Any]], chargers: Chargers) -> int:
    """Return in how many periods of requests (2.0.1) a vehicle shall draw, and less than IEC 61851 lets a charge point offer."""
    count = 0
    for one in said:
        for period in one["request"]["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]:
            amperes = period["limit"] / (
                1.0 if chargers.rate_unit == "A" else chargers.voltage * period["numberPhases"]
            )
            count += 0 < amperes < LEAST_A
    return count


def _profile(
    problem: Problem,
    decision: Decision,
    kw: np.ndarray,
    chargers: Chargers,
    version: Version,
    v: int,
    own: np.ndarray,
    port: int,
    stack: int,
) -> dict[str, Any]:
    begin, end, powers = _periods(problem, kw, own)
    phases = int(problem.sessions.phases[v])
    phase = decision.phase if decision.phase is not None else problem.points.phase
    on = int(phase[v]) if phase is not None and phases == 1 else 0
    schedule = {
        "startSchedule": _utc(begin),
        "duration": int(end - begin),
        "chargingRateUnit": chargers.rate_unit,
        "chargingSchedulePeriod": _merged([_period(at, watts, phases, on, chargers, version) for at, watts in powers]),
    }
    profile = {
        "stackLevel": stack,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": _utc(begin),
        "validTo": _utc(end),
    }
    if version == "1.6":
        return {
            "connectorId": port,
            "csChargingProfiles": {"chargingProfileId": v + 1, **profile, "chargingSchedule": schedule},
        }
    return {
        "evseId": port,
        "chargingProfile": {"id": v + 1, **profile, "chargingSchedule": [{"id": v + 1, **schedule}]},
    }


def _periods(problem: Problem, kw: np.ndarray, own: np.ndarray) -> tuple[float, float, list[tuple[int, float]]]:
    """Return when a session's plan begins and ends, seconds since 1970, and (seconds from its beginning, W) of each step."""
    starts = problem.begin_s + HOUR_S * problem.step_h * problem.columns.step[own]
    first = math.ceil(max(float(starts[0]), float(problem.sessions.arrival_s[problem.columns.session[own[0]]])))
    last = math.floor(float(starts[-1]) + HOUR_S * problem.step_h)
    at = [0, *(int(start - first) for start in starts[1:].tolist())]
    return float(first), float(last), list(zip(at, (1000 * kw).tolist(), strict=True))


def _merged(periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return periods without those that say the same as the one before."""
    found: list[dict[str, Any]] = []
    for period in periods:
        if not found or period | {"startPeriod": 0} != found[-1] | {"startPeriod": 0}:
            found.append(period)
    return found


def _period(at: int, watts: float, phases: int, on: int, chargers: Chargers, version: Version) -> dict[str, Any]:
    """Return one period. What vehicles give back has a form in 2.1 only (a setpoint below 0); before, they are told to rest.

    on : the phase of a one-phase session, 0 where it is not weighed.
    """
    unit = 1.0 if chargers.rate_unit == "W" else chargers.voltage * phases
    limit = math.floor(10 * max(watts, 0.0) / unit + 1e-9) / 10
    if version == "2.1" and watts < 0:
        return {
            "startPeriod": at,
            "operationMode": "CentralSetpoint",
            "setpoint": -math.floor(-10 * watts / unit + 1e-9) / 10,
        }
    period = {"startPeriod": at, "limit": limit, "numberPhases": phases}
    return period | {"phaseToUse": on} if on and version != "1.6" else period


def ports_of(problem: Problem) -> np.ndarray:
    """Return a number for each session's port, from 1: the lowest that is free when it comes, shape (sessions,)."""
    return _free(problem, np.arange(len(problem.sessions)))


def connectors_of(problem: Problem) -> np.ndarray:
    """Return a number for each session's connector, from 1 in each charge point that is named, shape (sessions,)."""
    connector = np.zeros(len(problem.sessions), int)
    for name in np.unique(problem.sessions.charger):
        who = np.flatnonzero(problem.sessions.charger == name)
        connector[who] = _free(problem, who)
    return connector


def _free(problem: Problem, who: np.ndarray) -> np.ndarray:
    """Return the lowest number that is free when each of some sessions comes, shape (len(who),)."""
    arrival_h, stay_h = problem.sessions.arrival_s[who] / HOUR_S, problem.sessions.stay_h[who]
    number, order = np.zeros(len(who), int), np.argsort(arrival_h, kind="stable")
    number[order] = lowest_free(arrival_h[order], stay_h[order])
    return number


def _utc(second: float) -> str:
    return datetime.datetime.fromtimestamp(second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

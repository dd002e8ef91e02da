"""OCPP messages: valid by the schemas of three versions, never above the plan, absolute in time."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from days import drawn, sessions_of, site_of, with_all

from evplan.schedule.chargers import Chargers
from evplan.schedule.flows import only
from evplan.schedule.ocpp import VERSIONS, ports_of, profiles
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

messages = pytest.importorskip("ocpp.messages", reason="needs the oracle packages")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("unit", ["A", "W"])
@pytest.mark.parametrize("seed", range(4))
def test_every_profile_is_valid_by_the_schema(version, unit, seed):
    problem = with_all(seed)
    said = profiles(problem, solve(problem).decision, Chargers(rate_unit=unit), version)
    assert len(said) == len(np.unique(problem.columns.session))
    # 1.6 wants multiples of 0.1, which only decimals are: the numbers are read as they are written.
    check = messages.get_validator(messages.MessageType.Call, "SetChargingProfile", version, parse_float=Decimal)
    for one in json.loads(json.dumps(said), parse_float=Decimal):
        check.validate(one["request"])


def test_the_periods_are_the_plan_by_hand():
    # 10 kW at most, 9.2 kWh wanted: 10 kWh drawn from 12:05 to 13:05 at 10 kW, three phases of 230 V: 14.49 A, told as 14.4.
    problem = prepare(site_of(step_minutes=60), sessions_of([12 + 1 / 12], [13 + 1 / 12], [9.2], 10.0), Path())
    (said,) = profiles(problem, solve(problem).decision, Chargers(rate_unit="A"), "1.6")
    schedule = said["request"]["csChargingProfiles"]["chargingSchedule"]
    assert schedule["startSchedule"] == "2026-12-01T12:05:00Z"
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 14.4, "numberPhases": 3}]


def _momentary(problem, decision):
    """Return what the orders come to at every second of some, kW, shape (seconds,), while vehicles are really there; and the seconds."""
    seconds = np.arange(problem.begin_s, problem.begin_s + 3600 * problem.step_h * problem.steps, 20.0)
    total = np.zeros(len(seconds))
    for v, said in zip(
        np.unique(problem.columns.session), profiles(problem, decision, Chargers(rate_unit="W"), "2.0.1"), strict=True
    ):
        (schedule,) = said["request"]["chargingProfile"]["chargingSchedule"]
        begins = datetime.datetime.fromisoformat(schedule["startSchedule"]).timestamp()
        starts = begins + np.array([period["startPeriod"] for period in schedule["chargingSchedulePeriod"]])
        limit = np.array([period["limit"] for period in schedule["chargingSchedulePeriod"]])
        there = (seconds >= max(problem.sessions.arrival_s[v], begins)) & (seconds < problem.sessions.departure_s[v])
        total += np.where(there, limit[np.maximum(np.searchsorted(starts, seconds, side="right") - 1, 0)], 0.0) / 1000
    return total, seconds


@pytest.mark.parametrize("seed", range(8))
def test_orders_keep_what_the_plan_keeps_at_every_moment_and_leave_little(seed):
    problem = drawn(seed)
    decision = solve(problem).decision
    total, seconds = _momentary(problem, decision)
    step = ((seconds - problem.begin_s) / 3600 / problem.step_h + 1e-9).astype(int)
    room = (
        np.maximum(problem.limit_kwh - problem.base_kwh + problem.solar_kwh, problem.by_step(decision.drawn))
        / problem.step_h
    )
    assert (total <= room[step] + 1e-6).all()
    whole = problem.by_step((problem.columns.hours < problem.step_h - 1e-9).astype(float)) == 0
    planned = problem.by_step(decision.drawn) / problem.step_h
    behind = (planned[step] - total)[whole[step]]
    assert (np.abs(behind) <= 1e-4 * (1 + len(problem.sessions))).all()  # a tenth of a watt each: rounded down


def test_who_comes_within_a_step_takes_what_others_leave():
    # 10 kW for both: one is there all hour at 5 kW, the other from half past, 5 kWh in half an hour: 10 kW beside 5 kW.
    problem = prepare(
        site_of(step_minutes=60, connection={"limit_kw": 10.0}),
        sessions_of([12, 12.5], [13, 13], [4.6, 4.6], 11.0),
        Path(),
    )
    total, _ = _momentary(problem, only(problem, np.array([5.0, 5.0])))
    assert total.max() == pytest.approx(10.0, abs=2e-4)


def test_equal_limits_are_one_period():
    problem = prepare(site_of(step_minutes=15), sessions_of([12], [14], [9.2], 11.0), Path())
    (said,) = profiles(problem, only(problem, np.full(8, 1.25) + 1e-6 * np.arange(8)), Chargers(rate_unit="A"), "1.6")
    assert len(said["request"]["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]) == 1


def test_a_charge_point_is_given_to_the_next_when_it_is_free():
    problem = prepare(site_of(), sessions_of([0, 1, 2, 3], [2, 5, 4, 6], [1] * 4), Path())
    assert ports_of(problem).tolist() == [1, 2, 1, 3]


def test_sessions_of_one_charge_point_replace_none_of_each_other():
    problem = prepare(site_of(), sessions_of([0, 3, 6], [2, 5, 8], [1] * 3), Path())
    said = profiles(problem, solve(problem).decision, Chargers(), "1.6")
    assert [one["request"]["connectorId"] for one in said] == [1, 1, 1]
    levels = [one["request"]["csChargingProfiles"]["stackLevel"] for one in said]
    assert len(set(levels)) == 3


def test_requests_say_whose_they_are_and_which_charge_point_they_go_to():
    at = np.array(["west", "east", "west", ""])
    problem = prepare(site_of(), sessions_of([0, 1, 1.5, 2], [3, 5, 4, 6], [1] * 4, charger=at), Path())
    said = profiles(problem, solve(problem).decision, Chargers(), "2.0.1")
    assert [(one["session"], one["charger"], one["request"]["evseId"]) for one in said] == [
        ("ev0", "west", 1), ("ev1", "east", 1), ("ev2", "west", 2), ("ev3", "", 1),
    ]  # fmt: skip

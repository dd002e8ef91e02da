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


@pytest.mark.parametrize("seed", range(5))
def test_no_limit_is_above_the_plan_and_none_far_below(seed):
    problem = drawn(seed)
    decision = solve(problem).decision
    ends = problem.begin_s + 3600 * problem.step_h * problem.steps
    for said in profiles(problem, decision, Chargers(rate_unit="W"), "2.0.1"):
        profile = said["request"]["chargingProfile"]
        own = np.flatnonzero(problem.columns.session == profile["id"] - 1)
        (schedule,) = profile["chargingSchedule"]
        begins = datetime.datetime.fromisoformat(schedule["startSchedule"]).timestamp()
        assert problem.begin_s <= begins <= ends
        periods = schedule["chargingSchedulePeriod"]
        highest = 1000 * (decision.drawn[own] / problem.columns.hours[own]).max()
        assert max(period["limit"] for period in periods) <= highest + 1e-6
        assert all(round(10 * period["limit"]) == pytest.approx(10 * period["limit"]) for period in periods)


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

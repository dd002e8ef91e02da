"""The clock: whole years, representative weeks, daylight saving, windows."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from evplan.formulation.battery import previous_step
from evplan.instance.schema import Horizon
from evplan.instance.tariff import Window
from evplan.parameters.clock import make_clock


def clock(**fields):
    return make_clock(Horizon(**{"start": datetime.date(2027, 1, 1), "timezone": "America/New_York", **fields}))


@pytest.mark.parametrize("minutes", [60, 30, 15])
def test_a_year_has_8760_hours_whatever_the_step(minutes):
    found = clock(step_minutes=minutes)
    assert found.steps == 8760 * 60 // minutes
    assert found.year_h.sum() == pytest.approx(8760.0)
    assert found.month_weight.sum() == 12


def test_a_leap_year_leaves_out_its_29_february():
    found = clock(start=datetime.date(2028, 1, 1))
    assert found.steps == 8760
    assert not ((found.start.month == 2) & (found.start.day == 29)).any()


def test_a_year_that_begins_in_july_still_has_twelve_months():
    found = clock(start=datetime.date(2027, 7, 1))
    assert len(found.month_name) == 12
    assert found.month_name[found.month[0]] == "July"


def test_daylight_saving_moves_the_civil_hour_not_the_number_of_steps():
    found = clock()
    days = found.start[(found.start.month == 3) & (found.start.day == 14)]
    assert 2 not in days.hour  # 14 March 2027: the clock jumps from 2:00 to 3:00
    assert len(days) == 23


def test_a_week_stands_for_the_year():
    found = clock(weeks=(datetime.date(2027, 7, 12), datetime.date(2027, 1, 11)))
    assert found.steps == 2 * 168
    assert found.year_h.sum() == pytest.approx(8760.0)
    assert found.month_weight.tolist() == [6.0, 6.0]
    assert found.month_name == ("January", "July")


def test_storage_closes_over_each_block():
    found = clock(weeks=(datetime.date(2027, 1, 11), datetime.date(2027, 7, 12)))
    before = np.array(previous_step(found))
    assert before[0] == 167
    assert before[168] == 335
    assert sorted(before) == list(range(336))


def test_a_window_past_midnight_covers_both_ends():
    found = clock(weeks=(datetime.date(2027, 7, 12),))
    inside = found.within(Window(start="22:00", end="06:00"))
    hours = found.start.hour
    assert (inside == ((hours >= 22) | (hours < 6))).all()


@pytest.mark.parametrize("start", [datetime.date(2027, 7, 1), datetime.date(2027, 12, 20)])
def test_blocks_are_runs_of_steps_whatever_day_the_year_begins(start):
    found = clock(start=start)
    assert (np.diff(found.block) >= 0).all()
    following = found.next_step
    assert sorted(following) == list(range(8760))
    assert (found.block[following] == found.block).all()


def test_a_month_weighs_as_much_as_its_weeks():
    weeks = (datetime.date(2027, 1, 4), datetime.date(2027, 1, 11), datetime.date(2027, 7, 12))
    found = clock(weeks=weeks)
    assert found.month_weight == pytest.approx([8.0, 4.0])
    hours = np.bincount(found.month, found.year_h)
    assert hours / hours.sum() == pytest.approx(found.month_weight / 12)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Havana", (2027, 3, 14)), ("Africa/Cairo", (2027, 4, 30)), ("Atlantic/Azores", (2027, 10, 31))],
)
def test_a_midnight_that_is_skipped_or_doubled_still_begins_a_week(zone, day):
    assert clock(timezone=zone, weeks=(datetime.date(*day),)).steps == 168

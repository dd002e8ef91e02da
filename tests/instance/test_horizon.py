"""The horizon: weeks, leap days, operating years and time zones."""

import datetime

import pytest

from evplan.errors import InstanceError
from evplan.instance.read import read
from evplan.parameters.clock import make_clock

WEEKS = "[2027-01-11, 2027-07-12]"


def horizon(spoil, *changes):
    return read(spoil(*changes)).instance.horizon


@pytest.mark.parametrize(
    "weeks", ["[]", "[2028-02-29]", "[2028-02-24, 2028-03-03, 2028-03-10]", "[2027-07-12, 2027-01-11]", "[2026-12-28]"]
)
def test_weeks_that_are_accepted_make_a_clock_without_a_day_twice(spoil, weeks):
    clock = make_clock(horizon(spoil, (WEEKS, weeks)))
    assert clock.start.is_unique
    assert len(clock.start) % (7 * 24) == 0 or weeks == "[]"
    assert not ((clock.start.month == 2) & (clock.start.day == 29)).any()


@pytest.mark.parametrize(
    ("weeks", "first", "second"),
    [
        ("[2027-01-11, 2027-01-17]", "2027-01-11", "2027-01-17"),
        ("[2027-01-11, 2027-01-11]", "2027-01-11", "2027-01-11"),
        ("[2027-03-10, 2027-01-11, 2027-03-05]", "2027-03-05", "2027-03-10"),
        ("[2028-02-29, 2028-03-07]", "2028-02-29", "2028-03-07"),
    ],
)
def test_overlapping_weeks_are_told_by_their_dates(spoil, weeks, first, second):
    with pytest.raises(InstanceError, match=f"must not overlap: {second} is inside the week that begins on {first}"):
        read(spoil((WEEKS, weeks)))


def test_more_weeks_than_a_year_has_are_refused(spoil):
    days = ", ".join(str(datetime.date(2027, 1, 4) + datetime.timedelta(days=7 * i)) for i in range(53))
    with pytest.raises(InstanceError, match=r"horizon\.weeks: must be a list of at most 52 items"):
        read(spoil((WEEKS, f"[{days}]")))


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31", "2028-02-29", '"2027-01-01"'])
def test_first_day_may_be_any_of_this_century(spoil, day):
    assert str(horizon(spoil, ("start: 2027-01-01", f"start: {day}")).start) in day


@pytest.mark.parametrize("day", ["1999-12-31", "2101-01-01", "0", "86400", '"86400"', "2027-1-1", "2027", "true", "~"])
def test_first_day_of_another_century_or_form_is_refused(spoil, day):
    with pytest.raises(InstanceError, match=r"horizon\.start: must be .*from 2000-01-01 to 2100-12-31 \(got"):
        read(spoil(("start: 2027-01-01", f"start: {day}")))


@pytest.mark.parametrize("years", ["[1]", "[1, 2, 3]", "[1, 15]", "null"])
def test_operating_years_that_ascend_from_1_are_accepted(spoil, years):
    assert horizon(spoil, ("[1, 8]", years)).modelled_years()[0] == 1


@pytest.mark.parametrize(
    "years", ["[2]", "[8, 1]", "[1, 1]", "[0, 1]", "[1, 16]", "[]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]", "1"]
)
def test_other_operating_years_are_refused(spoil, years):
    with pytest.raises(InstanceError, match=r"horizon\.operating_years"):
        read(spoil(("[1, 8]", years)))


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("america/new_york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
    ],
)
def test_time_zone_is_guessed_from_its_case_its_spelling_or_its_city(spoil, zone, meant):
    with pytest.raises(InstanceError, match=f"is not an IANA time zone .*; did you mean '{meant}'"):
        read(spoil(("America/New_York", zone)))


def test_time_zone_like_no_other_gets_examples(spoil):
    with pytest.raises(InstanceError, match="such as America/New_York or Europe/Berlin"):
        read(spoil(("America/New_York", "xxxxxxxx")))

"""Dates of a plan that begins some years later: weeks never meet, holidays and peak hours come along, series keep their weekdays."""

from __future__ import annotations

import datetime
import json

import pytest
from support import variant

from evplan.instance.later import later
from evplan.instance.moved import same_weekday, year_later
from evplan.instance.read import read
from evplan.instance.source import plain, read_source

D = datetime.date
CASE = {"start": "07-21 17:00", "hours": 4, "per_year": 1.0}


def moved(folder, years, changes):
    """Return the instance that begins some years later, read from its file, so that it is sound."""
    path = variant(folder, changes)
    (folder / "later.yaml").write_text(
        json.dumps(later(plain(read_source(path).tree), read(path).instance, years), default=str)
    )
    return read(folder / "later.yaml").instance


@pytest.mark.parametrize("years", range(1, 13))
@pytest.mark.parametrize("first", [D(2027, 1, 4), D(2028, 1, 3), D(2025, 1, 1)])
def test_weeks_that_meet_never_overlap_later(tmp_path, first, years):
    """Twelve weeks one after the other, over the end of February."""
    weeks, day = [], first
    for _ in range(12):
        weeks.append(day)
        leap = any((day + datetime.timedelta(days=n)).strftime("%m-%d") == "02-29" for n in range(7))
        day += datetime.timedelta(days=8 if leap else 7)
    found = moved(tmp_path, years, {"horizon.weeks": weeks, "horizon.start": D(first.year, 1, 1)}).horizon
    away = [abs((there - year_later(was, years)).days) for was, there in zip(weeks, found.weeks, strict=True)]
    assert max(away) <= 4 and found.start == D(first.year + years, 1, 1)


def test_a_day_moves_to_its_weekday_at_most_three_days_away():
    for n in range(0, 1461, 5):
        day = D(2026, 1, 1) + datetime.timedelta(days=n)
        for years in range(1, 30):
            there = same_weekday(day, years)
            assert there.weekday() == day.weekday() and abs((there - year_later(day, years)).days) <= 3


def test_dated_holidays_hold_at_their_date_and_those_of_the_later_year_stay(tmp_path):
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    said = {"horizon.start": D(2027, 1, 1), f"tariffs.{name}.holidays": ["2027-07-05", "2027-12-24"]}
    days = moved(tmp_path, 3, said).tariffs[name].holidays
    assert days == (D(2027, 7, 5), D(2027, 12, 24), D(2030, 7, 5), D(2030, 12, 24))
    several = {**said, f"tariffs.{name}.holidays": ["2027-07-05", "2030-07-04"]}
    assert moved(tmp_path, 3, several).tariffs[name].holidays == (D(2027, 7, 5), D(2030, 7, 4))
    country = {**said, f"tariffs.{name}.holidays": "US"}
    assert moved(tmp_path, 3, country).tariffs[name].holidays == "US"


def test_the_year_of_a_plan_that_begins_in_summer_has_its_holidays(tmp_path):
    """The first year goes from July 2027 to June 2028; its spring's holiday is one of the later plan's, too."""
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    said = {"horizon.start": D(2027, 7, 1), f"tariffs.{name}.holidays": ["2027-12-24", "2028-05-01"]}
    assert moved(tmp_path, 2, said).tariffs[name].holidays[-2:] == (D(2029, 12, 24), D(2030, 5, 1))


def test_the_utilitys_peaks_and_outages_go_with_their_weekday(tmp_path):
    """By a calendar: of 2027 a Wednesday, a Monday and a Friday, as these are of 2031; the Friday nearest to its last day is of 2032."""
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    peaks = [{"price_per_kw_year": 30.0, "hours": ["07-21 17:00", "03-01 08:00", "12-31 18:00"]}]
    said = {"horizon.start": D(2027, 1, 1), "horizon.weeks": [], f"tariffs.{name}.coincident": peaks}
    outage = {"outages": {"cases": {"storm": CASE}}, "sites[gate-city].critical_load": {"charging_fraction": 0.5}}
    found = moved(tmp_path, 4, {**said, **outage})
    assert found.tariffs[name].coincident[0].hours == ("07-23 17:00", "03-03 08:00", "12-26 18:00")
    assert found.outages.cases["storm"].start == "07-23 17:00"


def test_peak_hours_that_move_onto_one_hour_stay_two(tmp_path):
    """1 January 2026 is a Thursday, as 7 January 2027 is, which is where the Thursday of 8 January comes to lie."""
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    hours = ["01-01 18:00", "01-08 18:00", "01-15 18:00", "01-08 19:00"]
    said = {"horizon.start": D(2026, 1, 1), "horizon.weeks": []}
    peaks = {f"tariffs.{name}.coincident": [{"price_per_kw_year": 30.0, "hours": hours}]}
    found = moved(tmp_path, 1, {**said, **peaks}).tariffs[name].coincident[0].hours
    assert found == ("01-07 18:00", "01-14 18:00", "01-21 18:00", "01-07 19:00")
    for years in range(1, 12):
        later_hours = moved(tmp_path, years, {**said, **peaks}).tariffs[name].coincident[0].hours
        days = [D(2026 + years, int(hour[:2]), int(hour[3:5])) for hour in later_hours]
        assert len(set(later_hours)) == 4 and {day.weekday() for day in days} == {3}


def test_hours_that_clocks_skip_later_become_the_next(tmp_path):
    """In New York clocks jump from 2 to 3 on 12 March 2028 and on 14 March 2027: of both, the second Sunday."""
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    assert plain(read_source(variant(tmp_path)).tree)["horizon"]["timezone"] == "America/New_York"
    peaks = [{"price_per_kw_year": 30.0, "hours": ["03-15 02:00", "03-15 03:00"]}]
    said = {"horizon.start": D(2026, 1, 1), "horizon.weeks": [], f"tariffs.{name}.coincident": peaks}
    case = {"outages": {"cases": {"storm": {**CASE, "start": "03-15 02:00"}}}}
    found = moved(tmp_path, 1, {**said, **case, "sites[gate-city].critical_load": {"charging_fraction": 0.5}})
    assert found.outages.cases["storm"].start == "03-14 03:00"
    assert sorted(found.tariffs[name].coincident[0].hours) in (
        ["03-07 03:00", "03-14 03:00"], ["03-14 03:00", "03-21 03:00"],
    )  # fmt: skip


def test_an_outage_lies_in_its_week_after_it_moved(tmp_path):
    outage = {"outages": {"cases": {"storm": CASE}}, "sites[gate-city].critical_load": {"charging_fraction": 0.5}}
    said = {"horizon.start": D(2027, 1, 1), "horizon.weeks": [D(2027, 7, 19), D(2027, 2, 22)], **outage}
    for years in range(1, 8):
        found = moved(tmp_path, years, said)
        month, day = (int(part) for part in found.outages.cases["storm"].start[:5].split("-"))
        assert (D(2027 + years, month, day) - max(found.horizon.weeks)).days == 2  # a Wednesday


@pytest.mark.parametrize("years", [1, 2, 3, 4])
def test_an_outage_in_a_week_without_its_29_february_keeps_its_day_of_the_week(tmp_path, years):
    """The seventh planned day of a week from 28 February 2028 is 6 March: of any week, the last."""
    case = {**CASE, "start": "03-06 17:00"}
    outage = {"outages": {"cases": {"storm": case}}, "sites[gate-city].critical_load": {"charging_fraction": 0.5}}
    found = moved(tmp_path, years, {"horizon.start": D(2028, 1, 1), "horizon.weeks": [D(2028, 2, 28)], **outage})
    month, day = (int(part) for part in found.outages.cases["storm"].start[:5].split("-"))
    week = found.horizon.weeks[0]
    leap = week <= D(week.year, 2, 28) and week.year % 4 == 0 and week >= D(week.year, 2, 23)
    assert (D(week.year, month, day) - week).days == 6 + leap


def test_a_new_year_that_is_listed_already_does_not_stand_for_its_whole_year(tmp_path):
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    said = {
        "horizon.start": D(2027, 1, 1),
        f"tariffs.{name}.holidays": ["2027-01-01", "2027-07-05", "2027-12-24", "2028-01-01"],
    }
    days = moved(tmp_path, 1, said).tariffs[name].holidays
    assert days[3:] == (D(2028, 1, 1), D(2028, 7, 5), D(2028, 12, 24))


def test_a_base_that_begins_on_29_february_has_later_plans(tmp_path):
    (tmp_path / "price.csv").write_text("\n".join(["p", *["0.2"] * 8760]))
    said = {"horizon.start": D(2028, 2, 29), "tariffs.where": {"energy_series": {"file": "price.csv", "column": "p"}}}
    assert moved(tmp_path, 4, said).tariffs["where"].energy_series.start == D(2028, 3, 1)


def test_series_say_on_which_day_they_start(tmp_path):
    (tmp_path / "price.csv").write_text("\n".join(["p", *["0.2"] * 8760]))
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    series = {"file": "price.csv", "column": "p"}
    said = {"horizon.start": D(2027, 1, 1), f"tariffs.{name}": {"energy_series": series}}
    assert moved(tmp_path, 5, said).tariffs[name].energy_series.start == D(2027, 1, 1)
    own = {**said, f"tariffs.{name}": {"energy_series": {**series, "start": "2019-01-01"}}}
    assert moved(tmp_path, 5, own).tariffs[name].energy_series.start == D(2019, 1, 1)

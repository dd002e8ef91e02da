"""Stays from files: on their weekday, at their local time, over midnight, months and daylight saving; growth adds whole vehicles."""

from __future__ import annotations

import numpy as np
import pytest

from evplan.errors import InputError
from evplan.instance.managed import V2G, Managed, SessionsFile
from evplan.instance.schema import Horizon
from evplan.instance.sessions import read_sessions
from evplan.instance.site import Demand
from evplan.parameters.clock import make_clock
from evplan.parameters.stays import Vehicle, stays_of

ZONE = "America/New_York"
VAN = Vehicle(battery_kwh=75.0, port_kw=11.0, soc=0.6)
HEADER = "arrival,departure,energy_kwh\n"
WORKDAYS = "".join(
    f"2026-06-{day:02d} 17:30,2026-06-{day + 1:02d} 07:00,20\n" for day in range(8, 13)
)  # Monday to Friday


@pytest.fixture
def placed(tmp_path):
    """Return a function that writes a file of sessions and returns the stays of every modelled year, and notes."""

    def place(text, growth=(1.0,), horizon=None, v2g=None, **said):
        (tmp_path / "s.csv").write_text(text)
        clock = make_clock(Horizon(**{"start": "2027-01-01", "timezone": ZONE} | (horizon or {})))
        demand = Demand(managed=Managed(sessions=SessionsFile(file="s.csv", **said), v2g=v2g))
        stays, notes = stays_of(demand, clock, np.array(growth), VAN, tmp_path, ZONE, 0)
        return clock, stays, notes

    return place


def times(clock, stays):
    """Return local times of arrival."""
    import pandas as pd

    return clock.start[stays.step] + pd.to_timedelta(np.round(stays.offset_h * 60), unit="min")


def test_a_week_repeats_over_the_year_on_its_weekdays_at_its_local_time(placed):
    clock, (stays,), notes = placed(HEADER + WORKDAYS)
    at = times(clock, stays)
    assert set(at.day_of_week) == {0, 1, 2, 3, 4}
    assert len(stays) == 261  # working days of 2027: 52 weeks of five, and the Friday that begins and ends it
    assert set(at.hour) == {17} and set(at.minute) == {30}
    assert stays.stay_h == pytest.approx(13.5)
    assert not notes


@pytest.mark.parametrize("minutes", [60, 30, 15])
def test_the_same_vehicles_come_whatever_the_step(placed, minutes):
    clock, (stays,), _ = placed(
        HEADER + WORKDAYS, horizon={"step_minutes": minutes, "weeks": ["2027-03-08", "2027-11-01"]}
    )
    at = times(clock, stays)
    assert len(stays) == 10  # clocks change on a Sunday of each of these weeks
    assert set(at.hour) == {17} and set(at.minute) == {30}


@pytest.mark.parametrize("weeks", [52, 60, 78, 104])
def test_years_of_sessions_keep_their_seasons(placed, weeks):
    import datetime

    day, rows = datetime.date(2026, 1, 5), []
    for n in range(7 * weeks):
        kwh = 30 if 150 <= n % 364 < 240 else 10
        rows.append(f"{day + datetime.timedelta(n)} 08:00,{day + datetime.timedelta(n)} 16:00,{kwh}\n")
    clock, (stays,), notes = placed(HEADER + "".join(rows))
    assert len(stays) == 365 and not notes
    month = times(clock, stays).month
    assert stays.energy_kwh[month == 7] == pytest.approx(30.0)
    assert stays.energy_kwh[month == 1] == pytest.approx(10.0)


def test_offsets_are_followed_and_hours_that_come_twice_are_the_first_unless_the_stay_says_otherwise(tmp_path):
    rows = (
        "2026-11-01T00:30:00-04:00,2026-11-01T01:30:00-05:00,5\n"  # two hours on the clock of the world
        "2026-11-01 00:30,2026-11-01 01:30,5\n"  # the first 01:30
        "2026-11-01 01:40,2026-11-01 01:10,5\n"  # the second 01:10
        "2026-11-06T12:00:00Z,2026-11-06T14:00:00Z,5\n"
    )
    (tmp_path / "s.csv").write_text(HEADER + rows)
    found = read_sessions(SessionsFile(file="s.csv"), tmp_path, ZONE)
    assert found.stay_h == pytest.approx([2.0, 1.0, 0.5, 2.0])
    assert found.second[3] == 7 * 3600


def test_parquet_holds_timestamps_as_such(tmp_path):
    import pandas as pd

    start = pd.date_range("2026-06-08 08:00", periods=7, freq="D")
    table = pd.DataFrame({"a": start, "b": start + pd.Timedelta("9h"), "kwh": 12.0, "kw": 7.4})
    table.to_parquet(tmp_path / "s.parquet")
    said = SessionsFile(file="s.parquet", arrival="a", departure="b", energy_kwh="kwh", max_power_kw="kw")
    found = read_sessions(said, tmp_path, ZONE)
    assert found.stay_h == [9.0] * 7 and found.max_power_kw == [7.4] * 7 and found.weeks == 1


def test_growth_adds_whole_vehicles_and_takes_none_away(placed):
    clock, years, _ = placed(HEADER + WORKDAYS, growth=(1.0, 1.3, 2.5))
    counts = [len(stays) for stays in years]
    assert counts[0] == 261
    assert counts[1] == pytest.approx(1.3 * 261, rel=0.1)
    assert counts[2] == pytest.approx(2.5 * 261, rel=0.05)
    of_day = [np.bincount(stays.step, minlength=clock.steps) for stays in years]
    assert (of_day[1] >= of_day[0]).all() and (of_day[2] >= of_day[1]).all()


def test_vehicles_that_want_more_than_their_stay_allows_get_what_they_can_and_a_note_says_which(placed):
    _, (stays,), notes = placed(HEADER + WORKDAYS + "2026-06-13 10:00,2026-06-13 11:00,40\n")
    assert stays.energy_kwh.min() == pytest.approx(11.0)
    assert len(notes) == 1 and "see rows 7 of s.csv" in notes[0]


def test_energy_above_the_battery_is_told(placed):
    _, (stays,), notes = placed(HEADER + WORKDAYS + "2026-06-13 10:00,2026-06-14 10:00,100\n")
    assert stays.energy_kwh.max() == pytest.approx(100.0)
    assert (
        len(notes) == 1
        and "52 of 313 vehicles want more than the 75 kWh that a battery holds (up to 100 kWh)" in notes[0]
    )


def test_vehicles_too_full_for_what_they_want_are_told_to_arrive_emptier(placed):
    # They arrive with 0.6 x 75 = 45 kWh and want 40: 10 kWh too many, so they arrive with 35 and give 35 - 0.2 x 75 = 20 kWh.
    v2g = V2G(share=1.0, payment_per_kwh=0.05, min_soc=0.2, wear_per_kwh=0.0)
    _, (stays,), notes = placed(
        HEADER + WORKDAYS.replace(",20\n", ",40\n") + "2026-06-14 10:00,2026-06-14 12:00,1\n", v2g=v2g
    )
    assert stays.out_kwh[stays.energy_kwh > 30] == pytest.approx(20.0)
    assert (
        len(notes) == 1
        and "vehicles that give back arrive too full" in notes[0]
        and "(vehicles arrive at 60%)" in notes[0]
    )


def test_a_broken_week_at_the_end_is_left_out_with_a_note(placed):
    _, (stays,), notes = placed(HEADER + WORKDAYS + "2026-06-15 17:30,2026-06-16 07:00,99\n")
    assert stays.energy_kwh.max() == pytest.approx(20.0)
    assert "1 sessions of the broken week" in notes[0]


def test_bad_files_are_refused_by_name(tmp_path):
    (tmp_path / "s.csv").write_text(HEADER + "x,y,z\n")
    with pytest.raises(InputError, match=r"s\.csv: column 'arrival' must hold ISO 8601"):
        read_sessions(SessionsFile(file="s.csv"), tmp_path, ZONE)

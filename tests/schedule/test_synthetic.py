"""Made-up sessions: the means asked for, nobody asks for more than its stay allows, files that the schedule reads."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest

from evplan.cli import app
from evplan.errors import InputError
from evplan.schedule.chargers import Chargers
from evplan.schedule.synthetic import Day, make
from evplan.schedule.tables import read_sessions

DAY = Day(4000, datetime.date(2026, 12, 1))


def test_means_are_those_asked_for_and_everybody_can_be_served():
    made = make(DAY)
    assert made.stay_h.mean() == pytest.approx(7.0, rel=0.05) and (made.stay_h >= 0.25).all()
    assert made.energy_kwh.mean() == pytest.approx(18.0, rel=0.15)  # a few short stays allow less
    assert (made.energy_kwh <= 0.95 * 0.92 * made.max_kw * made.stay_h + 1e-9).all()
    assert (np.diff(made.arrival_s) >= 0).all()
    hours = (made.arrival_s - made.arrival_s.min() // 86400 * 86400) // 3600
    assert hours.min() >= 0 and hours.max() <= 23


def test_the_same_day_gives_the_same_sessions():
    one, again, other = make(DAY), make(DAY), make(replace(DAY, seed=2))
    assert (one.energy_kwh == again.energy_kwh).all() and (one.energy_kwh != other.energy_kwh).any()


def test_a_file_is_written_that_the_schedule_reads(tmp_path, capsys):
    path = tmp_path / "day.csv"
    words = ["sessions", "30", "--date", "2026-10-25", "--timezone", "Europe/Berlin", "--output", str(path)]
    assert app(words, result_action="return_value") in (0, None)
    found = read_sessions(path, Chargers(power_kw=22.0), "Europe/Berlin")
    assert len(found) == 30 and "30 sessions" in capsys.readouterr().out
    made = make(Day(30, datetime.date(2026, 10, 25), "Europe/Berlin", energy_kwh=(18.0, 9.0), stay_h=(7.0, 3.5)))
    assert found.arrival_s == pytest.approx(made.arrival_s, abs=0.6) and found.energy_kwh == pytest.approx(
        made.energy_kwh, abs=1e-3
    )


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    words = [
        "sessions",
        "0",
        "--date",
        "soon",
        "--timezone",
        "Mars/Phobos",
        "--profile",
        "publc-ac",
        "--output",
        str(tmp_path / "x.csv"),
    ]
    with pytest.raises(InputError) as told:
        app(words, result_action="return_value")
    for part in ("count must be", "date must be YYYY-MM-DD", "is not an IANA time zone", "did you mean 'public-ac'"):
        assert part in str(told.value)

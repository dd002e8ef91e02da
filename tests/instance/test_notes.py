"""Notes: what is allowed but hardly meant."""

from __future__ import annotations

import datetime

import pytest
from support import TINY, variant

from evplan.instance.notes import first_day
from evplan.instance.read import read

GATE = "sites[gate-city]"


def test_a_sound_file_has_no_notes():
    assert read(TINY).notes == ()


def test_a_price_that_looks_like_cents_is_noted(tmp_path):
    found = read(variant(tmp_path, {f"{GATE}.price_per_kwh": 48.0}))
    (note,) = found.notes
    assert note.startswith("site gate-city: price_per_kwh 48 USD/kWh is 229 times the dearest energy price")
    assert f"note: {note}" in found.told


@pytest.mark.parametrize(
    ("first", "noted"),
    [("2027-01-01T00:00", False), ("2021-01-01 00:00:00", False), ("1/1/19 0:00", True), ("7", False)],
)
def test_a_series_of_other_weekdays_is_noted(first, noted, tmp_path):
    rows = [f"{first},1.0", *[f"{n},1.0" for n in range(8759)]]
    (tmp_path / "load.csv").write_text("\n".join(["time,kw", *rows]))
    load = {"load_kw": {"file": "load.csv", "column": "kw"}}
    notes = read(variant(tmp_path, {f"{GATE}.demand": load, "horizon.weeks": []})).notes
    assert len(notes) == noted
    if noted:
        assert "begins on Tuesday 2019-01-01, the plan on Friday 2027-01-01" in notes[0]


def test_the_first_day_is_read_in_the_usual_forms(tmp_path):
    for cell in ("2019-01-31T00:00+01:00", "2019-01-31", "1/31/19 0:00", "31.01.2019 00:00"):
        (tmp_path / "a.csv").write_text(f"kw,time\n1.0,{cell}\n")
        assert first_day(tmp_path / "a.csv") == datetime.date(2019, 1, 31)
    assert first_day(tmp_path / "a.parquet") is None

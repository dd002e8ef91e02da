"""Instances of stations that open later, beside a base with a measured load: its rows keep their weekdays."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
from support import ROOT, variant

from evplan.instance.read import read
from evplan.parameters.clock import make_clock
from evplan.parameters.series import series_on_clock
from evplan.siting import handoff
from evplan.siting.read import read_siting
from evplan.siting.station import Station

STUDY = read_siting(ROOT / "instances" / "siting.yaml").study  # phases of 2, 3 and 5 years
SOON = Station("soon", 48.0, 11.0, "urban", 0, "open", (400.0, 400.0, 400.0), 1.0, {}, {"l3": 2})


def year(instance):
    return make_clock(instance.horizon.model_copy(update={"weeks": ()}))


def on_sundays(clock):
    return np.array([hour.weekday() == 6 for hour in clock.start])


def test_a_measured_load_keeps_its_weekdays_in_a_station_that_opens_later(tmp_path, monkeypatch):
    """5 kW on Sundays of 2027, whose first day is a Friday; a station that opens in 2029, on a Monday, has it on Sundays, too."""
    sundays = [
        f"{5 * sunday}"
        for sunday in on_sundays(year(read(variant(tmp_path, {"horizon.start": "2027-01-01"})).instance))
    ]
    (tmp_path / "load.csv").write_text("kw\n" + "\n".join(sundays) + "\n")
    load = {"file": "load.csv", "column": "kw"}
    base = variant(
        tmp_path, {"finance.currency": STUDY.currency, "horizon.start": "2027-01-01", "sites[gate-city].load_kw": load}
    )
    late = replace(SOON, name="late", phase=1, kwh_day=(0.0, 400.0, 400.0))
    monkeypatch.setattr(handoff, "stations_of", lambda study, folder: [SOON, late])
    handoff.write_instances(STUDY, tmp_path / "out", base)
    for name, opens in (("soon", 2027), ("late", 2029)):
        file = tmp_path / "out" / "instances" / f"{name}.yaml"
        own = read(file).instance
        assert own.horizon.start == datetime.date(opens, 1, 1)
        kw = series_on_clock(own.sites[0].load_kw, year(own), year(own), file.parent)
        assert np.array_equal(kw > 0, on_sundays(year(own))), name

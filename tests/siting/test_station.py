"""What a siting plan says of a station's years, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from support import ROOT

from evplan.instance.site import Demand
from evplan.siting.read import read_siting
from evplan.siting.station import Station

STUDY = read_siting(
    ROOT / "instances" / "siting.yaml"
).study  # phases of 2, 3 and 5 years: their middles are 1, 3.5 and 7.5


def station(phase, kwh):
    return Station("s", 48.0, 11.0, "urban", phase, "open", kwh, 1.0, {}, {"l3": 2})


def test_energy_runs_along_the_middles_of_phases_and_stays_after_the_last():
    """Years of a station of the first phase lie half a year after it begins, and so on: 100 until 1, 200 at 3.5, 600 at 7.5."""
    found = station(0, (100.0, 200.0, 600.0)).along(STUDY, (100.0, 200.0, 600.0))
    assert found == pytest.approx([100, 120, 160, 200, 300, 400, 500, 600])


def test_a_later_station_begins_with_its_phase():
    """Of the second phase: its first year lies at 2.5, before that phase's middle."""
    own = station(1, (0.0, 200.0, 600.0))
    assert own.opens(STUDY) == 2
    assert own.along(STUDY, own.kwh_day) == pytest.approx([200, 200, 300, 400, 500, 600])
    last = station(2, (0.0, 0.0, 600.0))
    assert last.opens(STUDY) == 5 and set(last.along(STUDY, last.kwh_day)) == {600.0}


@pytest.mark.parametrize(("phase", "kwh"), [(0, (0.9, 2.0, 400.0)), (0, (310.0, 0.0, 90.0)), (1, (0.0, 77.7, 3.3))])
def test_a_plan_file_says_that_energy_in_every_year(phase, kwh):
    """However little it is at first, and where other stations have taken it over."""
    own = station(phase, kwh)
    said = Demand.model_validate(own.demand(STUDY))
    path = own.along(STUDY, kwh)
    wanted = np.append(path, [path[-1]] * 20)
    found = [said.sessions_per_day * said.energy_kwh.mean * said.level(year) for year in range(1, len(wanted) + 1)]
    assert found == pytest.approx(wanted, rel=1e-7, abs=1e-6)
    assert said.matched and said.growth_per_year == 0.0

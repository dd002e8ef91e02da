"""What a siting plan says of a station's years, by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from support import ROOT

from evplan.instance.base import NAME
from evplan.instance.site import Demand
from evplan.siting.handoff import plain_names
from evplan.siting.read import read_siting
from evplan.siting.station import Station

STUDY = read_siting(
    ROOT / "instances" / "siting.yaml"
).study  # phases of 2, 3 and 5 years: their middles are 1, 3.5 and 7.5


def station(phase, kwh):
    return Station("s", 48.0, 11.0, "urban", phase, "open", kwh, 1.0, {}, {"l3": 2})


def test_years_are_of_the_phase_in_which_they_lie():
    assert station(0, (100.0, 200.0, 600.0)).phases(STUDY).tolist() == [0, 0, 1, 1, 1, 2]
    assert station(1, (0.0, 200.0, 600.0)).phases(STUDY).tolist() == [1, 1, 1, 2]
    assert station(2, (0.0, 0.0, 600.0)).phases(STUDY).tolist() == [2]
    assert [station(t, (0.0, 0.0, 1.0)).opens(STUDY) for t in range(3)] == [0, 2, 5]


def test_a_year_of_two_phases_is_of_that_in_which_its_middle_lies():
    """Phases of 1.6 and 3 years: the second begins in the second year, whose middle is before it; a station opens in 2029 = 2027 + 2."""
    phases = tuple(
        one.model_copy(update={"years": years}) for one, years in zip(STUDY.phases, (1.6, 3.0, 5.0), strict=True)
    )
    study = STUDY.model_copy(update={"phases": phases})
    assert station(0, (1.0, 1.0, 1.0)).phases(study).tolist() == [0, 0, 1, 1, 1, 2]
    assert station(1, (0.0, 1.0, 1.0)).opens(study) == 2 and station(1, (0.0, 1.0, 1.0)).phases(study).tolist() == [
        1,
        1,
        1,
        2,
    ]


def test_names_of_plan_files_are_allowed_and_each_once():
    odd = ["a b-3", "a-b", "a b", "_\u00fcber A", "...", "a" * 60, "a" * 70, "\u00fc"]
    found = plain_names([replace(station(0, (1.0, 1.0, 1.0)), name=name) for name in odd])
    assert [one.name for one in found.values()] == odd
    assert all(re.fullmatch(NAME, name) for name in found)


@pytest.mark.parametrize(("phase", "kwh"), [(0, (0.9, 2.0, 400.0)), (0, (310.0, 0.0, 90.0)), (1, (0.0, 77.7, 3.3))])
def test_a_plan_file_says_that_energy_in_every_year(phase, kwh):
    """However little it is at first, and where other stations have taken it over."""
    own = station(phase, kwh)
    said = Demand.model_validate(own.demand(STUDY))
    path = np.array(kwh)[own.phases(STUDY)]
    wanted = np.append(path, [path[-1]] * 20)
    found = [said.sessions_per_day * said.energy_kwh.mean * said.level(year) for year in range(1, len(wanted) + 1)]
    assert found == pytest.approx(wanted, rel=1e-7, abs=1e-6)
    assert said.matched and said.growth_per_year == 0.0

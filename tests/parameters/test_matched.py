"""Sessions as many and as much as is expected, and demand along a path of years."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from support import solved, variant

from evplan.errors import InstanceError
from evplan.instance.read import read
from evplan.instance.schema import Horizon
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import make_clock
from evplan.parameters.draws import arrivals_per_step, draw
from evplan.parameters.expected import expected_kwh
from evplan.parameters.sessions import Level, demand_kwh

WEEKS = tuple(datetime.date(2027, month, day) for month, day in ((1, 18), (4, 19), (7, 19), (10, 18)))
CLOCK = make_clock(Horizon(start=datetime.date(2027, 1, 1), weeks=WEEKS))
UTC_YEAR = make_clock(Horizon(start=datetime.date(2027, 1, 1)))
FEW = Demand(sessions_per_day=0.4, energy_kwh=Energy(mean=30.0, sd=14.0), matched=True, by_year=(0.25, 1.0, 3.0))
POWER = np.array([50.0, 50.0, 50.0])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("level", [Level(), Level(0.6, 2.0), Level(1.5, 2.0)])
def test_matched_sessions_come_to_the_energy_expected_however_few_they_are(seed, level, tmp_path):
    """0.4 sessions a day of 30 kWh are 4,380 kWh a year; by chance four weeks of them are anything from 1,000 to 10,000."""
    demand = FEW.model_copy(update={"seed": seed})
    found = demand_kwh(demand, CLOCK, UTC_YEAR, (1, 2, 3), POWER, tmp_path, 0, level) @ CLOCK.weight
    assert found == pytest.approx(0.4 * 30 * 365 * np.array([0.25, 1.0, 3.0]), rel=2e-3)
    expected = expected_kwh(demand, CLOCK, (1, 2, 3), POWER, np.zeros(0)) @ CLOCK.weight
    assert found == pytest.approx(expected, rel=1e-9)


def test_sessions_by_chance_do_not(tmp_path):
    chance = [FEW.model_copy(update={"seed": seed, "matched": False}) for seed in range(20)]
    found = [float(demand_kwh(one, CLOCK, UTC_YEAR, (2,), POWER[:1], tmp_path, 0)[0] @ CLOCK.weight) for one in chance]
    assert np.std(found) > 0.15 * 4380


def test_matched_sessions_have_the_number_the_energies_and_the_hours_that_are_expected():
    """Ten thousand in a year: their number is exact, their energies log-normal, their hours those of the profile within chance."""
    many = Demand(sessions_per_day=30.0, energy_kwh=Energy(mean=30.0, sd=12.0), matched=True)
    expected = arrivals_per_step(many, UTC_YEAR)
    step, offset, energy, mark = draw(many, UTC_YEAR, 1.0, np.random.default_rng(3))
    assert len(step) == round(expected.sum())
    assert energy.mean() == pytest.approx(30.0, rel=1e-3) and energy.std() == pytest.approx(12.0, rel=1e-2)
    assert np.sort(mark) == pytest.approx((np.arange(len(mark)) + 0.5) / len(mark))
    assert offset.min() >= 0 and offset.max() < 1 and abs(np.corrcoef(energy, mark)[0, 1]) < 0.05
    by_hour = np.bincount(step % 24, minlength=24)
    wanted = expected.reshape(-1, 24).sum(axis=0)
    assert (np.abs(by_hour - wanted) < 5 * np.sqrt(wanted) + 1).all()


def test_a_year_of_little_demand_still_has_a_session(tmp_path):
    demand = Demand(
        sessions_per_day=0.1, energy_kwh=Energy(mean=30.0, sd=14.0), matched=True, by_year=(1.0, 0.001, 0.0)
    )
    low = demand_kwh(demand, CLOCK, UTC_YEAR, (1, 2, 3), POWER, tmp_path, 0) @ CLOCK.weight
    assert low == pytest.approx([0.1 * 30 * 365, 0.1 * 30 * 0.365, 0.0], rel=2e-3, abs=1e-9)


def test_demand_follows_its_path_and_grows_from_its_last_year_on():
    ramp = Demand(sessions_per_day=10.0, energy_kwh=Energy(mean=30.0), by_year=(0.4, 0.7, 1.0), growth_per_year=0.1)
    assert [ramp.level(year) for year in (1, 2, 3, 4, 6)] == pytest.approx([0.4, 0.7, 1.0, 1.1, 1.331])
    still = ramp.model_copy(update={"growth_per_year": 0.0})
    assert still.level(30) == 1.0
    grows = Demand(sessions_per_day=10.0, energy_kwh=Energy(mean=30.0), growth_per_year=0.1)
    assert [grows.level(year) for year in (1, 3)] == pytest.approx([1.0, 1.21])


@pytest.mark.parametrize(("change", "told"), [
    ({"by_year": []}, "by_year: .*at least 1"), ({"by_year": [1.0, -1.0]}, r"by_year\[1\]: must be at least 0"),
    ({"by_year": [0.0, 0.0]}, "by_year: holds nothing but 0: nobody would come in any year"),
    ({"by_year": 2.0}, "by_year: must be a list"), ({"matched": 7}, "matched: "),
    ({"matched": True, "managed": {"stay_h": {"mean": 4.0, "sd": 1.0}}}, "matched: needs sessions_per_day, of vehicles that charge"),
])  # fmt: skip
def test_faults_of_paths_and_matched_draws_are_told(tmp_path, change, told):
    with pytest.raises(InstanceError, match=told):
        read(variant(tmp_path, {f"sites[gate-city].demand.{name}": value for name, value in change.items()}))


@pytest.mark.parametrize(("path", "modelled", "year"), [
    ([1.0, 3.0, 1.0], [1, 3], 2), ([1.0, 1.5, 4.0], [1, 2], 3), ([1.0, 2.0, 3.0], [1, 3], None), ([2.0, 1.0, 1.0], [1, 2], None),
    ([1.0, 1.0, 1.0, 5.0, 1.0], [1, 2, 5], 4),
])  # fmt: skip
def test_demand_that_no_modelled_year_sees_is_told(tmp_path, path, modelled, year):
    demand = {"sites[gate-city].demand.by_year": path, "sites[gate-city].demand.growth_per_year": 0.0}
    found = read(variant(tmp_path, {**demand, "horizon.operating_years": modelled}))
    told = [note for note in found.notes if "demand.by_year is" in note]
    assert len(told) == (year is not None)
    assert all(f"in year {year}, which the modelled years" in note for note in told)


def test_a_year_in_which_nobody_comes_by_chance_has_no_service(tmp_path):
    """A thousandth of few sessions: the plan has one, the simulation of drivers none."""
    changes = {"sites[gate-city].demand": {"sessions_per_day": 0.5, "energy_kwh": {"mean": 30.0, "sd": 12.0}, "matched": True,
                                           "by_year": [1.0, 0.0001], "max_wait_min": 10.0},
               "horizon.operating_years": [1, 2], "horizon.weeks": ["2027-07-19"], "horizon.start": "2027-01-01"}  # fmt: skip
    run = solved(variant(tmp_path, changes))
    assert [year.year for year in run.services[0]] in ([1], [])

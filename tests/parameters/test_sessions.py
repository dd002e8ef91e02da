"""Demand: drawn sessions keep their means and lose no energy; measured series land on the clock."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from evplan.errors import InputError
from evplan.instance.base import SeriesFile
from evplan.instance.schema import Horizon
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import make_clock
from evplan.parameters.draws import arrivals_per_step
from evplan.parameters.expected import expected_kwh, kernel_kwh
from evplan.parameters.sessions import demand_kwh, spread

YEAR = make_clock(Horizon(start=datetime.date(2027, 1, 1), timezone="America/New_York"))
UTC_YEAR = make_clock(Horizon(start=datetime.date(2027, 1, 1)))
FINE = make_clock(Horizon(start=datetime.date(2027, 1, 1), timezone="America/New_York", step_minutes=15))
DRAWN = Demand(sessions_per_day=40.0, energy_kwh=Energy(mean=30.0, sd=12.0), growth_per_year=0.1, seed=3)


def test_expected_arrivals_are_the_sessions_per_day(tmp_path):
    assert arrivals_per_step(DRAWN, YEAR).sum() == pytest.approx(
        40 * 365, rel=2e-3
    )  # weekdays do not divide a year evenly


def test_drawn_energy_is_the_mean_within_its_scatter(tmp_path):
    wanted = demand_kwh(DRAWN, YEAR, YEAR, (1,), np.array([80.0]), tmp_path, 0).sum()
    sessions = 40 * 365
    scatter = np.sqrt(sessions * (30.0**2 + 12.0**2))  # compound Poisson
    assert abs(wanted - 30.0 * sessions) < 4 * scatter


def test_growth_only_adds_sessions(tmp_path):
    first, eighth = demand_kwh(DRAWN, YEAR, YEAR, (1, 8), np.array([80.0, 80.0]), tmp_path, 0)
    assert (eighth >= first - 1e-9).all()
    assert eighth.sum() / first.sum() == pytest.approx(1.1**7, rel=0.03)


def test_the_same_seed_draws_the_same_sessions_and_another_does_not(tmp_path):
    def draw(seed):
        return demand_kwh(DRAWN.model_copy(update={"seed": seed}), YEAR, YEAR, (1,), np.array([80.0]), tmp_path, 0)

    assert (draw(3) == draw(3)).all()
    assert (draw(3) != draw(4)).any()


@pytest.mark.parametrize("minutes", [30, 15, 5])
def test_the_same_sessions_come_however_long_the_steps_are(minutes, tmp_path):
    horizon = Horizon(start=datetime.date(2027, 1, 1), timezone="America/New_York", step_minutes=minutes)
    hourly, finer = (
        demand_kwh(DRAWN, clock, clock, (1, 8), np.array([80.0, 70.0]), tmp_path, 0)
        for clock in (YEAR, make_clock(horizon))
    )
    assert finer.reshape(2, 8760, -1).sum(axis=2) == pytest.approx(hourly)


def test_expected_energy_is_the_mean_of_many_draws(tmp_path):
    # 150 years of draws, folded onto the hours of the week; each hour's mean scatters by its own standard deviation.
    year_power = np.array([80.0, 60.0])
    draws = np.array([
        demand_kwh(DRAWN.model_copy(update={"seed": seed}), UTC_YEAR, UTC_YEAR, (1, 8), year_power, tmp_path, 0)[:, :8736]
        for seed in range(150)
    ]).reshape(150, 2, 52, 168)  # fmt: skip
    expected = expected_kwh(DRAWN, UTC_YEAR, (1, 8), year_power, np.zeros(0))[:, :8736].reshape(2, 52, 168).mean(axis=1)
    mean, scatter = draws.mean(axis=(0, 2)), draws.std(axis=(0, 2)) / np.sqrt(150 * 52)
    assert (np.abs(expected - mean) < 5 * scatter).all()
    assert expected.sum() / mean.sum() == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize("minutes", [60, 15, 5])
def test_expected_energy_is_energy_times_arrivals_at_every_step_length(minutes):
    clock = make_clock(Horizon(start=datetime.date(2027, 1, 1), step_minutes=minutes))
    expected = expected_kwh(DRAWN, clock, (1, 8), np.array([80.0, 60.0]), np.zeros(0))
    arrivals = arrivals_per_step(DRAWN, clock).sum()
    assert expected.sum(axis=1) == pytest.approx([30 * arrivals, 30 * arrivals * 1.1**7])
    hourly = expected_kwh(DRAWN, UTC_YEAR, (1, 8), np.array([80.0, 60.0]), np.zeros(0))
    assert expected.reshape(2, 8760, -1).sum(axis=2) == pytest.approx(hourly, rel=1e-3, abs=1e-3)


def test_equal_sessions_of_half_a_step_take_three_quarters_in_their_own():
    # Duration h/2, arrival even in the step: those of the first half end inside it, the others give on average half
    # of theirs to the next step: 1/2 + 1/2 * 1/2 = 3/4 stay.
    assert kernel_kwh(Energy(mean=10.0, sd=0.0), 20.0, 1.0)[:2] == pytest.approx([7.5, 2.5], rel=1e-5)


def test_a_measured_series_is_its_own_expectation(tmp_path):
    (tmp_path / "hourly.csv").write_text("\n".join(["kw", *map(str, range(8760))]))
    demand = Demand(load_kw=SeriesFile(file="hourly.csv", column="kw"))
    drawn = demand_kwh(demand, UTC_YEAR, UTC_YEAR, (1,), np.array([50.0]), tmp_path, 0)
    assert (expected_kwh(demand, UTC_YEAR, (1,), np.array([50.0]), drawn) == drawn).all()


def test_a_session_charges_at_constant_power_over_the_steps_it_lasts():
    # 30 kWh at 20 kW from 10:30: half an hour in the first step (10 kWh), a whole one (20 kWh) after.
    given = spread(np.array([10]), np.array([0.5]), np.array([30.0]), 20.0, YEAR)
    assert given[10:13].tolist() == [10.0, 20.0, 0.0]


JULY, MIDMONTH = (
    make_clock(Horizon(start=day, timezone="America/New_York"))
    for day in (datetime.date(2027, 7, 1), datetime.date(2027, 12, 20))
)


@pytest.mark.parametrize("clock", [YEAR, FINE, JULY, MIDMONTH])
def test_no_energy_is_lost_not_even_at_the_end_of_the_year(clock):
    random = np.random.default_rng(1)
    step = np.append(random.integers(0, clock.steps, 500), clock.steps - 1)
    offset, energy = random.random(501) * clock.step_h[step], random.uniform(1, 90, 501)
    assert spread(step, offset, energy, 7.0, clock).sum() == pytest.approx(energy.sum())


def test_a_measured_series_is_averaged_onto_longer_steps_and_held_on_shorter_ones(tmp_path):
    values = np.arange(35040, dtype=float) % 100
    (tmp_path / "load.csv").write_text("\n".join(["kw", *map(str, values)]))
    (tmp_path / "hourly.csv").write_text("\n".join(["kw", *map(str, values[:8760])]))
    fine = Demand(load_kw=SeriesFile(file="load.csv", column="kw", step_minutes=15))
    on_hours = demand_kwh(fine, YEAR, YEAR, (1,), np.array([50.0]), tmp_path, 0)[0]
    assert on_hours[:2].tolist() == [1.5, 5.5]
    hourly = Demand(load_kw=SeriesFile(file="hourly.csv", column="kw", step_minutes=60, scale=2.0))
    on_quarters = demand_kwh(hourly, FINE, FINE, (1,), np.array([50.0]), tmp_path, 0)[0]
    assert on_quarters[:8].tolist() == [0.0] * 4 + [0.5] * 4


def test_a_week_takes_the_rows_of_its_dates(tmp_path):
    (tmp_path / "hourly.csv").write_text("\n".join(["kw", *map(str, range(8760))]))
    week = make_clock(Horizon(start=datetime.date(2027, 1, 1), timezone="UTC", weeks=(datetime.date(2027, 1, 11),)))
    demand = Demand(load_kw=SeriesFile(file="hourly.csv", column="kw"))
    assert demand_kwh(demand, week, UTC_YEAR, (1,), np.array([50.0]), tmp_path, 0)[0, :3].tolist() == [
        240.0,
        241.0,
        242.0,
    ]


@pytest.mark.parametrize("clock", [JULY, MIDMONTH])
def test_a_constant_charge_lands_evenly_wherever_the_year_begins(clock):
    every = np.arange(clock.steps)
    given = spread(every, np.zeros(clock.steps), np.full(clock.steps, 30.0), 20.0, clock)  # 20 kWh now, 10 kWh next
    assert given == pytest.approx(np.full(clock.steps, 30.0))


@pytest.mark.parametrize("start", [datetime.date(2027, 1, 1), datetime.date(2027, 7, 1), datetime.date(2028, 1, 1)])
def test_a_week_of_a_measured_series_is_that_slice_of_the_year(start, tmp_path):
    day = datetime.date(start.year + (start.month > 1), 3, 20) if start.month > 1 else datetime.date(start.year, 7, 10)
    (tmp_path / "hourly.csv").write_text("\n".join(["kw", *map(str, range(8760))]))
    horizon = {"start": start, "timezone": "America/New_York"}
    year, week = make_clock(Horizon(**horizon)), make_clock(Horizon(**horizon, weeks=(day,)))
    demand = Demand(load_kw=SeriesFile(file="hourly.csv", column="kw"))
    of_year = demand_kwh(demand, year, year, (1,), np.array([50.0]), tmp_path, 0)[0]
    of_week = demand_kwh(demand, week, year, (1,), np.array([50.0]), tmp_path, 0)[0]
    first = list(year.start).index(week.start[0])
    assert of_week.tolist() == of_year[first : first + 168].tolist()


def test_a_series_of_a_leap_year_loses_its_29_february(tmp_path):
    leap = make_clock(Horizon(start=datetime.date(2028, 1, 1)))
    (tmp_path / "hourly.csv").write_text("\n".join(["kw", *map(str, range(8784))]))
    demand = Demand(load_kw=SeriesFile(file="hourly.csv", column="kw"))
    values = demand_kwh(demand, leap, leap, (1,), np.array([50.0]), tmp_path, 0)[0]
    first_of_march = 59 * 24
    assert values[first_of_march - 1 : first_of_march + 1].tolist() == [59 * 24 - 1, 60 * 24]


def test_a_draw_too_large_for_memory_is_refused(tmp_path):
    with pytest.raises(InputError, match="sessions in one year"):
        demand_kwh(DRAWN, YEAR, YEAR, (1, 120), np.array([80.0, 80.0]), tmp_path, 0)

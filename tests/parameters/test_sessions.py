"""Demand: drawn sessions keep their means and lose no energy; measured series land on the clock."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from evplan.instance.base import SeriesFile
from evplan.instance.schema import Horizon
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import make_clock
from evplan.parameters.sessions import arrivals_per_step, demand_kwh, spread

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


def test_a_session_charges_at_constant_power_over_the_steps_it_lasts():
    # 30 kWh at 20 kW from 10:30: half an hour in the first step (10 kWh), a whole one (20 kWh) after.
    given = spread(np.array([10]), np.array([0.5]), np.array([30.0]), 20.0, YEAR)
    assert given[10:13].tolist() == [10.0, 20.0, 0.0]


@pytest.mark.parametrize("clock", [YEAR, FINE])
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

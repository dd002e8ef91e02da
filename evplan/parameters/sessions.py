"""Charging demand on the clock: drawn sessions, or a measured series, for each modelled year."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.instance.profiles import arrival_profile
from evplan.instance.series import read_series
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import Clock

Years = tuple[int, ...]
NOTHING_KWH = 1e-9
MOST_SESSIONS = 2e7  # a draw of this size takes about a gigabyte


def demand_kwh(
    demand: Demand, clock: Clock, year: Clock, years: Years, port_kw: np.ndarray, folder: Path, salt: int
) -> np.ndarray:
    """Return the energy that vehicles want in each modelled year and step, shape (years, steps), kWh.

    year : the full year's clock, whose first step is a measured series' first row.
    port_kw : array, shape (years,)   Power at which a session charges, kW.
    """
    growth = (1 + demand.growth_per_year) ** (np.array(years) - 1.0)
    if demand.load_kw is not None:
        return growth[:, None] * measured_kw(demand, clock, year, folder) * clock.step_h
    return drawn_kwh(demand, clock, growth, port_kw, salt)


def drawn_kwh(demand: Demand, clock: Clock, growth: np.ndarray, port_kw: np.ndarray, salt: int) -> np.ndarray:
    """Return the energy of drawn sessions: Poisson arrivals, log-normal energy, constant power.

    One draw at the highest demand is thinned for each year, so that growth only adds sessions; it is made hour
    by hour, so that the same sessions come however long the steps are.
    """
    assert demand.sessions_per_day is not None and demand.energy_kwh is not None
    random = np.random.default_rng([demand.seed, salt])
    top = float(growth.max())
    expected = arrivals_per_step(demand, clock) * top
    if expected.sum() > MOST_SESSIONS:
        raise InputError(
            f"{expected.sum():,.0f} sessions in one year are more than can be drawn; lower sessions_per_day or growth_per_year"
        )
    per_hour = round(1 / clock.step_h[0])
    arrivals = random.poisson(expected.reshape(-1, per_hour).sum(axis=1))
    at_h = np.repeat(np.arange(len(arrivals)), arrivals) + random.random(arrivals.sum())
    step = np.floor(at_h * per_hour).astype(int)
    offset_h = at_h - step / per_hour
    energy = draw_energy(demand.energy_kwh, random, len(step))
    mark = random.random(len(step)) * top
    energies = [
        spread(step[mark < g], offset_h[mark < g], energy[mark < g], power, clock)
        for g, power in zip(growth, port_kw, strict=True)
    ]
    return np.array(energies)


def arrivals_per_step(demand: Demand, clock: Clock) -> np.ndarray:
    """Return mean arrivals in each step of the first year, shape (steps,)."""
    profile = arrival_profile(demand.arrival_profile)
    weekend = np.asarray(clock.start.day_of_week >= 5)
    shape = np.where(weekend, np.array(profile.weekend)[clock.start.hour], np.array(profile.weekday)[clock.start.hour])
    weekday_sessions = 7 * (demand.sessions_per_day or 0.0) / (5 + 2 * profile.weekend_factor)
    return weekday_sessions * np.where(weekend, profile.weekend_factor, 1.0) * shape * clock.step_h


def draw_energy(energy: Energy, random: np.random.Generator, count: int) -> np.ndarray:
    """Return log-normal session energies with the given mean and standard deviation, kWh."""
    sigma2 = np.log1p((energy.sd / energy.mean) ** 2)
    return random.lognormal(np.log(energy.mean) - sigma2 / 2, np.sqrt(sigma2), count)


def spread(step, offset_h, energy_kwh, power_kw: float, clock: Clock) -> np.ndarray:
    """Return energy per step, shape (steps,), of sessions that charge at constant power from arrival.

    A session that runs past the end of its block goes on at the block's beginning: no energy is lost.
    """
    total, following = np.zeros(clock.steps), clock.next_step
    at, left, room_h = step, energy_kwh.copy(), clock.step_h[step] - offset_h
    while len(at):
        given = np.minimum(left, power_kw * room_h)
        np.add.at(total, at, given)
        left = left - given
        going = left > NOTHING_KWH
        at, left = following[at[going]], left[going]
        room_h = clock.step_h[at]
    return total


def measured_kw(demand: Demand, clock: Clock, year: Clock, folder: Path) -> np.ndarray:
    """Return a measured series on the clock, shape (steps,), kW; row 1 is the first step of `horizon.start`.

    Finer rows are averaged, coarser rows held. Representative weeks take the rows of their dates in `year`,
    the full year's clock; a row of 29 February is left out.
    """
    assert demand.load_kw is not None
    minutes, step_minutes = demand.load_kw.step_minutes, round(clock.step_h[0] * 60)
    values = without_leap_day(np.array(read_series(demand.load_kw, folder)), 24 * 60 // minutes, year)
    fine = np.repeat(values, max(1, minutes // step_minutes))
    on_steps = fine.reshape(-1, max(1, step_minutes // minutes)).mean(axis=1)
    return on_steps if clock.steps == year.steps else on_steps[same_date(clock, year)]


def without_leap_day(values: np.ndarray, per_day: int, year: Clock) -> np.ndarray:
    """Return 365 days of rows: a series of 366 loses its 29 February, or its last day if it has none."""
    first = year.start[0].date()
    leap = [day for n in range(366) if (day := first + datetime.timedelta(days=n)).month == 2 and day.day == 29]
    dropped = (leap[0] - first).days if leap else 365
    rows = np.arange(len(values)) // per_day
    return values[rows != dropped] if len(values) == 366 * per_day else values


def same_date(clock: Clock, year: Clock) -> np.ndarray:
    """Return, for each step, the step of the full year with the same civil date and time (the first, if twice)."""
    place: dict[tuple[int, int, int, int], int] = {}
    for i, t in enumerate(year.start):
        place.setdefault((t.month, t.day, t.hour, t.minute), i)
    last, found = 0, []
    for t in clock.start:
        last = place.get((t.month, t.day, t.hour, t.minute), last)  # an hour that daylight saving skips: the one before
        found.append(last)
    return np.array(found)

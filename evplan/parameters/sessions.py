"""Charging demand on the clock: drawn sessions, or a measured series, for each modelled year."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.instance.managed import Stay
from evplan.instance.profiles import arrival_profile
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import Clock
from evplan.parameters.peaks import with_peak_days
from evplan.parameters.series import same_date, series_on_clock

Years = tuple[int, ...]
NOTHING_KWH = 1e-9
MOST_SESSIONS = 2e7  # a draw of this size takes about a gigabyte


@dataclass(frozen=True)
class Level:
    """Demand as a multiple of another's, whose sessions come here too: fewer of them, or all of them and more.

    most : the highest multiple that is looked at, so that each higher level only adds sessions to those below.
    """

    times: float = 1.0
    most: float = 1.0


AS_PLANNED = Level()


def demand_kwh(
    demand: Demand, clock: Clock, year: Clock, years: Years, port_kw: np.ndarray, folder: Path, salt: int,
    level: Level = AS_PLANNED,
) -> np.ndarray:  # fmt: skip
    """Return the energy that vehicles want in each modelled year and step, shape (years, steps), kWh.

    year : the full year's clock, whose first step is a measured series' first row.
    port_kw : array, shape (years,)   Power at which a session charges, kW.
    """
    growth = (1 + demand.growth_per_year) ** (np.array(years) - 1.0)
    if demand.load_kw is not None:
        measured = series_on_clock(demand.load_kw, clock, year, folder)
        if demand.peak_days is not None:
            whole = with_peak_days(series_on_clock(demand.load_kw, year, year, folder), demand.peak_days, year, folder)
            measured = whole if clock.steps == year.steps else whole[same_date(clock, year)]
        return growth[:, None] * measured * clock.step_h
    return drawn_kwh(demand, clock, growth, port_kw, salt, level)


def drawn_kwh(
    demand: Demand, clock: Clock, growth: np.ndarray, port_kw: np.ndarray, salt: int, level: Level = AS_PLANNED
) -> np.ndarray:
    """Return the energy of drawn sessions: Poisson arrivals, log-normal energy, constant power."""
    planned = 1 / level.times
    found = _thinned(demand, clock, planned, min(level.times, 1.0), growth, port_kw, [demand.seed, salt])
    if level.times > 1:
        more = level.most - 1
        found += _thinned(
            demand, clock, planned * more, (level.times - 1) / more, growth, port_kw, [demand.seed, salt, 1]
        )
    return found


def _thinned(
    demand: Demand, clock: Clock, rate: float, kept: float, growth: np.ndarray, port_kw: np.ndarray, seed: list[int]
) -> np.ndarray:
    """Return the energy of a part of the sessions that come at `rate` times the demand, thinned for each year by its growth."""
    top = float(growth.max())
    step, offset_h, energy, mark = draw(demand, clock, rate * top, np.random.default_rng(seed))
    energies = []
    for g, power in zip(growth, port_kw, strict=True):
        here = mark * top < g * kept
        energies.append(spread(step[here], offset_h[here], energy[here], power, clock))
    return np.array(energies)


def draw(
    demand: Demand, clock: Clock, top: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return drawn sessions: step and offset of arrival, energy, and a mark in [0, 1).

    One draw at the highest demand, `top` times the first year's, is thinned for each year by its marks, so that growth only
    adds sessions; it is made hour by hour, so that the same sessions come however long the steps are.
    """
    assert demand.sessions_per_day is not None and demand.energy_kwh is not None
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
    return step, offset_h, energy, random.random(len(step))


def arrivals_per_step(demand: Demand, clock: Clock) -> np.ndarray:
    """Return mean arrivals in each step of the first year, shape (steps,)."""
    profile = arrival_profile(demand.arrival_profile)
    weekend = np.asarray(clock.start.day_of_week >= 5)
    shape = np.where(weekend, np.array(profile.weekend)[clock.start.hour], np.array(profile.weekday)[clock.start.hour])
    weekday_sessions = 7 * (demand.sessions_per_day or 0.0) / (5 + 2 * profile.weekend_factor)
    return weekday_sessions * np.where(weekend, profile.weekend_factor, 1.0) * shape * clock.step_h


def draw_energy(energy: Energy | Stay, random: np.random.Generator, count: int) -> np.ndarray:
    """Return log-normal energies (or stays) with the given mean and standard deviation, kWh (or h)."""
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

"""Charging demand on the clock: drawn sessions, or a measured series, for each modelled year."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.instance.profiles import arrival_profile
from evplan.instance.series import read_series
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import Clock

Years = tuple[int, ...]


def demand_kwh(demand: Demand, clock: Clock, years: Years, port_kw: np.ndarray, folder: Path, salt: int) -> np.ndarray:
    """Return the energy that vehicles want in each modelled year and step, shape (years, steps), kWh.

    port_kw : array, shape (years,)   Power at which a session charges, kW.
    """
    growth = (1 + demand.growth_per_year) ** (np.array(years) - 1.0)
    if demand.load_kw is not None:
        return growth[:, None] * measured_kw(demand, clock, folder) * clock.step_h
    return drawn_kwh(demand, clock, growth, port_kw, salt)


def drawn_kwh(demand: Demand, clock: Clock, growth: np.ndarray, port_kw: np.ndarray, salt: int) -> np.ndarray:
    """Return the energy of drawn sessions: Poisson arrivals, log-normal energy, constant power.

    One draw at the highest demand is thinned for each year, so that growth only adds sessions.
    """
    assert demand.sessions_per_day is not None and demand.energy_kwh is not None
    random = np.random.default_rng([demand.seed, salt])
    top = float(growth.max())
    arrivals = random.poisson(arrivals_per_step(demand, clock) * top)
    step = np.repeat(np.arange(clock.steps), arrivals)
    offset_h = random.random(len(step)) * clock.step_h[step]
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
    total = np.zeros(clock.steps)
    first = np.searchsorted(clock.block, clock.block, side="left")
    length = np.searchsorted(clock.block, clock.block, side="right") - first
    at, left, room_h = step, energy_kwh.copy(), clock.step_h[step] - offset_h
    while len(at):
        given = np.minimum(left, power_kw * room_h)
        np.add.at(total, at, given)
        left = left - given
        going = left > 1e-9
        at, left = at[going], left[going]
        at = first[at] + (at - first[at] + 1) % length[at]
        room_h = clock.step_h[at]
    return total


def measured_kw(demand: Demand, clock: Clock, folder: Path) -> np.ndarray:
    """Return a measured series on the clock, shape (steps,), kW; row 1 is the first step of the year.

    Finer rows are averaged, coarser rows held. Representative weeks take the rows of their dates.
    """
    assert demand.load_kw is not None
    minutes = demand.load_kw.step_minutes
    step_minutes = round(clock.step_h[0] * 60)
    if max(minutes, step_minutes) % min(minutes, step_minutes):
        raise InputError(f"{demand.load_kw.file}: rows of {minutes} min do not fit steps of {step_minutes} min")
    values = np.array(read_series(demand.load_kw, folder))[: 365 * 24 * 60 // minutes]
    fine = np.repeat(values, max(1, minutes // step_minutes))
    on_steps = fine.reshape(-1, max(1, step_minutes // minutes)).mean(axis=1)
    per_day = 24 * 60 // step_minutes
    if clock.steps == len(on_steps):
        return on_steps
    day = np.minimum(clock.start.day_of_year - 1, 364)
    row = day * per_day + (clock.start.hour * 60 + clock.start.minute) // step_minutes
    return on_steps[np.asarray(row)]

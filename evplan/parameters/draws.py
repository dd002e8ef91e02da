"""Sessions that are drawn: when they come and what they want, as chance has it or as many and as much as is expected."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from evplan.errors import InputError
from evplan.instance.drawn import MOST_SESSIONS
from evplan.instance.managed import Stay
from evplan.instance.profiles import arrival_profile
from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import Clock


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
            f"{expected.sum():,.0f} sessions in one year are more than can be drawn; lower sessions_per_day, by_year or growth_per_year"
        )
    per_hour = round(1 / clock.step_h[0])
    hourly = expected.reshape(-1, per_hour).sum(axis=1)
    if demand.matched:
        at_h, energy, mark = evenly(hourly, demand.energy_kwh, random)
        step = np.floor(at_h * per_hour).astype(int)
        return step, at_h - step / per_hour, energy, mark
    arrivals = random.poisson(hourly)
    at_h = np.repeat(np.arange(len(arrivals)), arrivals) + random.random(arrivals.sum())
    step = np.floor(at_h * per_hour).astype(int)
    offset_h = at_h - step / per_hour
    energy = draw_energy(demand.energy_kwh, random, len(step))
    return step, offset_h, energy, random.random(len(step))


def evenly(
    expected: np.ndarray, energy: Energy, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return as many sessions as are expected of hours: when they come, h, their energies, kWh, and marks; both spread evenly."""
    count = max(1, round(float(expected.sum()))) if expected.any() else 0
    hours = np.sort(random.choice(len(expected), count, p=expected / expected.sum())) if count else np.zeros(0)
    ranks, marks = ((random.permutation(count) + 0.5) / max(count, 1) for _ in range(2))
    sigma2 = np.log1p((energy.sd / energy.mean) ** 2)
    return (
        hours + random.random(count),
        energy.mean * np.exp(np.sqrt(sigma2) * ndtri(ranks) - sigma2 / 2),
        marks,
    )


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

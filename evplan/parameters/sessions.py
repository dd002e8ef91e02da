"""Charging demand on the clock: drawn sessions, or a measured series, for each modelled year."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.instance.site import Demand
from evplan.parameters.clock import Clock
from evplan.parameters.draws import arrivals_per_step, draw
from evplan.parameters.series import series_on_clock

Years = tuple[int, ...]
NOTHING_KWH = 1e-9


@dataclass(frozen=True)
class Level:
    """Demand as a multiple of another's, whose sessions come here too: fewer of them, or all of them and more.

    most : the highest multiple that is looked at, so that each higher level only adds sessions to those below.
    """

    times: float = 1.0
    most: float = 1.0


AS_PLANNED = Level()


def levels(demand: Demand, years: Years) -> np.ndarray:
    """Return the demand of years of the plan as multiples of what a site says, shape (years,)."""
    return np.array([demand.level(year) for year in years])


def demand_kwh(
    demand: Demand, clock: Clock, year: Clock, years: Years, port_kw: np.ndarray, folder: Path, salt: int,
    level: Level = AS_PLANNED,
) -> np.ndarray:  # fmt: skip
    """Return the energy that vehicles want in each modelled year and step, shape (years, steps), kWh.

    year : the full year's clock, whose first step is a measured series' first row.
    port_kw : array, shape (years,)   Power at which a session charges, kW.
    """
    growth = levels(demand, years)
    if demand.load_kw is not None:
        measured = series_on_clock(demand.load_kw, clock, year, folder, demand.peak_days)
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
        given = energy[here]
        if demand.matched:
            here, given = fitted(demand, clock, rate * g * kept, step, energy, mark, here)
        energies.append(spread(step[here], offset_h[here], given, power, clock))
    return np.array(energies)


def fitted(demand: Demand, clock: Clock, level: float, step, energy, mark, here) -> tuple[np.ndarray, np.ndarray]:
    """Return which sessions of a matched draw come at a level of demand, one at least, and their energies, kWh, as expected together."""
    assert demand.energy_kwh is not None
    weight = clock.weight
    expected = level * demand.energy_kwh.mean * float(arrivals_per_step(demand, clock) @ weight)
    if expected > 0 and not here.any():
        here = mark == mark.min()
    given = energy[here]
    return here, given * (expected / max(float(given @ weight[step[here]]), NOTHING_KWH))


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

"""Everything that comes from outside, over all days on which an episode may be: prices, loads, sun, cold, and how many come."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from evplan.parameters.clock import Clock
from evplan.schedule.clock import steps_from
from evplan.schedule.pricing import Priced, priced
from evplan.schedule.timed import Timed, on_clock
from evplan.units import HOURS_PER_DAY, MINUTES_PER_HOUR
from evplan.v2x.behaviour import behaviour
from evplan.v2x.site import WorldSite

if TYPE_CHECKING:
    import pandas as pd

QUARTER_MIN, DAYS_PER_WEEK = 15, 7
SATURDAY = 5
SHORTEST_MONTH_H = 28 * 24
USUAL_C = 20.0  # air where no temperature is given
COLD_BELOW_C = 25.0  # where the lookup's charging rate stands for a warm battery


@dataclass(frozen=True)
class Calendar:
    """Series over all steps, shape (steps,), or (steps, transformers); for the rest see state.py.

    clock : of all steps.  begins : steps at which an episode may begin, shape (days,).  steps : of an episode.
    expected, hour : see `draw.Comers`.
    """

    clock: Clock
    begins: np.ndarray
    steps: int
    buy: np.ndarray
    sell: np.ndarray
    air_c: np.ndarray
    derate: np.ndarray
    tracked: bool
    setpoint_kw: np.ndarray
    load_kw: np.ndarray
    solar_kw: np.ndarray
    limit_kw: np.ndarray
    applies: np.ndarray
    per_kw: np.ndarray
    expected: np.ndarray
    hour: np.ndarray

    @cached_property
    def day_angle(self) -> np.ndarray:
        """Return the time of day of every step as an angle, shape (steps,)."""
        start = self.clock.start
        return 2 * np.pi * (start.hour.to_numpy() + start.minute.to_numpy() / MINUTES_PER_HOUR) / HOURS_PER_DAY

    @cached_property
    def week_angle(self) -> np.ndarray:
        """Return the time of the week of every step as an angle, shape (steps,)."""
        return (2 * np.pi * self.clock.start.day_of_week.to_numpy() + self.day_angle) / DAYS_PER_WEEK

    @property
    def step_h(self) -> float:
        """Return the length of a step, h."""
        return float(self.clock.step_h[0])


def calendar_of(site: WorldSite, folder: Path) -> Calendar:
    """Return the calendar of a site. Raises: InputError for files that do not cover it."""
    import pandas as pd

    zone = ZoneInfo(site.timezone)
    first = site.start.astimezone(zone) if site.start.tzinfo else site.start.replace(tzinfo=zone)
    begin_s = first.timestamp()
    day_s = [(first + datetime.timedelta(days=day)).timestamp() - begin_s for day in range(site.days)]
    step_s, steps = 60.0 * site.step_minutes, round(MINUTES_PER_HOUR * site.hours / site.step_minutes)
    begins = np.round(np.array(day_s) / step_s).astype(int)
    clock = steps_from(pd.Timestamp(first).tz_convert(site.timezone), int(begins[-1]) + steps, site.step_minutes)

    def series(name: str, said: Timed | None, usual: float, least: float = 0.0) -> np.ndarray:
        if said is None:
            return np.full(clock.steps, usual)
        return on_clock(said, name, folder, site.timezone, begin_s, step_s / 3600, clock.steps, least)

    added = None if site.prices is None else series("prices", site.prices, 0.0, -np.inf)
    money = priced(site.tariff, clock, added)
    own = list(enumerate(site.transformers))
    air_c = series("temperature", site.temperature, USUAL_C, -90.0)
    return Calendar(
        clock=clock,
        begins=begins,
        steps=steps,
        buy=money.energy,
        sell=money.export if site.export_share is None else np.minimum(site.export_share * money.energy, money.energy),
        air_c=air_c,
        derate=np.ones(clock.steps) if site.temperature is None else cold(air_c),
        tracked=site.setpoint is not None,
        setpoint_kw=series("setpoint", site.setpoint, 0.0, -np.inf),
        load_kw=np.stack([series(f"transformers.{i}.load", one.load, 0.0) + one.load_kw for i, one in own], axis=1),
        solar_kw=np.stack([series(f"transformers.{i}.solar", one.solar, 0.0) for i, one in own], axis=1),
        limit_kw=np.tile([one.limit_kw for one in site.transformers], (clock.steps, 1)),
        **_demand(money, clock, steps),
        **_comers(site, clock.start[0], -(-clock.steps * site.step_minutes // QUARTER_MIN)),
    )


def _demand(money: Priced, clock: Clock, steps: int) -> dict[str, np.ndarray]:
    """Return when each demand charge applies and its price: one for each line and month, as months come round within an episode."""
    round_ = int(np.ceil(steps * float(clock.step_h[0]) / SHORTEST_MONTH_H)) + 1
    rows = [(applies & (clock.month % round_ == k), price) for applies, price in money.demand for k in range(round_)]
    applies = np.stack([row for row, _ in rows], axis=1) if rows else np.zeros((clock.steps, 0), bool)
    return {"applies": applies, "per_kw": np.array([price for _, price in rows])}


def cold(air_c: np.ndarray) -> np.ndarray:
    """Return the part of its power that a battery takes at an air temperature, by the thermal lookup's charging rates."""
    from evplan.degradation.thermal import charging_curve, max_charge_c_rate

    cell = next(iter(charging_curve()))
    warm = float(max_charge_c_rate(cell, COLD_BELOW_C))
    return np.minimum(1.0, max_charge_c_rate(cell, air_c) / warm)


def _comers(site: WorldSite, first: pd.Timestamp, quarters: int) -> dict[str, np.ndarray]:
    """Return how many vehicles are expected from the beginning on, by place and quarter, and each quarter's hour of the day."""
    clock = steps_from(first, quarters, QUARTER_MIN).start
    hour, weekend = clock.hour.to_numpy(), clock.day_of_week.to_numpy() >= SATURDAY
    expected = np.zeros((len(site.places), quarters + 1))
    for i, place in enumerate(site.places.values()):
        own = behaviour(place.behaviour)
        share = np.where(weekend, own.weekend_factor * own.weekend[hour], own.weekday[hour])
        expected[i, 1:] = np.cumsum(place.arrivals_per_day * share * QUARTER_MIN / MINUTES_PER_HOUR)
    return {"expected": expected, "hour": hour}

"""Sessions of a made-up day: arrivals by measured shapes (data/profiles), stays and energies log-normal, powers of common vehicles."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from evplan.instance.profiles import arrival_profile
from evplan.schedule.sessions import HOUR_S, Sessions

POWERS_KW = {3.7: 0.15, 7.4: 0.35, 11.0: 0.4, 22.0: 0.1}  # on-board chargers and their shares: an assumption
SHORTEST_H = 0.25
EVENLY = 0.95  # of what a stay allows: nobody asks for more


@dataclass(frozen=True)
class Day:
    """What a made-up day is made of. stay_h, energy_kwh : mean and standard deviation."""

    count: int
    date: datetime.date
    timezone: str = "UTC"
    profile: str = "public-ac"
    stay_h: tuple[float, float] = (7.0, 3.0)
    energy_kwh: tuple[float, float] = (18.0, 10.0)
    most_kw: float = 22.0
    efficiency: float = 0.92
    seed: int = 1


def make(day: Day) -> Sessions:
    """Return sessions that arrive on one day, in the order of their arrival. The same day gives the same sessions."""
    random = np.random.default_rng([day.seed, day.date.toordinal(), day.count])
    shape = arrival_profile(day.profile)
    hours = np.asarray(shape.weekend if day.date.weekday() >= 5 else shape.weekday)
    arrives_h = np.sort(random.choice(24, day.count, p=hours / hours.sum()) + random.random(day.count))
    stay_h = np.maximum(_lognormal(*day.stay_h, day.count, random), SHORTEST_H)
    power = np.minimum(random.choice(list(POWERS_KW), day.count, p=list(POWERS_KW.values())), day.most_kw)
    asked = np.minimum(_lognormal(*day.energy_kwh, day.count, random), EVENLY * day.efficiency * power * stay_h)
    midnight = datetime.datetime.combine(day.date, datetime.time(), ZoneInfo(day.timezone)).timestamp()
    arrival, unknown = midnight + HOUR_S * arrives_h, np.full(day.count, np.nan)
    names = np.array([f"ev-{k:0{len(str(day.count))}d}" for k in range(1, day.count + 1)])
    return Sessions(
        names, arrival, arrival + HOUR_S * stay_h, asked, power, np.zeros(day.count), np.ones(day.count),
        np.where(power <= 7.4, 1, 3), np.zeros(day.count, bool), unknown, unknown,
    )  # fmt: skip


def _lognormal(mean: float, sd: float, count: int, random: np.random.Generator) -> np.ndarray:
    """Return log-normal draws with a mean and a standard deviation."""
    sigma = np.sqrt(np.log1p((sd / mean) ** 2))
    return mean * np.exp(sigma * random.standard_normal(count) - sigma**2 / 2)

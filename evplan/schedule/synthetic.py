"""Sessions of a made-up day: arrivals by measured shapes (data/profiles), stays and energies log-normal, powers of common vehicles."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from evplan.errors import InputError
from evplan.instance.base import FIRST_DAY, LAST_DAY
from evplan.instance.horizon import zone_faults
from evplan.instance.profiles import arrival_profile, profile_names
from evplan.instance.suggest import did_you_mean
from evplan.schedule.sessions import HOUR_S, Sessions

if TYPE_CHECKING:
    import pandas as pd

POWERS_KW = {3.7: 0.15, 7.4: 0.35, 11.0: 0.4, 22.0: 0.1}  # on-board chargers and their shares: an assumption
SHORTEST_H, LONGEST_H = 0.25, 168.0
SPREAD = 0.5  # standard deviations over means
MOST = 100_000
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


def day_of(
    count: int, date: str, timezone: str, profile: str, stay_h: float, energy_kwh: float, seed: int
) -> Day:  # fmt: skip
    """Return a made-up day as it is asked for. Raises: InputError naming everything that is wrong."""
    faults = [
        text
        for wrong, text in (
            (not 1 <= count <= MOST, f"count must be from 1 to {MOST:,} (got {count})"),
            (
                profile not in profile_names(),
                f"there is no profile {profile!r}{did_you_mean(profile, profile_names())}",
            ),
            (
                not SHORTEST_H <= stay_h <= LONGEST_H,
                f"stay_h must be from {SHORTEST_H:g} to {LONGEST_H:g} (got {stay_h:g})",
            ),
            (not 0.1 <= energy_kwh <= 1000, f"energy_kwh must be from 0.1 to 1000 (got {energy_kwh:g})"),
            (seed < 0, f"seed must be at least 0 (got {seed})"),
            *((True, f"timezone {fault.message}") for fault in zone_faults({"timezone": timezone}, ("timezone",))),
        )
        if wrong
    ]
    try:
        on = datetime.date.fromisoformat(date)
        if not FIRST_DAY <= on <= LAST_DAY:
            faults.append(f"date must be from {FIRST_DAY} to {LAST_DAY} (got {date})")
    except ValueError:
        faults.append(f"date must be YYYY-MM-DD (got {date!r})")
    if faults:
        raise InputError("\n".join(faults))
    return Day(count, on, timezone, profile, (stay_h, SPREAD * stay_h), (energy_kwh, SPREAD * energy_kwh), seed=seed)


def table_of(sessions: Sessions, timezone: str) -> pd.DataFrame:
    """Return sessions as the table that `evplan schedule` reads, times with their offset."""
    import pandas as pd

    def local(second: float) -> str:
        return datetime.datetime.fromtimestamp(round(second), ZoneInfo(timezone)).isoformat()

    return pd.DataFrame({
        "id": sessions.name, "arrival": [local(s) for s in sessions.arrival_s], "departure": [local(s) for s in sessions.departure_s],
        "energy_kwh": sessions.energy_kwh.round(3), "max_power_kw": sessions.max_kw, "phases": sessions.phases,
    })  # fmt: skip


def make(day: Day) -> Sessions:
    """Return sessions that arrive on one day, in the order of their arrival. The same day gives the same sessions."""
    random = np.random.default_rng([day.seed, day.date.toordinal(), day.count])
    shape = arrival_profile(day.profile)
    hours = np.asarray(shape.weekend if day.date.weekday() >= 5 else shape.weekday)
    arrives_h = np.sort(random.choice(24, day.count, p=hours / hours.sum()) + random.random(day.count))
    stay_h = np.maximum(_lognormal(*day.stay_h, day.count, random), SHORTEST_H)
    power = np.minimum(random.choice(list(POWERS_KW), day.count, p=list(POWERS_KW.values())), day.most_kw)
    asked = np.minimum(_lognormal(*day.energy_kwh, day.count, random), EVENLY * day.efficiency * power * stay_h)
    arrival, unknown = _on_the_clock(day, arrives_h), np.full(day.count, np.nan)
    names = np.array([f"ev-{k:0{len(str(day.count))}d}" for k in range(1, day.count + 1)])
    return Sessions(
        name=names, arrival_s=arrival, departure_s=arrival + HOUR_S * stay_h, energy_kwh=asked, max_kw=power, min_kw=np.zeros(day.count),
        priority=np.ones(day.count), phases=np.where(power <= 7.4, 1, 3), phase=np.zeros(day.count, int),
        charger=np.full(day.count, ""), gives=np.zeros(day.count, bool), battery_kwh=unknown, arrival_soc=unknown,
        left_s=arrival + HOUR_S * stay_h,
    )  # fmt: skip


def _on_the_clock(day: Day, hours: np.ndarray) -> np.ndarray:
    """Return hours of a day's clock as seconds since 1970, across daylight saving too."""
    zone = ZoneInfo(day.timezone)
    midnights = [
        datetime.datetime.combine(day.date + datetime.timedelta(k), datetime.time(), zone).timestamp() for k in (0, 1)
    ]
    if midnights[1] - midnights[0] == 24 * HOUR_S:
        return midnights[0] + HOUR_S * hours
    naive = datetime.datetime.combine(day.date, datetime.time())
    walls = [(naive + datetime.timedelta(hours=h)).replace(tzinfo=zone) for h in hours.tolist()]
    return np.sort([wall.timestamp() for wall in walls])


def _lognormal(mean: float, sd: float, count: int, random: np.random.Generator) -> np.ndarray:
    """Return log-normal draws with a mean and a standard deviation."""
    sigma = np.sqrt(np.log1p((sd / mean) ** 2))
    return mean * np.exp(sigma * random.standard_normal(count) - sigma**2 / 2)

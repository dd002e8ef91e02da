"""A year of hourly weather from monthly figures: seeded, and with the monthly means that it was made from, exactly.

air(h)       month's mean + day's anomaly + daily range / 2 * cos of the hours from the warmest        AR(1) from day to day
sun(h)       clear sky (Haurwitz 1945) * day's clearness, scaled to the month's irradiation; parted into beam and sky (Erbs 1982)
wind(h)      Weibull of shape 2 (Rayleigh), AR(1) from hour to hour, scaled to the year's mean
"""

from __future__ import annotations

import datetime
import zlib
from zoneinfo import ZoneInfo

import numpy as np

from evplan.assets.solar import WeatherYear
from evplan.city.study import Place
from evplan.units import HOURS_PER_DAY, HOURS_PER_YEAR

MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTH_OF_DAY = np.repeat(np.arange(12), MONTH_DAYS)
MONTH_OF_HOUR = np.repeat(MONTH_OF_DAY, HOURS_PER_DAY)
WARMEST_HOUR = 15  # local standard time
ANOMALY_K, DAY_TO_DAY = 2.5, 0.7  # spread of daily means about the month's, and what is left of it a day later
CLEARNESS_SD, CLEAREST, DULLEST = 0.25, 1.0, 0.08  # of a clear day's irradiation
WIND_HOUR_TO_HOUR = 0.95
PASSES = 40  # halvings, to a millionth of the clearness


def hourly_weather(place: Place, seed: int, air_c: np.ndarray | None = None) -> WeatherYear:
    """Return a year of hourly weather at a place, local standard time. The same place and seed give the same year.

    air_c : known air temperature, which then is not made.  Without months of irradiation there is no sun.
    """
    of_air, of_sun, of_wind = (np.random.default_rng([seed, zlib.crc32(place.name.encode()), k]) for k in range(3))
    offset = utc_offset_h(place.timezone)
    air_c = _air(place, of_air) if air_c is None else air_c
    ghi, dni, dhi = _sun(place, offset, of_sun) if place.ghi_kwh_m2 else np.zeros((3, HOURS_PER_YEAR))
    wind = _wind(place.wind_m_s, of_wind)
    return WeatherYear(
        air_c, ghi, dni, dhi, wind, place.latitude, place.longitude, offset, f"made from monthly means of {place.name}"
    )


def utc_offset_h(timezone: str) -> float:
    """Return the standard-time offset of a time zone from UTC, hours."""
    shifts = [datetime.datetime(2026, month, 15, tzinfo=ZoneInfo(timezone)).utcoffset() for month in (1, 7)]
    return min(shift.total_seconds() for shift in shifts if shift is not None) / 3600


def month_means(hourly: np.ndarray) -> np.ndarray:
    """Return the mean of each month, shape (12,), of an hourly year."""
    return np.bincount(MONTH_OF_HOUR, hourly) / (HOURS_PER_DAY * MONTH_DAYS)


def _air(place: Place, rng: np.random.Generator) -> np.ndarray:
    """Return air temperature, °C, shape (8760,)."""
    anomaly = ANOMALY_K * autoregressive(len(MONTH_OF_DAY), DAY_TO_DAY, rng)
    hour = np.arange(HOURS_PER_YEAR) % HOURS_PER_DAY + 0.5
    swing = np.array(place.daily_range_k)[MONTH_OF_HOUR] / 2 * np.cos(2 * np.pi * (hour - WARMEST_HOUR) / HOURS_PER_DAY)
    moved = np.repeat(anomaly, HOURS_PER_DAY) + swing
    return moved + (np.array(place.temperature_c) - month_means(moved))[MONTH_OF_HOUR]


def _sun(place: Place, offset: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return global horizontal, beam and sky irradiance, W/m2, shape (8760,) each."""
    import pandas as pd
    import pvlib

    middle = pd.date_range("2001-01-01 00:30", periods=HOURS_PER_YEAR, freq="h", tz="UTC") - pd.Timedelta(hours=offset)
    sun = pvlib.solarposition.get_solarposition(middle, place.latitude, place.longitude, place.elevation_m)
    clear = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
    days = clear.reshape(-1, HOURS_PER_DAY).sum(axis=1) / 1000  # kWh/m2
    dull = CLEARNESS_SD * autoregressive(len(days), DAY_TO_DAY / 2, rng)
    clearness = np.empty(len(days))
    for month, wanted in enumerate(place.ghi_kwh_m2 or ()):
        own = month == MONTH_OF_DAY
        clearness[own] = _matched(days[own], dull[own], wanted)
    ghi = clear * np.repeat(clearness, HOURS_PER_DAY)
    parts = pvlib.irradiance.erbs(ghi, sun["zenith"].to_numpy(), middle.day_of_year.to_numpy())
    return ghi, np.asarray(parts["dni"]), np.asarray(parts["dhi"])


def _matched(clear_days: np.ndarray, dull: np.ndarray, wanted: float) -> np.ndarray:
    """Return the clearness of a month's days, spread as `dull`, with which they bring what is wanted, kWh/m2.

    Where even clear days bring less than that, all are made as much brighter.
    """
    low, high = DULLEST - 2.0, CLEAREST + 2.0
    for _ in range(PASSES):
        middle = (low + high) / 2
        brings = clear_days @ np.clip(middle + dull, DULLEST, CLEAREST)
        low, high = (middle, high) if brings < wanted else (low, middle)
    found = np.clip((low + high) / 2 + dull, DULLEST, CLEAREST)
    total = float(clear_days @ found)
    return found * (wanted / total) if total > 0 else found


def _wind(mean_m_s: float, rng: np.random.Generator) -> np.ndarray:
    """Return wind speed at 10 m, m/s, shape (8760,)."""
    from scipy.special import ndtr

    chance = ndtr(autoregressive(HOURS_PER_YEAR, WIND_HOUR_TO_HOUR, rng))
    speed = np.sqrt(-np.log1p(-np.clip(chance, 0.0, 1 - 1e-12)))
    return speed * (mean_m_s / speed.mean())


def autoregressive(count: int, kept: float, rng: np.random.Generator) -> np.ndarray:
    """Return a series of unit variance of which each value keeps a part of the one before it, shape (count,)."""
    from scipy.signal import lfilter

    steps = rng.standard_normal(count) * np.sqrt(1 - kept**2)
    steps[0] /= np.sqrt(1 - kept**2)
    return np.asarray(lfilter([1.0], [1.0, -kept], steps))

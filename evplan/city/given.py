"""Hours that a city takes from files instead of making them: a typical meteorological year, air temperature, yields.

Rows run from 1 January in local standard time; a row of 29 February is left out, finer rows are averaged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from evplan.assets.solar import WeatherYear, read_weather
from evplan.city.study import Place
from evplan.city.weather import utc_offset_h
from evplan.errors import InputError
from evplan.instance.base import Column
from evplan.instance.faults import Fault
from evplan.instance.files import weather_faults
from evplan.instance.series import read_series, series_fault
from evplan.instance.source import Loc
from evplan.units import HOURS_PER_DAY, HOURS_PER_YEAR

RANGE = {
    "air_c": (-90.0, 60.0),
    "solar_yield": (0.0, 1.5),
    "wind_yield": (0.0, 1.2),
}  # what a file may say: °C, kW of a kW
LEAP_DAY = 59  # 29 February, counted from 0
ZONES_APART_H = 1.5  # a weather file farther off is of another place
SERIES = ("air_c", "solar_yield", "wind_yield")


@dataclass(frozen=True)
class Given:
    """What files give a city; None where they give nothing. Hourly, shape (8760,): °C, and kW per kW."""

    weather: WeatherYear | None = None
    air_c: np.ndarray | None = None
    solar_yield: np.ndarray | None = None
    wind_yield: np.ndarray | None = None

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all of it, hex; of nothing where nothing is given."""
        said = hashlib.sha256()
        weather = [] if self.weather is None else [getattr(self.weather, field.name) for field in fields(self.weather)]
        for name, part in (*((None, part) for part in weather), *((name, getattr(self, name)) for name in SERIES)):
            if part is not None:
                said.update(f"{name}".encode())
                said.update(part.tobytes() if isinstance(part, np.ndarray) else str(part).encode())
        return said.hexdigest()


NOTHING = Given()


def read_given(place: Place, folder: Path) -> Given:
    """Return what the files of a city give. Raises: InputError for one that is no sound year, or is of another place."""
    said = place.weather
    weather = read_weather(said.file, folder, said.warmer_by_k) if said else None
    if weather is not None and abs(weather.utc_offset_h - utc_offset_h(place.timezone)) > ZONES_APART_H:
        raise InputError(
            f"{place.name}: {said.file if said else ''} is of a place at UTC{weather.utc_offset_h:+g}, "
            f"{place.timezone} at UTC{utc_offset_h(place.timezone):+g}; name the weather of the city, or its time zone"
        )
    return Given(weather, *(hourly(getattr(place, name), folder, RANGE[name]) for name in SERIES))


def given_faults(place: Place, loc: Loc, folder: Path) -> Iterator[Fault]:
    """Yield what is wrong with the files that a city names."""
    if place.weather is not None:
        yield from weather_faults(place.weather.file, folder, (*loc, "weather", "file"))
    for name in SERIES:
        series = getattr(place, name)
        wrong = series_fault(series, folder, *RANGE[name]) if series is not None else None
        if wrong:
            yield Fault((*loc, name, wrong[0]), wrong[1])


def hourly(series: Column | None, folder: Path, span: tuple[float, float]) -> np.ndarray | None:
    """Return a series of a year as hourly means, shape (8760,); None for none."""
    if series is None:
        return None
    days = np.array(read_series(series, folder, *span)).reshape(-1, HOURS_PER_DAY * 60 // series.step_minutes)
    if len(days) > HOURS_PER_YEAR // HOURS_PER_DAY:
        days = np.delete(days, LEAP_DAY, axis=0)
    return days.reshape(HOURS_PER_YEAR, -1).mean(axis=1)

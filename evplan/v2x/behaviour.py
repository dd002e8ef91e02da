"""Measured behaviour by place, from data/behaviour: when vehicles come, how long they stay, and what they use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from evplan.instance.source import plain, read_source
from evplan.paths import data_dir

PlaceName = Literal["home", "workplace", "public"]
LEVELS = np.array(
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
)  # of quantiles; the ends were measured at 1 and 99 %
BLOCK_H = 3  # hours of the day that share a distribution of stays


@dataclass(frozen=True)
class Behaviour:
    """How vehicles of a place behave.

    weekday, weekend : share of a day's arrivals in each hour, shape (24,), sum 1.  weekend_factor : arrivals of a weekend day, of a
    weekday's.  stay_h : quantiles by block of three hours, shape (8, levels).  energy_kwh : quantiles, shape (levels,).
    """

    weekday: np.ndarray
    weekend: np.ndarray
    weekend_factor: float
    stay_h: np.ndarray
    energy_kwh: np.ndarray
    source: str


@cache
def behaviour(name: PlaceName) -> Behaviour:
    """Return the behaviour at a place."""
    said = plain(read_source(data_dir() / "behaviour" / "places.yaml").tree)["places"][name]
    weekday, weekend = (np.array(said[day], float) for day in ("weekday", "weekend"))
    return Behaviour(
        weekday / weekday.sum(), weekend / weekend.sum(), float(said["weekend_factor"]), np.array(said["stay_h"], float),
        np.array(said["energy_kwh"], float), said["source"],
    )  # fmt: skip

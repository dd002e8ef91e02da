"""Series from files on the clock: powers, prices, yields."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np

from evplan.instance.base import SeriesFile
from evplan.instance.series import read_series
from evplan.parameters.clock import Clock


def series_on_clock(series: SeriesFile, clock: Clock, year: Clock, folder: Path) -> np.ndarray:
    """Return a measured series on the clock, shape (steps,); row 1 is the first step of `horizon.start`.

    Finer rows are averaged, coarser rows held. Representative weeks take the rows of their dates in `year`,
    the full year's clock; a row of 29 February is left out.
    """
    minutes, step_minutes = series.step_minutes, round(clock.step_h[0] * 60)
    values = without_leap_day(np.array(read_series(series, folder)), 24 * 60 // minutes, year)
    fine = np.repeat(values, max(1, minutes // step_minutes))
    on_steps = fine.reshape(-1, max(1, step_minutes // minutes)).mean(axis=1)
    return on_steps if clock.steps == year.steps else on_steps[same_date(clock, year)]


def without_leap_day(values: np.ndarray, per_day: int, year: Clock) -> np.ndarray:
    """Return 365 days of rows: a series of 366 loses its 29 February, or its last day if it has none."""
    first = year.start[0].date()
    leap = [day for n in range(366) if (day := first + datetime.timedelta(days=n)).month == 2 and day.day == 29]
    dropped = (leap[0] - first).days if leap else 365
    rows = np.arange(len(values)) // per_day
    return values[rows != dropped] if len(values) == 366 * per_day else values


def same_date(clock: Clock, year: Clock) -> np.ndarray:
    """Return, for each step, the step of the full year with the same civil date and time (the first, if twice)."""
    place: dict[tuple[int, int, int, int], int] = {}
    for i, t in enumerate(year.start):
        place.setdefault((t.month, t.day, t.hour, t.minute), i)
    last, found = 0, []
    for t in clock.start:
        last = place.get((t.month, t.day, t.hour, t.minute), last)  # an hour that daylight saving skips: the one before
        found.append(last)
    return np.array(found)

"""Series from files on the clock: powers, prices, yields."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from evplan.instance.base import Column, PeakDays, SeriesFile
from evplan.instance.series import read_series
from evplan.parameters.clock import Clock, year_from
from evplan.parameters.peaks import with_peak_days

WEEK = datetime.timedelta(days=7)


def series_on_clock(
    series: Column, clock: Clock, year: Clock, folder: Path, peak_days: PeakDays | None = None
) -> np.ndarray:
    """Return a measured series on the clock, shape (steps,); row 1 is the first step of its `start`, or of `horizon.start`.

    Finer rows are averaged, coarser rows held; some days may be known more finely. Representative weeks take the rows of their
    dates in `year`, the full year's clock; a row of 29 February is left out. A series that starts on a day of its own gives each
    day of the plan the rows of the same weekday nearest to its date.
    """
    start = series.start if isinstance(series, SeriesFile) else None
    own = year if start in (None, year.start[0].date()) else year_from(year, start)
    minutes, step_minutes = series.step_minutes, round(clock.step_h[0] * 60)
    values = without_leap_day(np.array(read_series(series, folder)), 24 * 60 // minutes, own)
    fine = np.repeat(values, max(1, minutes // step_minutes))
    on_steps = fine.reshape(-1, max(1, step_minutes // minutes)).mean(axis=1)
    if peak_days is not None:
        on_steps = with_peak_days(on_steps, peak_days, own, folder)
    if own is not year:
        return on_steps[same_weekday(clock, own)]
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
    return _steps_at(((t.month, t.day, t.hour, t.minute) for t in clock.start), year)


def same_weekday(clock: Clock, year: Clock) -> np.ndarray:
    """Return, for each step, that of another year at the same time of the same weekday nearest to its date."""
    first = year.start[0].date()
    days = {day for day in year.start.date if day < first.replace(year=first.year + 1)}  # an hour after it may be there

    @cache
    def like(day: datetime.date) -> tuple[int, int]:
        there = day.replace(year=first.year + ((day.month, day.day) < (first.month, first.day)))
        nearest = there + datetime.timedelta(days=(day.weekday() - there.weekday() + 3) % 7 - 3)
        near = sorted((nearest, nearest + WEEK, nearest - WEEK), key=lambda one: abs(one - there))
        found = next(one for one in near if one in days)  # not 29 February, nor one beyond the rows
        return found.month, found.day

    return _steps_at(((*like(t.date()), t.hour, t.minute) for t in clock.start), year)


def _steps_at(times: Iterator[tuple[int, int, int, int]], year: Clock) -> np.ndarray:
    """Return the steps of a full year that begin at times, each as month, day, hour and minute."""
    place: dict[tuple[int, int, int, int], int] = {}
    for i, t in enumerate(year.start):
        place.setdefault((t.month, t.day, t.hour, t.minute), i)
    last, found = 0, []
    for time in times:
        last = place.get(time, last)  # an hour that daylight saving skips: the one before
        found.append(last)
    return np.array(found)

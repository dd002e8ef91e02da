"""The clock: steps with lengths and weights, billing months, and blocks that storage closes over."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evplan.instance.schema import Horizon
from evplan.instance.tariff import Window
from evplan.units import DAYS_PER_WEEK, DAYS_PER_YEAR, HOURS_PER_DAY, MINUTES_PER_HOUR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

SUNDAY = 6


@dataclass(frozen=True)
class Clock:
    """Steps of one operating year.

    start : DatetimeIndex, shape (steps,)   Beginning of each step, local civil time.
    step_h, weight : arrays, shape (steps,)   Length, h; times a year the step happens.
    month : int array, shape (steps,)   Billing month, 0 to months - 1.
    month_weight : array, shape (months,)   Months of the year each billing month stands for.
    month_number : tuple of int   Calendar month, 1 to 12, of each billing month.
    block : int array, shape (steps,), ascending   Stored energy ends each block where it began it.
    """

    start: pd.DatetimeIndex
    step_h: np.ndarray
    weight: np.ndarray
    month: np.ndarray
    month_weight: np.ndarray
    month_number: tuple[int, ...]
    block: np.ndarray

    @property
    def month_name(self) -> tuple[str, ...]:
        """Return the calendar name of each billing month."""
        return tuple(calendar.month_name[number] for number in self.month_number)

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return len(self.step_h)

    @property
    def year_h(self) -> np.ndarray:
        """Return the hours of the year each step stands for, shape (steps,); they sum to 8,760."""
        return self.step_h * self.weight

    @property
    def hour(self) -> np.ndarray:
        """Return the hour that each step begins in, counted from 0, shape (steps,); blocks share none."""
        started = self.start.tz_convert("UTC").floor("h").asi8
        return np.cumsum(np.append(0, (np.diff(started) != 0) | (np.diff(self.block) != 0)))

    @property
    def next_step(self) -> np.ndarray:
        """Return the step after each step, shape (steps,); the last of a block is followed by its first."""
        following = np.arange(self.steps) + 1
        last = np.flatnonzero(np.append(np.diff(self.block) != 0, True))
        first = np.append(0, last[:-1] + 1)
        following[last] = first
        return following

    @property
    def repeats(self) -> bool:
        """Return whether blocks are representative and come again, rather than one after the other."""
        return bool((self.weight != 1).any())

    @property
    def runs_on(self) -> np.ndarray:
        """Return the step after each step, shape (steps,), as time passes: on into the next month, or the same week again."""
        return self.next_step if self.repeats else (np.arange(self.steps) + 1) % self.steps

    @cached_property
    def calendar(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the minute of the day, the day of the week from Monday and the month at which each step begins, shape (steps,)."""
        minute = self.start.hour.to_numpy() * MINUTES_PER_HOUR + self.start.minute.to_numpy()
        return minute, self.start.day_of_week.to_numpy(), self.start.month.to_numpy()

    def within(self, window: Window, holidays: frozenset[datetime.date] = frozenset()) -> np.ndarray:
        """Return which steps begin inside a tariff window, shape (steps,), bool; holidays count as Sundays."""
        minute, day_of_week, month = self.calendar
        first, last = (60 * int(text[:2]) + int(text[3:]) for text in (window.start, window.end))
        days = {"all": slice(0, 7), "weekday": slice(0, 5), "weekend": slice(5, 7)}[window.days]
        if holidays:
            day_of_week = np.where([day in holidays for day in self.start.date], SUNDAY, day_of_week)
        inside = (minute >= first) & (minute < last) if last > first else (minute >= first) | (minute < last)
        return np.asarray(
            (day_of_week >= days.start) & (day_of_week < days.stop) & inside & np.isin(month, window.months)
        )

    def full_year(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each of the full year's steps, this clock's step that stands for it, and the block it lies in.

        Representative weeks stand for equal parts of the year, in their order; each is repeated as a whole.
        """
        if self.steps == steps:
            return np.arange(steps), self.block
        per_week = round(DAYS_PER_WEEK * HOURS_PER_DAY / float(self.step_h[0]))
        week = np.arange(steps) // per_week
        weeks = self.steps // per_week
        chosen = np.minimum(week * weeks // (DAYS_PER_YEAR // DAYS_PER_WEEK), weeks - 1)
        return chosen * per_week + np.arange(steps) % per_week, week


def make_clock(horizon: Horizon) -> Clock:
    """Return the clock of a horizon: every step of a 365-day year, or its representative weeks.

    Storage closes over each calendar month of a full year or over all of it, and over each representative week. A year that
    begins inside a month has that month's two parts, a year apart, on one bill.
    """
    return _weeks(horizon) if horizon.weeks else _full_year(horizon)


def year_from(year: Clock, start: datetime.date) -> Clock:
    """Return a full year like another that begins on another day."""
    step_minutes = round(float(year.step_h[0]) * MINUTES_PER_HOUR)
    own = {"start": start, "timezone": str(year.start.tz), "step_minutes": step_minutes}
    return _full_year(Horizon.model_validate(own))


def _steps(start, days: int, horizon: Horizon) -> pd.DatetimeIndex:
    """Return `days` days of steps from local midnight of `start`, leaving 29 February out."""
    import pandas as pd

    first = (
        pd.Timestamp(start).tz_localize(horizon.timezone, nonexistent="shift_forward", ambiguous=True).tz_convert("UTC")
    )
    per_day = 24 * MINUTES_PER_HOUR // horizon.step_minutes
    index = pd.date_range(first, periods=(days + 1) * per_day, freq=f"{horizon.step_minutes}min").tz_convert(
        horizon.timezone
    )
    leap = (index.month == 2) & (index.day == 29)
    return index[~leap][: days * per_day]


def _full_year(horizon: Horizon) -> Clock:
    index = _steps(horizon.start, DAYS_PER_YEAR, horizon)
    numbers, month = np.unique(index.month, return_inverse=True)
    months = np.cumsum(np.diff(month, prepend=month[0]) != 0)
    block = months if horizon.storage_cycle == "month" else np.zeros(len(months), int)
    return _clock(index, horizon, month, block, np.ones(len(numbers)), numbers, 1.0)


def _weeks(horizon: Horizon) -> Clock:
    weeks = [_steps(day, DAYS_PER_WEEK, horizon) for day in sorted(horizon.weeks)]
    index = weeks[0].append(weeks[1:])
    block = np.repeat(np.arange(len(weeks)), len(weeks[0]))
    middle = np.array([week[len(week) // 2].month for week in weeks])
    numbers, month = np.unique(middle, return_inverse=True)
    weight = DAYS_PER_YEAR / (DAYS_PER_WEEK * len(weeks))
    month_weight = MONTHS_PER_YEAR * np.bincount(month) / len(weeks)
    return _clock(index, horizon, month[block], block, month_weight, numbers, weight)


def _clock(index, horizon: Horizon, month, block, month_weight, numbers, weight: float) -> Clock:
    step_h = np.full(len(index), horizon.step_minutes / MINUTES_PER_HOUR)
    return Clock(index, step_h, np.full(len(index), weight), month, month_weight, tuple(numbers.tolist()), block)

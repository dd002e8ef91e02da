"""Days of a measured demand that are known more finely than the rest: those on which its peaks are billed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.instance.base import PeakDays
from evplan.instance.series import read_series
from evplan.parameters.clock import Clock


def with_peak_days(values: np.ndarray, peak_days: PeakDays, clock: Clock, folder: Path) -> np.ndarray:
    """Return a series with some days replaced by what is known of them more finely, shape (steps,), kW.

    Days count by month and day, so that a clock of another year holds them too; finer rows are averaged, coarser ones held.
    """
    rows = np.array(read_series(peak_days, folder)).reshape(len(peak_days.days), -1)
    minute = np.asarray(clock.start.hour * 60 + clock.start.minute)
    length = np.round(clock.step_h * 60).astype(int)
    date = np.asarray(clock.start.month * 100 + clock.start.day)
    known = values.copy()
    for day, own in zip(peak_days.days, rows, strict=True):
        minutes = np.append(0.0, np.cumsum(np.repeat(own, peak_days.step_minutes)))
        steps = np.flatnonzero(date == day.month * 100 + day.day)
        ends = np.minimum(minute[steps] + length[steps], len(minutes) - 1)
        known[steps] = (minutes[ends] - minutes[minute[steps]]) / (ends - minute[steps])
    return known

"""Days of a measured demand that are known more finely than the rest: those on which its peaks are billed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.instance.base import PeakDays
from evplan.instance.series import read_series
from evplan.parameters.clock import Clock


def with_peak_days(values: np.ndarray, peak_days: PeakDays, year: Clock, folder: Path) -> np.ndarray:
    """Return a year's series with some days replaced by what is known of them more finely, shape (steps of the year,), kW.

    A day's rows stand where the series' own rows of that day do: 24 hours from its first on, whatever the civil clock does.
    Days count by month and day, so that a clock of another year holds them too; finer rows are averaged, coarser ones held.
    """
    per_day = round(24 / float(year.step_h[0]))
    rows = np.array(read_series(peak_days, folder)).reshape(len(peak_days.days), -1)
    finest = np.lcm(per_day, rows.shape[1])
    on_steps = np.repeat(rows, finest // rows.shape[1], axis=1).reshape(len(rows), per_day, -1).mean(axis=2)
    first = year.start[per_day // 2 :: per_day]  # noon, within an hour, on whichever side clocks have moved
    place = {(month, day): n for n, (month, day) in enumerate(zip(first.month, first.day, strict=True))}
    known = values.copy()
    for day, own in zip(peak_days.days, on_steps, strict=True):
        n = place[day.month, day.day]
        known[n * per_day : (n + 1) * per_day] = own
    return known

"""Days of a measured demand that are known more finely than the rest, and what they teach of the rest.

On the days given, their rows hold. Every other hour takes the shape of an hour of like demand on the days given, scaled to
its own energy (analogue downscaling), and no quarter hour of it exceeds the month's highest on the days given, which are the
month's highest by what they are. So a battery is asked for what fast charging asks of it on every day, not on the worst alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.instance.site import Demand
from evplan.parameters.clock import Clock
from evplan.instance.series import read_series

LIKE = 5  # an hour is drawn from so many of the known ones that are most like it
PASSES = 20  # of moving what exceeds the month's highest into the hour's other steps


def with_peak_days(values: np.ndarray, demand: Demand, clock: Clock, folder: Path) -> np.ndarray:
    """Return a measured demand with its peak days and what they teach, shape (steps,), kW.

    Days count by month and day, so that a clock of another year holds them too; finer rows are averaged, coarser ones held.
    """
    assert demand.peak_days is not None and demand.load_kw is not None
    known, is_known = _known(values, demand, clock, folder)
    hour = np.cumsum(np.append(0, np.diff(clock.start.tz_convert("UTC").floor("h").asi8) != 0))
    size = np.bincount(hour)
    if demand.load_kw.step_minutes < 60 or size.max() == 1 or not is_known.any():
        return known
    highest = np.zeros(len(clock.month_weight))
    np.maximum.at(highest, clock.month[is_known], known[is_known])
    random = np.random.default_rng(demand.seed)
    whole = size[hour] == size.max()
    teaching = known[whole & is_known].reshape(-1, size.max())
    teaching = teaching[np.argsort(teaching.mean(axis=1))]
    teaching = teaching[teaching.mean(axis=1) > 0]
    learning = whole & ~is_known & (values > 0)
    if len(teaching) and learning.any():
        most = np.where(highest > 0, highest, np.inf)[clock.month[learning]].reshape(-1, size.max())[:, 0]
        known[learning] = _like(known[learning].reshape(-1, size.max()).mean(axis=1), teaching, most, random).ravel()
    return known


def _known(values: np.ndarray, demand: Demand, clock: Clock, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the series with its peak days, and which steps lie in one."""
    peak_days = demand.peak_days
    assert peak_days is not None
    rows = np.array(read_series(peak_days, folder)).reshape(len(peak_days.days), -1)
    minute = np.asarray(clock.start.hour * 60 + clock.start.minute)
    length = np.round(clock.step_h * 60).astype(int)
    date = np.asarray(clock.start.month * 100 + clock.start.day)
    known, is_known = values.copy(), np.zeros(len(values), bool)
    for day, own in zip(peak_days.days, rows, strict=True):
        minutes = np.append(0.0, np.cumsum(np.repeat(own, peak_days.step_minutes)))
        steps = np.flatnonzero(date == day.month * 100 + day.day)
        ends = np.minimum(minute[steps] + length[steps], len(minutes) - 1)
        known[steps] = (minutes[ends] - minutes[minute[steps]]) / (ends - minute[steps])
        is_known[steps] = True
    return known, is_known


def _like(mean: np.ndarray, teaching: np.ndarray, most: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return hours of these means, each shaped like a known hour of like mean, shape (hours, steps of an hour).

    teaching : known hours by ascending mean.  most : what no step of each hour exceeds.
    """
    place = np.searchsorted(teaching.mean(axis=1), mean) + random.integers(-(LIKE // 2), LIKE // 2 + 1, len(mean))
    chosen = teaching[np.clip(place, 0, len(teaching) - 1)]
    shaped = chosen * (mean / chosen.mean(axis=1))[:, None]
    limit = np.maximum(most, mean)[:, None]
    for _ in range(PASSES):
        over = np.maximum(shaped - limit, 0.0)
        shaped = shaped - over
        room = limit - shaped
        free = np.maximum(room.sum(axis=1), 1e-12)
        shaped = shaped + room * np.minimum(over.sum(axis=1) / free, 1.0)[:, None]
    return shaped

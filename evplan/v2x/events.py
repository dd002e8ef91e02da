"""Demand response: limits that fall for a while, and from when on that is known."""

from __future__ import annotations

import numpy as np

from evplan.units import HOURS_PER_DAY, MINUTES_PER_HOUR
from evplan.v2x.calendar import Calendar
from evplan.v2x.site import WorldSite
from evplan.v2x.traces import EVENTS, streams


def reduced(
    site: WorldSite, calendar: Calendar, seeds: np.ndarray, begin: np.ndarray, usual_kw: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return limits with events, kW, and the step from which each is known, shape (steps, worlds, transformers).

    begin : step of the calendar at which each world begins.  usual_kw : limits without events.
    Where events overlap, the lowest limit counts, and it is known from its own event's notice on.
    """
    limit, notice = usual_kw.copy(), np.zeros(usual_kw.shape, int)
    if not any(event.per_day > 0 for event in site.events):
        return limit, notice
    steps, step_h, names = len(limit), calendar.step_h, [one.name for one in site.transformers]
    local_h = _local_hours(calendar)
    days = int(np.ceil(steps * step_h / HOURS_PER_DAY)) + 1
    for w, numbers in enumerate(streams(seeds, EVENTS)):
        today = HOURS_PER_DAY * (local_h[begin[w]] // HOURS_PER_DAY)
        for event in site.events:
            own = [names.index(event.transformer)] if event.transformer else range(len(names))
            for x in own:
                for day in range(days):
                    for _ in range(numbers.poisson(event.per_day)):
                        at_h = today + HOURS_PER_DAY * day + numbers.uniform(*event.start_hour)
                        step = max(int(np.searchsorted(local_h, at_h, side="right")) - 1, 0)
                        begins_h = (step - begin[w]) * step_h + at_h - local_h[step]
                        _reduce(limit[:, w, x], notice[:, w, x], usual_kw[:, w, x], begins_h, event.minutes / MINUTES_PER_HOUR,
                                event.reduction, event.notice_minutes / MINUTES_PER_HOUR, step_h)  # fmt: skip
    return limit, notice


def _local_hours(calendar: Calendar) -> np.ndarray:
    """Return the hour of the clock at which each step begins, counted from midnight before the first: it skips and stands as clocks do."""
    start = calendar.clock.start
    days = (start.tz_localize(None).normalize() - start[0].tz_localize(None).normalize()).days.to_numpy()
    hours = HOURS_PER_DAY * days + start.hour.to_numpy() + start.minute.to_numpy() / MINUTES_PER_HOUR
    return np.maximum.accumulate(hours)


def _reduce(
    limit: np.ndarray, notice: np.ndarray, usual: np.ndarray, begins_h: float, hours: float, reduction: float, notice_h: float,
    step_h: float,
) -> None:  # fmt: skip
    """Take an event into the limits of one transformer; a step that it touches has its limit."""
    first, last = int(np.floor(begins_h / step_h + 1e-9)), int(np.ceil((begins_h + hours) / step_h - 1e-9))
    touched = slice(max(first, 0), max(last, 0))
    known = int(np.ceil((begins_h - notice_h) / step_h - 1e-9))
    own_kw = (1 - reduction) * usual[touched]
    sooner = np.where(own_kw == limit[touched], np.minimum(notice[touched], known), known)
    notice[touched] = np.where(own_kw <= limit[touched], sooner, notice[touched])
    limit[touched] = np.minimum(limit[touched], own_kw)

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
    """
    limit, notice = usual_kw.copy(), np.zeros(usual_kw.shape, int)
    if not any(event.per_day > 0 for event in site.events):
        return limit, notice
    steps, step_h, names = len(limit), calendar.step_h, [one.name for one in site.transformers]
    start = calendar.clock.start[begin]
    first_h = (start.hour + start.minute / MINUTES_PER_HOUR).to_numpy()
    days = int(np.ceil(steps * step_h / HOURS_PER_DAY)) + 1
    for w, numbers in enumerate(streams(seeds, EVENTS)):
        for event in site.events:
            own = [names.index(event.transformer)] if event.transformer else range(len(names))
            for x in own:
                for day in range(days):
                    for _ in range(numbers.poisson(event.per_day)):
                        begins_h = HOURS_PER_DAY * day + numbers.uniform(*event.start_hour) - first_h[w]
                        _reduce(limit[:, w, x], notice[:, w, x], usual_kw[:, w, x], begins_h, event.minutes / MINUTES_PER_HOUR,
                                event.reduction, event.notice_minutes / MINUTES_PER_HOUR, step_h)  # fmt: skip
    return limit, notice


def _reduce(
    limit: np.ndarray, notice: np.ndarray, usual: np.ndarray, begins_h: float, hours: float, reduction: float, notice_h: float,
    step_h: float,
) -> None:  # fmt: skip
    """Take an event into the limits of one transformer; a step that it touches has its limit."""
    first, last = int(np.floor(begins_h / step_h + 1e-9)), int(np.ceil((begins_h + hours) / step_h - 1e-9))
    touched = slice(max(first, 0), max(last, 0))
    known = int(np.ceil((begins_h - notice_h) / step_h - 1e-9))
    notice[touched] = np.where(limit[touched] < usual[touched], np.minimum(notice[touched], known), known)
    limit[touched] = np.minimum(limit[touched], (1 - reduction) * usual[touched])

"""When a plan begins, and its steps: of elapsed time, across daylight saving too."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from evplan.errors import InputError
from evplan.parameters.clock import Clock
from evplan.schedule.sessions import HOUR_S, Sessions
from evplan.schedule.site import ScheduleSite
from evplan.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

LONGEST_STEPS = 200_000


def clock_of(site: ScheduleSite, sessions: Sessions) -> tuple[Clock, float]:
    """Return the clock of a plan and the second since 1970 at which it begins."""
    import pandas as pd

    begin_s, steps = span_of(site, sessions)
    first_step = pd.Timestamp(begin_s, unit="s", tz="UTC").tz_convert(site.timezone)
    return steps_from(first_step, steps, site.step_minutes), begin_s


def span_of(site: ScheduleSite, sessions: Sessions) -> tuple[float, int]:
    """Return the second since 1970 at which a plan begins, as said or with the first arrival's step of its hour, and its steps."""
    zone, step_s = ZoneInfo(site.timezone), 60.0 * site.step_minutes
    if site.start is not None:
        begin_s = (site.start if site.start.tzinfo else site.start.replace(tzinfo=zone)).timestamp()
    else:
        first = float(sessions.arrival_s.min())
        ahead = datetime.datetime.fromtimestamp(first, zone).utcoffset()
        ahead_s = ahead.total_seconds() if ahead is not None else 0.0
        begin_s = float(np.floor((first + ahead_s) / step_s) * step_s) - ahead_s
    span_s = HOUR_S * site.hours if site.hours is not None else float(sessions.departure_s.max()) - begin_s
    steps = int(np.ceil(span_s / step_s - 1e-9))
    if not 0 < steps <= LONGEST_STEPS:
        begins = datetime.datetime.fromtimestamp(begin_s, zone)
        raise InputError(
            f"the plan would begin at {begins:%Y-%m-%d %H:%M} and have {steps:,} steps; say start and hours, up to {LONGEST_STEPS:,} steps"
        )
    return begin_s, steps


def steps_from(first: pd.Timestamp, steps: int, minutes: int) -> Clock:
    """Return a clock of steps of some minutes from a local time on."""
    import pandas as pd

    index = pd.date_range(first.tz_convert("UTC"), periods=steps, freq=f"{minutes}min").tz_convert(first.tz)
    bill = MONTHS_PER_YEAR * index.year.to_numpy() + index.month.to_numpy() - 1
    number, month = np.unique(bill, return_inverse=True)
    names = tuple((number % MONTHS_PER_YEAR + 1).tolist())
    step_h = np.full(steps, minutes / MINUTES_PER_HOUR)
    return Clock(index, step_h, np.ones(steps), month, np.ones(len(number)), names, np.zeros(steps, int))

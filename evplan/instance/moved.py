"""Dates of a plan that begins some years later: days keep their weekday and lie nearest to their date, holidays keep their date."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from evplan.instance.base import LAST_DAY, LEAP_DAY
from evplan.instance.horizon import WEEK, after_week, as_shown
from evplan.instance.schema import Horizon, Instance

SERIES = ("energy_series", "where", "grid_series", "load_kw")  # whose rows are of weekdays
NOT_MOVED = datetime.timedelta()
Day = datetime.date


def moved(tree: dict[str, Any], instance: Instance, years: int) -> dict[str, Any]:
    """Return the tree of a plan with all its dates some years later. instance : what the tree describes.

    Series stay where they are: each says on which day it starts, and later days have the rows of their weekday.
    """
    start, weeks = instance.horizon.start, _weeks(instance, years)
    later = _mover(instance.horizon, weeks, years)
    horizon = {**tree["horizon"], "start": year_later(start, years)}
    found = {**_started(tree, start), "horizon": {**horizon, "weeks": list(weeks.values())} if weeks else horizon}
    span = (horizon["start"], year_later(horizon["start"], 1))
    for name, tariff in (found.get("tariffs") or {}).items():
        said = instance.tariffs[name]
        if isinstance(said.holidays, tuple):
            tariff["holidays"] = _holidays(said.holidays, span, years)
        for line, hours in zip(tariff.get("coincident", []), said.coincident, strict=True):
            line["hours"] = [_said(hour) for hour in _apart([later(hour) for hour in hours.hours], *span)]
    if instance.outages is not None:
        for name, case in instance.outages.cases.items():
            found["outages"]["cases"][name]["start"] = _said(later(case.start))
    return found


def year_later(day: Day, years: int) -> Day:
    """Return the same date some years later; 28 February for a 29th."""
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == LEAP_DAY else day.day)


def same_weekday(day: Day, years: int) -> Day:
    """Return the day of the same weekday nearest to the same date, some years later."""
    wanted = year_later(day, years)
    return wanted + datetime.timedelta(days=(day.weekday() - wanted.weekday() + 3) % 7 - 3)


def _weeks(instance: Instance, years: int) -> dict[Day, Day]:
    """Return where representative weeks begin some years later; one that a 29 February would run into begins a day after."""
    found: dict[Day, Day] = {}
    free = datetime.date.min
    for day in sorted(instance.horizon.weeks):
        found[day] = max(same_weekday(day, years), free)
        free = after_week(found[day])
    return found


def _mover(horizon: Horizon, weeks: dict[Day, Day], years: int) -> Callable[[str], datetime.datetime]:
    """Return what an hour `MM-DD HH:00` of the plan's year becomes: it goes with its week; the next one where clocks skip it."""
    start, first = horizon.start, year_later(horizon.start, years)

    def moved_day(month: int, day: int) -> Day:
        for week, there in weeks.items():
            for was, now in zip(_planned(week), _planned(there), strict=True):
                if (was.month, was.day) == (month, day):
                    return now
        there = same_weekday(Day(start.year + ((month, day) < (start.month, start.day)), month, day), years)
        there += WEEK if there < first else -WEEK if there >= year_later(first, 1) else NOT_MOVED
        return _no_leap_day(there)

    def later(hour: str) -> datetime.datetime:
        day = moved_day(int(hour[:2]), int(hour[3:5]))
        return as_shown(datetime.datetime(day.year, day.month, day.day, int(hour[6:8])), horizon.timezone)

    return later


def _apart(hours: list[datetime.datetime], first: Day, after: Day) -> list[datetime.datetime]:
    """Return hours of a year none of which is another: one that is taken goes to the nearest week in which it is free."""
    found: dict[datetime.datetime, None] = {}
    for hour in hours:
        away = sorted((hour + n * WEEK for n in range(-52, 53)), key=lambda there: abs(there - hour))
        free = (at for at in away if first <= at.date() < after and (at.month, at.day) != LEAP_DAY and at not in found)
        found[next(free, hour)] = None
    return list(found)


def _said(hour: datetime.datetime) -> str:
    return f"{hour:%m-%d %H:00}"


def _planned(first: Day) -> list[Day]:
    """Return the seven planned days of a week."""
    days = [first + datetime.timedelta(days=n) for n in range((after_week(first) - first).days)]
    return [day for day in days if (day.month, day.day) != LEAP_DAY]


def _no_leap_day(day: Day) -> Day:
    return day + datetime.timedelta(days=1) if (day.month, day.day) == LEAP_DAY else day


def _holidays(days: tuple[Day, ...], span: tuple[Day, Day], years: int) -> list[Day]:
    """Return dated holidays with those of the later year: its own where as many are known, else those of the first year, too."""
    known, found = sum(span[0] <= day < span[1] for day in days), [year_later(day, years) for day in days]
    found = [day for day in found if span[0] <= day < span[1] and day <= LAST_DAY]
    return list(days) if known >= len(found) else sorted({*days, *found})


def _started(node: Any, start: Day) -> Any:
    """Return a tree whose series of a year say on which day they start."""
    if isinstance(node, list):
        return [_started(one, start) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: {"start": _no_leap_day(start), **value}
        if name in SERIES and isinstance(value, dict) and "column" in value
        else _started(value, start)
        for name, value in node.items()
    }

"""Faults of the horizon: time zones that do not exist, years out of order, weeks that overlap."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from collections.abc import Iterator
from functools import cache
from typing import Any

from evplan.instance.base import FIRST_DAY, LAST_DAY
from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.instance.suggest import nearest
from evplan.instance.tree import is_whole, items

WEEK = datetime.timedelta(days=7)


def horizon_faults(horizon: dict) -> Iterator[Fault]:
    """Yield what is wrong with the time zone, the operating years and the weeks."""
    yield from zone_faults(horizon, ("horizon", "timezone"))
    yield from _operating_years(horizon.get("operating_years"), horizon.get("years", 15))
    yield from _stages(horizon)
    yield from _weeks(items(horizon, "weeks"))


def zone_faults(block: dict, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with a block's time zone."""
    zone = block.get("timezone")
    if isinstance(zone, str) and zone not in _zones():
        yield Fault(loc, f"is not an IANA time zone (got {zone!r}){_like_zone(zone)}")


def skipped_faults(moment: datetime.datetime, zone: str, loc: Loc) -> Iterator[Fault]:
    """Yield the fault of a local time that clocks skip."""
    if moment.tzinfo is None:
        shown = as_shown(moment, zone)
        if shown != moment:
            yield Fault(
                loc, f"is a time that clocks in {zone} skip (got {moment:%Y-%m-%d %H:%M}); the next is {shown:%H:%M}"
            )


def as_shown(moment: datetime.datetime, zone: str) -> datetime.datetime:
    """Return a local time as clocks show it: one that they skip is as much later as they jump."""
    own = zoneinfo.ZoneInfo(zone)
    return moment.replace(tzinfo=own).astimezone(datetime.UTC).astimezone(own).replace(tzinfo=None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _like_zone(zone: str) -> str:
    cities = {name.rpartition("/")[2]: name for name in sorted(_zones())}
    near = nearest(zone.replace(" ", "_"), _zones()) or cities.get(nearest(zone.replace(" ", "_"), cities) or "")
    return f"; did you mean '{near}'?" if near else "; such as America/New_York or Europe/Berlin"


def _operating_years(operating: Any, years: Any) -> Iterator[Fault]:
    if not isinstance(operating, list) or not operating or not all(is_whole(year) for year in operating):
        return
    if operating != sorted(set(operating)) or operating[0] != 1:
        yield Fault(("horizon", "operating_years"), f"must ascend and begin with 1 (got {operating})")
    for i, year in enumerate(operating):
        if is_whole(years) and 1 <= years < year:
            yield Fault(("horizon", "operating_years", i), f"must be at most horizon.years = {years} (got {year})")


def _stages(horizon: dict) -> Iterator[Fault]:
    stages, years, loc = horizon.get("stages"), horizon.get("years", 15), ("horizon", "stages")
    if not isinstance(stages, list) or not all(is_whole(year) for year in stages):
        return
    if stages != sorted(set(stages)) or stages[:1] != [1]:
        yield Fault(loc, f"must ascend and begin with 1 (got {stages})")
    elif is_whole(years) and stages[-1] > years >= 1:
        yield Fault((*loc, len(stages) - 1), f"must be at most horizon.years = {years} (got {stages[-1]})")
    if horizon.get("operating_years") is not None:
        yield Fault(loc, "cannot stand beside operating_years: the first and the last year of each stage are modelled")


def _weeks(weeks: list) -> Iterator[Fault]:
    days = [(day, i) for i, day in enumerate(weeks) if type(day) is datetime.date and FIRST_DAY <= day <= LAST_DAY]
    for (sooner, _), (later, i) in itertools.pairwise(sorted(days)):
        if later < after_week(sooner):
            message = f"must not overlap: {later} is inside the week that begins on {sooner}"
            yield Fault(("horizon", "weeks", i), message)


def after_week(day: datetime.date) -> datetime.date:
    """Return the day after a week of 7 days; 29 February is no day of the planned year."""
    after = day + WEEK
    leap = any((day + datetime.timedelta(days=n)).strftime("%m-%d") == "02-29" for n in range(7))
    return after + datetime.timedelta(days=1) if leap else after

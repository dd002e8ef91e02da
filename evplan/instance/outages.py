"""Grid outages: when they come or how they are drawn, how often, and what a kWh then lost is worth."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from evplan.instance.base import PEAK_HOUR, Count, Fraction, Name, NotNegative, Noun
from evplan.instance.faults import Fault
from evplan.instance.horizon import as_shown
from evplan.instance.source import Loc
from evplan.instance.tariff import PeakHour
from evplan.instance.tree import items, mapping

WEEK_H = 7 * 24
LONGEST_H = 31 * 24
PerYear = Annotated[float, Field(strict=True, gt=0, le=1000)]


class OutageCase(Noun):
    """One outage of the grid."""

    start: PeakHour
    """Hour it begins in, civil time of the planned year: '07-14 17:00' (month-day hour:00)."""
    hours: Annotated[int, Field(strict=True, ge=1, le=LONGEST_H)]
    """How long it lasts, whole hours."""
    per_year: PerYear
    """How often a year such an outage is expected."""


class OutageDraws(Noun):
    """Outages drawn: one start in every equal part of the year, lengths spread as the mean says; the same for every site."""

    count: Annotated[int, Field(strict=True, ge=1, le=200)] = 50
    """How many are drawn; each stands for its part of `per_year`. A few leave hours at which the plan need hold nothing."""
    hours: Annotated[float, Field(strict=True, ge=1, le=WEEK_H)]
    """Mean length, hours: whole hours, exponentially fewer the longer."""
    per_year: PerYear
    """Outages expected in a year, in all."""
    seed: Count = 1
    """Seed of the draw."""


class Outages(Noun):
    """Outages of the grid, in which a site is an island and carries what it can of its critical load."""

    cases: dict[Name, OutageCase] = Field(default_factory=dict)
    """Outages by name."""
    draws: OutageDraws | None = None
    """Outages drawn, instead of named ones."""
    value_of_lost_load_per_kwh: NotNegative = 0.0
    """What a kWh of critical load not supplied costs whom it fails; steers the plan, is not cash."""
    min_carried: Fraction = 0.0
    """Fraction of the critical energy of every outage that must be carried (an obligation)."""


def outage_faults(tree: dict) -> Iterator[Fault]:
    """Yield what is wrong with the outages of a file: none or both kinds, hours that do not come, nothing that is critical."""
    for i, site in enumerate(items(tree, "sites")):
        yield from _critical(site, ("sites", i, "critical_load"))
    outages, horizon = tree.get("outages"), mapping(tree, "horizon")
    if not isinstance(outages, dict):
        return
    cases = mapping(outages, "cases")
    if bool(cases) == (outages.get("draws") is not None):
        yield Fault(("outages",), "needs cases or draws, and one of them only", True)
    if items(tree, "sites") and not any(map(_has_critical, items(tree, "sites"))):
        said = "nothing is critical at any site: give one a load_kw, or critical_load: {charging_fraction: 1}"
        yield Fault(("outages",), said, True)
    for name, case in cases.items():
        if isinstance(case, dict):
            yield from _case(case, horizon, ("outages", "cases", name))


def _critical(site: Any, loc: Loc) -> Iterator[Fault]:
    """Yield a critical part of a load or of charging that the site does not have."""
    said = mapping(site, "critical_load")
    if said.get("load_fraction") and site.get("load_kw") is None:
        yield Fault((*loc, "load_fraction"), "needs load_kw at this site: there is no load of which a part is critical")
    if said.get("charging_fraction") and site.get("demand") is None:
        yield Fault((*loc, "charging_fraction"), "needs demand at this site: there is no charging that is critical")


def _has_critical(site: Any) -> bool:
    """Return whether a site has a load or charging that an outage would hurt; what has the wrong shape has."""
    if not isinstance(site, dict):
        return True
    said = mapping(site, "critical_load")
    load = site.get("load_kw") is not None and said.get("load_fraction", 1) != 0
    return load or (site.get("demand") is not None and said.get("charging_fraction", 0) != 0)


def _case(case: dict, horizon: dict, loc: Loc) -> Iterator[Fault]:
    """Yield a start that the planned year does not have, and a length that its weeks do not."""
    weeks, start, hours = items(horizon, "weeks"), case.get("start"), case.get("hours")
    if weeks and isinstance(hours, int) and WEEK_H < hours <= LONGEST_H:
        yield Fault(
            (*loc, "hours"), f"must be at most {WEEK_H} where representative weeks stand for the year (got {hours})"
        )
    if not isinstance(start, str) or not re.match(PEAK_HOUR, start):
        return
    month, day, hour = int(start[:2]), int(start[3:5]), int(start[6:8])
    if day > calendar.monthrange(2027, month)[1]:  # of 365 days
        yield Fault((*loc, "start"), f"is no day of a year of 365 days (got {start!r})")
        return
    year = _year(month, day, weeks, horizon.get("start"))
    if year is None and weeks:
        said = ", ".join(f"{first}" for first in weeks if _date(first))
        yield Fault((*loc, "start"), f"lies in none of horizon.weeks, which begin on {said} (got {start!r})")
    elif year is not None and _skipped(datetime.datetime(year, month, day, hour), horizon.get("timezone", "UTC")):
        yield Fault((*loc, "start"), f"is an hour that clocks skip in {horizon['timezone']} (got {start!r})")


def _year(month: int, day: int, weeks: list, start: Any) -> int | None:
    """Return the calendar year in which a plan comes upon a day; None if it does not, or cannot be read."""
    if weeks:
        days = [first + datetime.timedelta(days=n) for first in map(_date, weeks) if first for n in range(8)]
        return next((d.year for d in _seven(days) if (d.month, d.day) == (month, day)), None)
    first = _date(start)
    return None if first is None else first.year + ((month, day) < (first.month, first.day))


def _seven(days: list[datetime.date]) -> Iterator[datetime.date]:
    """Yield the seven planned days of each run of eight: 29 February is none."""
    for i in range(0, len(days), 8):
        yield from [day for day in days[i : i + 8] if (day.month, day.day) != (2, 29)][:7]


def _date(said: Any) -> datetime.date | None:
    if isinstance(said, str):
        try:
            return datetime.date.fromisoformat(said)
        except ValueError:
            return None
    return said if type(said) is datetime.date else None


def _skipped(hour: datetime.datetime, zone: Any) -> bool:
    """Return whether civil clocks jump over an hour."""
    try:
        return as_shown(hour, zone) != hour
    except (KeyError, ValueError, TypeError, OSError):  # no such zone: the horizon has a fault of its own
        return False

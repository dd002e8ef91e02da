"""Faults that need two places of the file: names that must exist, numbers that must agree.

Works on the plain tree, before the schema has accepted it, so that every fault shows at once.
"""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from collections.abc import Iterator
from typing import Any

from evplan.instance.faults import Fault, did_you_mean
from evplan.instance.source import Loc
from evplan.paths import data_dir

WEEKDAYS = {"all": range(7), "weekday": range(5), "weekend": range(5, 7)}


def inconsistencies(tree: Any) -> list[Fault]:
    """Return every fault between parts of the file."""
    faults = [*_kind(tree), *_horizon(_mapping(tree, "horizon")), *_catalogue(_mapping(tree, "catalogue"))]
    for name, tariff in _mapping(tree, "tariffs").items():
        faults += _tariff(tariff, ("tariffs", name))
    faults += _twins(_items(tree, "sites"), ("sites",), "site")
    for i, site in enumerate(_items(tree, "sites")):
        if isinstance(site, dict):
            faults += _site(site, ("sites", i), tree)
    return faults


def _kind(tree: Any) -> Iterator[Fault]:
    version = tree.get("format")
    if isinstance(version, int) and version > 1:
        yield Fault(("format",), f"is newer than this evplan reads (got {version}, known 1); upgrade evplan")


def _horizon(horizon: dict) -> Iterator[Fault]:
    zone, years = horizon.get("timezone"), horizon.get("years", 15)
    zones = zoneinfo.available_timezones()
    if isinstance(zone, str) and zone not in zones:
        yield Fault(
            ("horizon", "timezone"), f"is not an IANA time zone (got {zone!r}){did_you_mean(zone, list(zones))[:200]}"
        )
    operating = horizon.get("operating_years")
    if isinstance(operating, list) and all(isinstance(y, int) for y in operating) and operating:
        if operating != sorted(set(operating)) or operating[0] != 1:
            yield Fault(("horizon", "operating_years"), f"must ascend and begin with 1 (got {operating})")
        if isinstance(years, int) and operating[-1] > years:
            yield Fault(
                ("horizon", "operating_years"), f"must be at most horizon.years = {years} (got {operating[-1]})"
            )
    weeks = horizon.get("weeks")
    dates = sorted(w for w in weeks if isinstance(w, datetime.date)) if isinstance(weeks, list) else []
    if any((later - sooner).days < 7 for sooner, later in itertools.pairwise(dates)):
        yield Fault(("horizon", "weeks"), "must not overlap: leave 7 days between first days")


def _catalogue(catalogue: dict) -> Iterator[Fault]:
    yield from _twins(_items(catalogue, "chargers"), ("catalogue", "chargers"), "charger type")
    battery = catalogue.get("battery")
    if isinstance(battery, dict):
        low, high = battery.get("soc_min", 0.1), battery.get("soc_max", 0.95)
        if _numbers(low, high) and low >= high:
            yield Fault(
                ("catalogue", "battery", "soc_max" if "soc_max" in battery else "soc_min"),
                f"soc_max must be greater than soc_min (got {high:g} and {low:g})",
            )


def _tariff(tariff: Any, loc: Loc) -> Iterator[Fault]:
    if not isinstance(tariff, dict) or not isinstance(tariff.get("energy"), list):
        return
    covered: set[tuple[int, int, int]] = set()
    for window in tariff["energy"]:
        try:
            covered |= _hours(window)
        except (TypeError, ValueError, KeyError, AttributeError):
            return  # the schema says what is wrong with this window
    missing = sorted({(m, d, h) for m in range(1, 13) for d in range(7) for h in range(24)} - covered)
    if missing and tariff["energy"]:
        month, day, hour = missing[0]
        name = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")[day]
        yield Fault(
            (*loc, "energy"),
            f"leaves hours without a price, the first on {name} of month {month} at {hour:02d}:00; "
            "open the list with a line that has no window",
        )


def _hours(window: dict) -> set[tuple[int, int, int]]:
    """Return the whole hours (month, weekday, hour) that a window covers."""
    start, end = (_minutes(window.get(name, default)) for name, default in (("start", "00:00"), ("end", "24:00")))
    hours = [
        h
        for h in range(24)
        if (start <= 60 * h and 60 * h + 60 <= end) or (end <= start and (60 * h >= start or 60 * h + 60 <= end))
    ]
    return {
        (m, d, h)
        for m in window.get("months", range(1, 13))
        for d in WEEKDAYS[window.get("days", "all")]
        for h in hours
    }


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return 60 * int(hour) + int(minute)


def _site(site: dict, loc: Loc, tree: Any) -> Iterator[Fault]:
    tariffs, types = (
        list(_mapping(tree, "tariffs")),
        [c.get("name") for c in _items(_mapping(tree, "catalogue"), "chargers") if isinstance(c, dict)],
    )
    if isinstance(site.get("tariff"), str) and tariffs and site["tariff"] not in tariffs:
        yield Fault((*loc, "tariff"), f"there is no tariff {site['tariff']!r}{did_you_mean(site['tariff'], tariffs)}")
    for j, name in enumerate(_items(site, "chargers")):
        if isinstance(name, str) and name not in types:
            yield Fault(
                (*loc, "chargers", j), f"there is no charger type {name!r}{did_you_mean(name, [str(t) for t in types])}"
            )
    connection = _mapping(site, "connection")
    existing = connection.get("existing_kw", 0)
    for j, step in enumerate(_items(connection, "steps")):
        power = step.get("power_kw") if isinstance(step, dict) else None
        if _numbers(power, existing) and power <= existing:
            yield Fault(
                (*loc, "connection", "steps", j, "power_kw"),
                f"must be greater than existing_kw = {existing:g} (got {power:g}): a step is a total, not an addition",
            )
    yield from _demand(_mapping(site, "demand"), (*loc, "demand"))


def _demand(demand: dict, loc: Loc) -> Iterator[Fault]:
    drawn, measured = demand.get("sessions_per_day") is not None, demand.get("load_kw") is not None
    if demand and drawn == measured:
        yield Fault(loc, "needs either sessions_per_day with energy_kwh, or load_kw" + (", not both" if drawn else ""))
    if drawn and not isinstance(demand.get("energy_kwh"), dict):
        yield Fault((*loc, "sessions_per_day"), "needs energy_kwh: {mean, sd} beside it")
    profile = demand.get("arrival_profile")
    if isinstance(profile, str):
        from evplan.instance.profiles import profile_names

        if profile not in profile_names():
            yield Fault(
                (*loc, "arrival_profile"),
                f"there is no arrival profile {profile!r} in {data_dir().name}/profiles{did_you_mean(profile, profile_names())}",
            )


def _twins(items: list, loc: Loc, noun: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, item in enumerate(items):
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and name in seen:
            yield Fault((*loc, i, "name"), f"another {noun} is already called {name!r}")
        seen.add(str(name))


def _mapping(tree: Any, key: str) -> dict:
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, dict) else {}


def _items(tree: Any, key: str) -> list:
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, list) else []


def _numbers(*values: Any) -> bool:
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)

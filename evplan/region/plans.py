"""Plan files of stations: what sites of their setting are like, with who comes there, what stands, and what the grid carries."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

from evplan.csvs import read_csv
from evplan.feeder.planning.connection import rounded_down
from evplan.instance.document import moved
from evplan.instance.source import plain, read_source
from evplan.paths import replacing
from evplan.region.limits import Limit
from evplan.region.read import ReadRegion
from evplan.siting.station import Station


def opening_year(region: ReadRegion, station: Station) -> int:
    """Return how many years after the first a station is built: those of the phases before its own, whole."""
    return round(sum(phase.years for phase in region.siting.study.phases[: station.phase]))


def tree_of(
    region: ReadRegion, name: str, station: Station, limit: Limit | None, share: float | None, to: Path
) -> dict[str, Any]:
    """Return what the plan file of a station says. name : of its site.  share : of its city's charging, None where there is no city.

    to : the folder of the file, which paths are relative to.
    """
    base, study = region.base, region.study
    tree = moved(plain(read_source(base.path).tree), base.path.parent, to)
    own = next(site for site in tree["sites"] if site["setting"] == station.setting)
    demand = station.demand(region.siting.study)
    if share is not None:
        assert study.city is not None
        tree["context"] = {"file": os.path.join("..", "..", "city", study.city.name, "city.json")}
        demand = {
            key: value
            for key, value in demand.items()
            if key not in ("sessions_per_day", "growth_per_year", "energy_kwh")
        }
        demand["context_share"] = round(share, 9)
    own |= {"name": name, "demand": {**demand, "min_served": study.min_served}}
    standing = {study.chargers[kind]: count for kind, count in station.stood.items() if kind in study.chargers}
    if standing:
        own["existing"] = {**own.get("existing", {}), "chargers": standing}
    if limit is not None:
        own["connection"] = _connection(limit)
    years = opening_year(region, station)
    tree |= {"title": f"{station.name}, a station of {study.title or 'a region'}", "sites": [own]}
    tree["horizon"] = {**tree["horizon"], **_moved_by(tree["horizon"], years)}
    for other in ("scenarios", "portfolio", "risk", "futures", "sources"):
        tree.pop(other, None)
    return tree


def write_plan(tree: dict[str, Any], path: Path) -> Path:
    """Write a plan file, whole or not at all; return its path."""
    from ruamel.yaml import YAML

    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        YAML().dump(tree, handle)
    return path


def shares(region: ReadRegion, stations: list[Station], folder: Path) -> list[float | None]:
    """Return the part of its city's charging that each station gets: of what is wanted in areas of its setting, in its phase.

    folder : of the siting plan. None for all where there is no city.
    """
    if region.study.city is None:
        return [None] * len(stations)

    areas = read_csv(folder / "areas.csv", dtype={"phase": str}, keep_default_na=False)
    wanted = areas.groupby(["phase", "setting"])["wanted_kwh_day"].sum()
    names = [phase.name for phase in region.siting.study.phases]
    return [
        min(1.0, one.wanted_kwh_day / max(float(wanted.get((names[one.phase], one.setting), 0.0)), 1e-9))
        for one in stations
    ]


def _connection(limit: Limit) -> dict[str, Any]:
    """Return a connection that is what a network carries, to a tenth of a kW and never above it."""
    made: dict[str, Any] = {"existing_kw": rounded_down(limit.now_kw)}
    if (
        limit.upgraded_kw is not None
        and limit.upgrade_cost is not None
        and rounded_down(limit.upgraded_kw) > made["existing_kw"]
    ):
        made["steps"] = [{"power_kw": rounded_down(limit.upgraded_kw), "cost": limit.upgrade_cost}]
    return made


def _moved_by(horizon: dict[str, Any], years: int) -> dict[str, Any]:
    """Return the start and the weeks of a horizon, some years later."""
    start = horizon["start"]
    later: dict[str, Any] = {"start": _year_later(start, years)}
    if horizon.get("weeks"):
        later["weeks"] = [_week_later(day, years) for day in horizon["weeks"]]
    return later


def _year_later(day: datetime.date, years: int) -> datetime.date:
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _week_later(day: datetime.date, years: int) -> datetime.date:
    """Return the day of the same weekday nearest to the same date, some years later."""
    wanted = _year_later(day, years)
    return wanted + datetime.timedelta(days=(day.weekday() - wanted.weekday() + 3) % 7 - 3)

"""Plan files of stations: what sites of their setting are like, with who comes there, what stands, and what the grid carries."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evplan.csvs import read_csv
from evplan.feeder.planning.connection import rounded_down
from evplan.instance.brought import brought
from evplan.instance.context import CityRun, read_run
from evplan.instance.source import plain, read_source
from evplan.paths import replacing
from evplan.region.limits import Limit
from evplan.region.read import ReadRegion
from evplan.siting.station import MOST_YEARS, Station


def tree_of(
    region: ReadRegion, name: str, station: Station, limit: Limit | None, share: Sequence[float] | None, folder: Path
) -> dict[str, Any]:
    """Return what the plan file of a station says. name : of its site.  folder : of the region.

    share : of its city's charging in each phase, None where there is no city.
    """
    base, study = region.base, region.study
    tree = plain(read_source(base.path).tree)
    own = next(site for site in tree["sites"] if site["setting"] == station.setting)
    demand = station.demand(region.siting.study)
    if share is not None:
        assert study.city is not None
        city = folder / "city" / study.city.name / "city.json"
        tree["context"] = {"file": str(city.resolve())}
        demand = _shared(region, station, share, read_run(city), demand)
    own |= {"name": name, "demand": {**demand, "min_served": study.min_served}}
    standing = {study.chargers[kind]: count for kind, count in station.stood.items() if kind in study.chargers}
    if standing:
        own["existing"] = {**own.get("existing", {}), "chargers": standing}
    if limit is not None:
        own["connection"] = _connection(limit)
    years = station.opens(region.siting.study)
    tree |= {"title": f"{station.name}, a station of {study.title or 'a region'}", "sites": [own]}
    tree["horizon"] = {**tree["horizon"], **_moved_by(tree["horizon"], years)}
    for other in ("scenarios", "portfolio", "risk", "futures", "sources"):
        tree.pop(other, None)
    return brought(tree, base.path.parent, folder / "stations" / name)


def _shared(
    region: ReadRegion, station: Station, share: Sequence[float], city: CityRun, demand: dict[str, Any]
) -> dict[str, Any]:
    """Return a demand that is a share of a city's charging: of what it wants in the station's setting, in each of its years."""
    first = region.base.instance.horizon.start.year + station.opens(region.siting.study) - city.years[0]
    wants = city.urban_kwh_per_day if station.setting == "urban" else city.rural_kwh_per_day
    own = np.array(station.along(region.siting.study, share))
    years = np.arange(max(len(own), len(wants) - first))[:MOST_YEARS]
    kept = {key: value for key, value in demand.items() if key not in ("sessions_per_day", "by_year", "energy_kwh")}
    said = round(share[station.phase], 9)
    if not 0 <= first < len(wants) or wants[first] <= 0:
        return {**kept, "context_share": said}  # the plan's reader says what is wrong
    path = own[np.minimum(years, len(own) - 1)] * np.array(wants)[np.minimum(first + years, len(wants) - 1)]
    return {
        **kept,
        "context_share": said,
        "by_year": [round(kwh, 9) for kwh in (path / (said * wants[first])).tolist()],
    }


def write_plan(tree: dict[str, Any], path: Path) -> Path:
    """Write a plan file, whole or not at all; return its path."""
    from ruamel.yaml import YAML

    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        YAML().dump(tree, handle)
    return path


def shares(region: ReadRegion, stations: list[Station], folder: Path) -> list[list[float] | None]:
    """Return the part of its city's charging that each station gets: of what is wanted in areas of its setting, in each phase.

    folder : of the siting plan. None for all where there is no city.
    """
    if region.study.city is None:
        return [None] * len(stations)

    areas = read_csv(folder / "areas.csv", dtype={"phase": str}, keep_default_na=False)
    wanted = areas.groupby(["phase", "setting"])["wanted_kwh_day"].sum()
    names = [phase.name for phase in region.siting.study.phases]
    return [
        [
            min(1.0, kwh / max(float(wanted.get((name, one.setting), 0.0)), 1e-9))
            for name, kwh in zip(names, one.kwh_day, strict=True)
        ]
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

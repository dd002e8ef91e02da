"""Stations of a plan as instances for `evplan solve`: each site by itself, with the energy that the plan gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evplan.errors import InputError
from evplan.instance.brought import write_alone
from evplan.instance.later import later, seen
from evplan.instance.read import read
from evplan.instance.source import plain, read_source
from evplan.siting.station import Station, stations_of
from evplan.siting.study import SitingStudy


def require_base(base: Path, currency: str) -> None:
    """Raise what is wrong with a base of instances: InstanceError if it is not sound, InputError if it counts in another currency."""
    own = read(base).instance.finance.currency
    if own != currency:
        raise InputError(f"{base}: counts in {own}, the siting plan in {currency}; give a base in {currency}")


def write_instances(study: SitingStudy, folder: Path, base: Path) -> list[str]:
    """Write an instance for every site at which a plan builds, from a base file; return their names.

    folder : of the plan, whose tables are read.  base : a plan file whose weather, catalogue, tariffs and money are taken over, and all of
    its first site but name, setting, demand and price; the instance begins when the station is built. Raises: as `require_base`.
    """
    require_base(base, study.currency)
    stations, to = plain_names(stations_of(study, folder)), folder / "instances"
    own, tree = read(base).instance, plain(read_source(base).tree)
    for name, station in stations.items():
        site: dict[str, Any] = {
            "setting": station.setting,
            "demand": station.demand(study),
            "price_per_kwh": study.economics.price_per_kwh,
            "name": name,
        }
        title, moved = f"{station.name}, from {study.title or 'a siting plan'}", later(tree, own, station.opens(study))
        moved["horizon"] = seen(moved["horizon"], own.horizon.modelled_years(), site["demand"]["by_year"])
        like = {key: value for key, value in moved["sites"][0].items() if key != "existing"}  # siting says what stands
        write_alone(to / f"{name}.yaml", moved, base.parent, {**like, **site}, title)
    return [f"{name}.yaml" for name in stations]


def plain_names(stations: Iterable[Station]) -> dict[str, Station]:
    """Return stations by a name that a plan file may use, each once."""
    found = dict[str, Station]()
    for station in stations:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", station.name)[:50].strip("-._") or "site"
        names = (name, *(f"{name}-{number}" for number in range(2, len(found) + 3)))
        found[next(name for name in names if name not in found)] = station
    return found

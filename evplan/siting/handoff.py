"""Stations of a plan as instances for `evplan solve`: each site by itself, with the energy that the plan gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from evplan.errors import InputError
from evplan.instance.brought import brought
from evplan.instance.read import read
from evplan.instance.source import plain
from evplan.paths import replacing
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
    its first site but name, setting, demand and price. Raises: as `require_base`.
    """
    from ruamel.yaml import YAML

    require_base(base, study.currency)
    yaml, stations, to = YAML(), stations_of(study, folder), folder / "instances"
    for name, station in plain_names(stations).items():
        tree = plain(yaml.load(base.read_text(encoding="utf-8")))
        tree["title"] = f"{station.name}, from {study.title or 'a siting plan'}"
        site = {
            "setting": station.setting,
            "demand": station.demand(study),
            "price_per_kwh": study.economics.price_per_kwh,
            "name": name,
        }
        tree["sites"] = [{**tree["sites"][0], **site}]
        tree.pop("scenarios", None)
        with replacing(to / f"{name}.yaml") as path, path.open("w", encoding="utf-8") as handle:
            yaml.dump(brought(tree, base.parent, to), handle)
    return [f"{name}.yaml" for name in plain_names(stations)]


def plain_names(stations: Iterable[Station]) -> dict[str, Station]:
    """Return stations by a name that a plan file may use, each once."""
    found = dict[str, Station]()
    for number, station in enumerate(stations, start=1):
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", station.name).strip("-.")[:50] or "site"
        found[name if name not in found else f"{name}-{number}"] = station
    return found

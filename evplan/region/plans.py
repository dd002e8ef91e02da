"""Plan files of stations: what sites of their setting are like, with who comes there, what stands, and what the grid carries."""

from __future__ import annotations

from evplan.feeder.planning.connection import connection_of
from evplan.instance.brought import write_alone
from evplan.instance.later import later, seen
from evplan.instance.source import plain, read_source
from evplan.region.read import ReadRegion
from evplan.region.stationed import Stationed


def write_plan(region: ReadRegion, own: Stationed) -> None:
    """Write the plan file of a station, whole or not at all, with the files that it names."""
    base, study, station = region.base, region.study, own.station
    tree = later(plain(read_source(base.path).tree), base.instance, own.years)
    like = next(site for site in tree["sites"] if site["setting"] == station.setting)
    demand = station.demand(region.siting.study)
    if own.shared is not None:
        tree["context"] = {"file": str(own.shared.file.resolve())}
        demand |= own.shared.demand()
    site = {key: value for key, value in like.items() if key != "existing"}  # siting says what stands
    site |= {"name": own.name, "demand": {**demand, "min_served": study.min_served}}
    standing = {study.chargers[kind]: count for kind, count in station.stood.items() if kind in study.chargers}
    if standing:
        site["existing"] = {"chargers": standing}
    if own.limit is not None:
        site["connection"] = connection_of(own.limit.now_kw, own.limit.upgraded_kw, own.limit.upgrade_cost)
    tree["horizon"] = seen(tree["horizon"], base.instance.horizon.modelled_years(), demand["by_year"])
    title = f"{station.name}, a station of {study.title or 'a region'}"
    write_alone(own.file, tree, base.path.parent, site, title)

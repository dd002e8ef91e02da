"""Whether the studies of a region fit together: currencies, settings, types, sites, buses, years."""

from __future__ import annotations

from collections.abc import Iterator

from evplan.city.read import ReadStudy as ReadCity
from evplan.feeder.read import ReadFeeder
from evplan.feeder.reading import day_of
from evplan.instance.context import read_run
from evplan.instance.faults import Fault
from evplan.instance.read import Read
from evplan.instance.source import Loc
from evplan.instance.suggest import did_you_mean
from evplan.region.study import RegionStudy
from evplan.siting.read import ReadStudy as ReadSiting


def faults_together(
    study: RegionStudy, siting: ReadSiting, base: Read, feeders: tuple[ReadFeeder, ...], city: ReadCity | None
) -> Iterator[Fault]:
    """Yield where the studies of a region do not fit together."""
    yield from _together(study, siting, base, feeders)
    yield from _buses(study, feeders)
    yield from _city_years(siting, base, city)


def unknown_sites(study: RegionStudy, sites: list[str]) -> Iterator[Fault]:
    """Yield stations on a network that are no sites of the siting study. sites : the names of those."""
    for i, one in enumerate(study.feeders):
        for name in one.stations:
            if name not in sites:
                yield Fault(
                    ("feeders", i, "stations", name), f"is no site of {study.siting}{did_you_mean(name, sites)}"
                )


def _buses(study: RegionStudy, feeders: tuple[ReadFeeder, ...]) -> Iterator[Fault]:
    """Yield stations at buses that their network does not have."""
    for i, (one, found) in enumerate(zip(study.feeders, feeders, strict=True)):
        buses = list(day_of(found.study, found.path.parent).network.buses)
        for name, bus in one.stations.items():
            if bus not in buses:
                yield Fault(
                    ("feeders", i, "stations", name), f"there is no bus {bus!r} in {one.file}{did_you_mean(bus, buses)}"
                )


def _city_years(siting: ReadSiting, base: Read, city: ReadCity | None) -> Iterator[Fault]:
    """Yield that a city is not run for a year in which stations may open: the region's, or else that of the plan file."""
    own = base.instance.context
    if city is not None:
        loc: Loc = ("city", "file")
        what = "is"
        run = (city.study.start_year, city.study.start_year + city.study.years - 1)
    elif own is not None:
        known = read_run(base.path.parent / own.file).years
        loc, what, run = ("stations",), f"has a context, {own.file}, that is", (known[0], known[-1])
    else:
        return
    first, years = base.instance.horizon.start.year, [phase.years for phase in siting.study.phases]
    begun = (first, first + round(sum(years[:-1])))
    if begun[0] < run[0] or begun[1] > run[1]:
        yield Fault(
            loc,
            f"{what} run from {run[0]} to {run[1]}; stations may open from {begun[0]} to {begun[1]}, so run it for those",
        )


def _together(study: RegionStudy, siting: ReadSiting, base: Read, feeders: tuple[ReadFeeder, ...]) -> Iterator[Fault]:
    """Yield where studies do not fit together."""
    money, own = siting.study.currency, base.instance
    if own.finance.currency != money:
        yield Fault(
            ("stations",), f"counts in {own.finance.currency}, the siting study in {money}; give both the same currency"
        )
    for i, one in enumerate(feeders):
        if one.study.currency != money:
            yield Fault(("feeders", i, "file"), f"counts in {one.study.currency}, the siting study in {money}")
    lacking = {"urban", "rural"} - {site.setting for site in own.sites}
    if lacking:
        yield Fault(
            ("stations",), f"has no {' and no '.join(sorted(lacking))} site that would say what such stations are like"
        )
    if any(site.price_per_kwh is None for site in own.sites):
        yield Fault(("stations",), "has a site without price_per_kwh: what drivers pay")
    types, chargers = [kind.name for kind in siting.study.types], [one.name for one in own.catalogue.chargers]
    for kind, charger in study.chargers.items():
        if kind not in types:
            yield Fault(("chargers", kind), f"is no type of the siting study{did_you_mean(kind, types)}")
        if charger not in chargers:
            yield Fault(
                ("chargers", kind),
                f"there is no charger {charger!r} in the catalogue of {study.stations}{did_you_mean(charger, chargers)}",
            )
    phases = len(siting.study.phases)
    if study.pot is not None and len(study.pot.by_phase) != phases:
        yield Fault(
            ("pot", "by_phase"),
            f"must have an amount for each of the {phases} phases of the siting study (got {len(study.pot.by_phase)})",
        )
    files = [one.file for one in study.feeders]
    for i, file in enumerate(files):
        if file in files[:i]:
            yield Fault(
                ("feeders", i, "file"), f"is named already; put its stations into one entry (got {file!r} again)"
            )
    placed = [name for one in study.feeders for name in one.stations]
    for name in sorted({name for name in placed if placed.count(name) > 1}):
        yield Fault(("feeders",), f"connects station {name!r} twice")

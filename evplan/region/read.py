"""Read a region file, and every file that it is made of: everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.city.read import ReadStudy as ReadCity
from evplan.city.read import read_study
from evplan.feeder.read import TEMPLATE as FEEDER
from evplan.feeder.read import ReadFeeder, read_feeder
from evplan.feeder.reading import day_of
from evplan.instance.document import json_schema_of, read_document
from evplan.instance.faults import Fault, raise_all
from evplan.instance.read import Read, read
from evplan.instance.source import Loc, Source, plain
from evplan.instance.suggest import did_you_mean
from evplan.instance.wording import schema_faults
from evplan.paths import data_dir
from evplan.region.study import RegionStudy
from evplan.siting.read import TEMPLATE as SITING
from evplan.siting.read import ReadStudy as ReadSiting
from evplan.siting.read import read_siting

TEMPLATE = Path(__file__).parent / "templates" / "region.yaml"
BESIDE = (
    SITING,
    FEEDER,
    *(data_dir() / name for name in ("region", "valley", "village")),
)  # what the template names, and what that names


@dataclass(frozen=True)
class ReadRegion:
    """A validated region file with the studies that it is made of."""

    study: RegionStudy
    path: Path
    source: Source
    siting: ReadSiting
    base: Read
    city: ReadCity | None
    feeders: tuple[ReadFeeder, ...]

    @property
    def currency(self) -> str:
        """Return the currency of all its studies."""
        return self.siting.study.currency


def checked(path: Path) -> str:
    """Return one line that says what a file holds, once its studies are read. Raises: InputError for what is wrong."""
    from evplan.siting.problem import problem_of
    from evplan.siting.read import checked as siting_checked

    found = read_region(path)
    sites = problem_of(found.siting.study, found.siting.path.parent).sites.names
    raise_all(list(unknown_sites(found.study, sites)), found.source, plain(found.source.tree))
    phases, networks = len(found.siting.study.phases), sum(len(one.stations) for one in found.study.feeders)
    placed = f"{_many(networks, 'station')} on {_many(len(found.feeders), 'network')}, " if networks else ""
    own = f"{path}: sound. {_many(phases, 'phase')}, {placed}{found.currency}."
    return f"{own}\n{siting_checked(found.siting.path)}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def json_schema() -> str:
    """Return the JSON Schema of a region file, as text ending in a newline."""
    return json_schema_of(RegionStudy)


def read_region(path: str | Path) -> ReadRegion:
    """Return the validated study in a file, and the studies that it names. Raises: InstanceError listing a file's faults."""
    path = Path(path)
    study, source = read_document(path, "region", validated, named_files)
    siting, base = read_siting(path.parent / study.siting), read(path.parent / study.stations)
    feeders = tuple(read_feeder(path.parent / one.file) for one in study.feeders)
    city = read_study(path.parent / study.city.file, (study.city.name,)) if study.city is not None else None
    faults = [
        *_together(study, siting, base, feeders),
        *_buses(study, feeders),
        *_city_years(study, siting, base, city),
    ]
    raise_all(faults, source, plain(source.tree))
    return ReadRegion(study, path, source, siting, base, city, feeders)


def validated(tree: dict[str, Any]) -> tuple[RegionStudy | None, list[Fault]]:
    """Return a study, or everything that is wrong with it."""
    try:
        return RegionStudy.model_validate(tree), []
    except ValidationError as error:
        return None, schema_faults(error, RegionStudy)


def named_files(study: RegionStudy) -> Iterator[tuple[Loc, str]]:
    """Yield the files that a study names."""
    yield ("siting",), study.siting
    yield ("stations",), study.stations
    if study.city is not None:
        yield ("city", "file"), study.city.file
    for i, one in enumerate(study.feeders):
        yield ("feeders", i, "file"), one.file


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


def _city_years(study: RegionStudy, siting: ReadSiting, base: Read, city: ReadCity | None) -> Iterator[Fault]:
    """Yield that a city is not run for a year in which stations may open."""
    if city is None:
        return
    first, years = base.instance.horizon.start.year, [phase.years for phase in siting.study.phases]
    begun, run = (
        (first, first + round(sum(years[:-1]))),
        (city.study.start_year, city.study.start_year + city.study.years - 1),
    )
    if begun[0] < run[0] or begun[1] > run[1]:
        yield Fault(
            ("city", "file"),
            f"is run from {run[0]} to {run[1]}; stations may open from {begun[0]} to {begun[1]}, so run it for those",
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
    placed = [name for one in study.feeders for name in one.stations]
    for name in sorted({name for name in placed if placed.count(name) > 1}):
        yield Fault(("feeders",), f"connects station {name!r} twice")

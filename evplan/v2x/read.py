"""Read a world file: validated, every fault at once; and what is made ready to draw worlds from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.instance.document import json_schema_of, read_document
from evplan.instance.faults import Fault
from evplan.instance.horizon import skipped_faults, zone_faults
from evplan.instance.source import Source
from evplan.instance.suggest import did_you_mean
from evplan.instance.wording import schema_faults
from evplan.schedule.timed import Timed
from evplan.v2x.feeder import SOURCE
from evplan.v2x.site import WorldSite

TEMPLATE = Path(__file__).parent / "templates" / "v2x.yaml"
MOST_STEPS = 100_000


@dataclass(frozen=True)
class ReadWorld:
    """A validated world file and where it came from."""

    site: WorldSite
    path: Path
    source: Source

    @property
    def told(self) -> str:
        """Return one line that says what the file holds."""
        own = self.site
        ports = sum(one.count * one.ports for one in own.stations)
        return (
            f"{self.path}: sound. {ports:,} ports, {len(own.transformers)} transformer{'s' * (len(own.transformers) > 1)}, episodes of "
            f"{own.hours:g} h in steps of {own.step_minutes} min, {own.timezone}."
        )


def checked(path: Path) -> str:
    """Return one line that says what a file holds, once its series and sessions are read. Raises: InputError for what is wrong."""
    from evplan.v2x.setting import setting_of

    found = read_world(path)
    setting_of(found.site, found.path.parent)
    return found.told


def json_schema() -> str:
    """Return the JSON Schema of a world file, as text ending in a newline."""
    return json_schema_of(WorldSite)


def read_world(path: str | Path) -> ReadWorld:
    """Return the validated world in a file. Raises: InstanceError listing every fault."""
    path = Path(path)
    site, source = read_document(path, "v2x", validated, named_files)
    return ReadWorld(site, path, source)


def named_files(site: WorldSite) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the files that a site names."""
    for place, said in timed_of(site):
        if said.file is not None:
            yield (*place, "file"), said.file
    if site.sessions is not None:
        yield ("sessions",), site.sessions


def validated(tree: dict[str, Any]) -> tuple[WorldSite | None, list[Fault]]:
    """Return a site, or everything that is wrong with it."""
    faults: list[Fault] = list(zone_faults(tree, ("timezone",)))
    try:
        site = WorldSite.model_validate(tree)
    except ValidationError as error:
        return None, faults + schema_faults(error, WorldSite)
    faults += [Fault(place, said.fault) for place, said in timed_of(site) if said.fault is not None]
    faults += skipped_faults(site.start, site.timezone, ("start",)) if not faults else []
    return site, faults + _names(site) + _feeder(site) + _sizes(site)


def timed_of(site: WorldSite) -> list[tuple[tuple[str | int, ...], Timed]]:
    """Return what a site says by values in time, with where it is said."""
    single = (("prices", site.prices), ("temperature", site.temperature), ("setpoint", site.setpoint))
    found: list[tuple[tuple[str | int, ...], Timed | None]] = [((name,), said) for name, said in single]
    for i, one in enumerate(site.transformers):
        found += [(("transformers", i, "load"), one.load), (("transformers", i, "solar"), one.solar)]
    return [(place, said) for place, said in found if said is not None]


def _names(site: WorldSite) -> list[Fault]:
    """Return what is wrong with names: used twice, or unknown."""
    transformers, places = [one.name for one in site.transformers], list(site.places)
    faults = []
    for field, named in (("stations", site.stations), ("transformers", site.transformers), ("vehicles", site.vehicles)):
        names = [one.name for one in named]
        faults += [Fault((field,), f"names {name!r} twice") for name, count in Counter(names).items() if count > 1]
    for i, station in enumerate(site.stations):
        if station.transformer is not None and station.transformer not in transformers:
            faults.append(_unknown(("stations", i, "transformer"), station.transformer, transformers))
        if site.sessions is None and station.place not in places:
            faults.append(_unknown(("stations", i, "place"), station.place, places))
    faults += [
        _unknown(("events", i, "transformer"), event.transformer, transformers)
        for i, event in enumerate(site.events)
        if event.transformer is not None and event.transformer not in transformers
    ]
    return faults


def _feeder(site: WorldSite) -> list[Fault]:
    """Return what is wrong with the lines of a feeder: buses that are fed twice, or from nowhere, and transformers without one."""
    if site.feeder is None:
        return []
    fed, faults = [SOURCE], []
    for i, line in enumerate(site.feeder.lines):
        if line.start not in fed:
            faults.append(_unknown(("feeder", "lines", i, "start"), line.start, fed))
        if line.to in fed:
            faults.append(Fault(("feeder", "lines", i, "to"), f"feeds {line.to!r} a second time"))
        fed.append(line.to)
    missing = [one.name for one in site.transformers if one.name not in fed]
    if missing:
        faults.append(Fault(("feeder", "lines"), f"must feed every transformer; none leads to {', '.join(missing)}"))
    return faults


def _unknown(place: tuple[str | int, ...], name: str, known: list[str]) -> Fault:
    listed = ", ".join(known) or "none is given"
    return Fault(place, f"there is no {name!r}{did_you_mean(name, known)}; known: {listed}")


def _sizes(site: WorldSite) -> list[Fault]:
    """Return what is wrong with numbers that bound each other."""
    faults = [
        Fault(
            ("vehicles", i, "target_soc"),
            f"must hold the lower first (got {one.target_soc[0]:g}, {one.target_soc[1]:g})",
        )
        for i, one in enumerate(site.vehicles)
        if one.target_soc[0] > one.target_soc[1]
    ]
    faults += [
        Fault(("events", i, "start_hour"), "must hold two hours from 0 to 24, the earlier first")
        for i, event in enumerate(site.events)
        if not 0 <= event.start_hour[0] <= event.start_hour[1] <= 24
    ]
    if site.sessions is None and not site.places:
        faults.append(Fault(("places",), "says who comes; give it, or a file of sessions"))
    if site.sessions is not None and site.days > 1:
        faults.append(Fault(("days",), "must be 1 where sessions come from a file"))
    if 60 % site.step_minutes:
        faults.append(
            Fault(
                ("step_minutes",),
                f"must divide an hour, as 5, 10, 15, 30 and 60 do (got {site.step_minutes})",
            )
        )
    steps = 60 * site.hours / site.step_minutes
    if not 1 <= steps <= MOST_STEPS or abs(steps - round(steps)) > 1e-6:
        faults.append(
            Fault(("hours",), f"must hold whole steps of {site.step_minutes} min, 1 to {MOST_STEPS:,} (got {steps:g})")
        )
    return faults

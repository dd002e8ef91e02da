"""Read a schedule file, or the same said by a program: a validated site, every fault at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.instance.document import json_schema_of, read_document
from evplan.instance.faults import Fault, raise_plain
from evplan.instance.horizon import zone_faults
from evplan.instance.source import Source
from evplan.instance.wording import schema_faults
from evplan.schedule.site import ScheduleSite
from evplan.schedule.timed import Timed

TEMPLATE = Path(__file__).parent / "templates" / "schedule.yaml"


@dataclass(frozen=True)
class ReadSite:
    """A validated site and where it came from."""

    site: ScheduleSite
    path: Path
    source: Source

    @property
    def told(self) -> str:
        """Return one line that says what the file holds."""
        own = self.site
        return f"{self.path}: sound. Schedules: {own.connection.limit_kw:g} kW, steps of {own.step_minutes} min, {own.timezone}."


def checked(path: Path) -> str:
    """Return one line that says what a file holds. Raises: InstanceError listing every fault."""
    return read_site(path).told


def json_schema() -> str:
    """Return the JSON Schema of a schedule file, as text ending in a newline."""
    return json_schema_of(ScheduleSite)


def read_site(path: str | Path) -> ReadSite:
    """Return the validated site in a file. Raises: InstanceError listing every fault."""
    path = Path(path)
    site, source = read_document(path, "schedule", validated, named_files)
    return ReadSite(site, path, source)


def named_files(site: ScheduleSite) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the files that a site names."""
    for name, said in timed_of(site).items():
        if said.file is not None:
            yield (*name.split("."), "file"), said.file


def site_from(tree: Mapping[str, Any]) -> ScheduleSite:
    """Return the validated site that a mapping says, which opens no file. Raises: InstanceError listing every fault."""
    site, faults = validated(dict(tree))
    raise_plain(faults, tree)
    assert site is not None
    faults = [
        Fault((*name.split("."), "file"), "opens a file, which is not done here; give `values` instead")
        for name, said in timed_of(site).items()
        if said.file is not None
    ]
    raise_plain(faults, tree)
    return site


def validated(tree: dict[str, Any]) -> tuple[ScheduleSite | None, list[Fault]]:
    """Return a site, or everything that is wrong with it."""
    faults: list[Fault] = list(zone_faults(tree, ("timezone",)))
    try:
        site = ScheduleSite.model_validate(tree)
    except ValidationError as error:
        return None, faults + schema_faults(error, ScheduleSite)
    faults += [
        Fault(tuple(name.split(".")), said.fault) for name, said in timed_of(site).items() if said.fault is not None
    ]
    faults += [Fault(("chargers", field), words) for field, words in site.chargers.faults]
    if site.battery is not None and site.battery.stored_kwh > site.battery.energy_kwh:
        faults.append(Fault(("battery", "stored_kwh"), f"must be at most energy_kwh, {site.battery.energy_kwh:g}"))
    peaks, lines = site.peak_so_far_kw, len(site.tariff.demand)
    if isinstance(peaks, tuple) and len(peaks) != lines:
        faults.append(
            Fault(
                ("peak_so_far_kw",), f"must hold one number, or one for each demand charge: {lines} (got {len(peaks)})"
            )
        )
    if len(set(site.goals)) < len(site.goals):
        faults.append(Fault(("goals",), "names a goal twice"))
    return site, faults


def timed_of(site: ScheduleSite) -> dict[str, Timed]:
    """Return what a site says by values in time, by its field."""
    every = {"connection.limit": site.connection.limit, "prices": site.prices, "load": site.load, "solar": site.solar}
    return {name: said for name, said in every.items() if said is not None}

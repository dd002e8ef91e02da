"""Read a feeder file: validated, every fault at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.feeder.study import FeederStudy
from evplan.instance.document import json_schema_of, read_document
from evplan.instance.faults import Fault
from evplan.instance.source import Loc, Source
from evplan.instance.wording import schema_faults
from evplan.paths import data_dir

TEMPLATE = Path(__file__).parent / "templates" / "feeder.yaml"
BESIDE = (data_dir() / "village",)  # what the template names


@dataclass(frozen=True)
class ReadFeeder:
    """A validated feeder file and where it came from."""

    study: FeederStudy
    path: Path
    source: Source


def checked(path: Path) -> str:
    """Return one line that says what a file holds, once its data are read. Raises: InputError for what is wrong."""
    from evplan.feeder.reading import day_of

    found = read_feeder(path)
    day = day_of(found.study, path.parent)
    own, horizon = day.network, found.study.horizon
    vehicles = f"{len(day.sessions):,} vehicles that ask for {sum(one.kwh for one in day.sessions):,.0f} kWh"
    panels = f"{len(day.panels):,} panels of {sum(one.kw for one in day.panels):,.0f} kW"
    return (
        f"{path}: sound. {len(own.buses):,} buses, {len(own.branches):,} lines and transformers, {len(day.customers):,} customers, "
        f"{panels}, {vehicles}, {horizon.steps} steps of {horizon.minutes} minutes from {horizon.start}."
    )


def json_schema() -> str:
    """Return the JSON Schema of a feeder file, as text ending in a newline."""
    return json_schema_of(FeederStudy)


def read_feeder(path: str | Path) -> ReadFeeder:
    """Return the validated study in a file. Raises: InstanceError listing every fault."""
    path = Path(path)
    study, source = read_document(path, "feeder", validated, named_files)
    return ReadFeeder(study, path, source)


def validated(tree: dict[str, Any]) -> tuple[FeederStudy | None, list[Fault]]:
    """Return a study, or everything that is wrong with it."""
    try:
        study = FeederStudy.model_validate(tree)
    except ValidationError as error:
        return None, schema_faults(error, FeederStudy)
    return study, list(_faults(study))


def _faults(study: FeederStudy) -> Iterator[Fault]:
    said = [name for name in ("dss", "pandapower", "tables") if getattr(study.network, name) is not None]
    if len(said) != 1:
        yield Fault(("network",), f"needs one of dss, pandapower, tables (got {' and '.join(said) or 'none'})")
    if study.limits.lowest_pu >= study.limits.highest_pu:
        yield Fault(
            ("limits", "lowest_pu"),
            f"must be below highest_pu, {study.limits.highest_pu:g} (got {study.limits.lowest_pu:g})",
        )
    start = study.horizon.start
    if (60 * int(start[:2]) + int(start[3:])) % study.horizon.minutes:
        yield Fault(
            ("horizon", "start"),
            f"must be a whole number of steps of {study.horizon.minutes} minutes after 00:00 (got {start})",
        )
    if study.panels is not None and (study.panels.file is None) != (study.panels.series is None):
        yield Fault(
            ("panels",), "file and series belong together; with neither, panels are those of the network itself"
        )
    tables = study.network.tables
    if tables is not None and tables.transformer.kv >= tables.source.kv:
        yield Fault(
            ("network", "tables", "transformer", "kv"),
            f"is its low side's, in kV between phases, and must be below source.kv, {tables.source.kv:g} (got {tables.transformer.kv:g})",
        )
    if tables is not None and study.upgrade is not None and study.upgrade.kva <= tables.transformer.kva:
        yield Fault(
            ("upgrade", "kva"),
            f"must be above the transformer's own, {tables.transformer.kva:g} (got {study.upgrade.kva:g})",
        )
    if tables is not None and tables.transformer.vkr_percent > tables.transformer.vk_percent:
        yield Fault(
            ("network", "tables", "transformer", "vkr_percent"), "must be at most vk_percent, of which it is a part"
        )


def made_from(read: ReadFeeder) -> Iterator[tuple[Loc, str]]:
    """Yield every file that a network and its day are made from: those that a study names, and what its master file leads to."""
    yield from named_files(read.study)
    if read.study.network.dss is not None:
        from evplan.feeder.dss_script import files_read

        for path in files_read(read.path.parent / read.study.network.dss):
            yield ("network", "dss"), os.path.relpath(path, read.path.parent)


def named_files(study: FeederStudy) -> Iterator[tuple[Loc, str]]:
    """Yield the files that a study names."""
    own, tables = study.network, study.network.tables
    more: list[tuple[Loc, str | None]] = [
        (("network", "dss"), own.dss), (("network", "pandapower"), own.pandapower), (("loads", "file"), study.loads.file),
    ]  # fmt: skip
    if study.panels is not None:
        more += [(("panels", "file"), study.panels.file), (("panels", "series"), study.panels.series)]
    if study.sessions is not None:
        more.append((("sessions", "file"), study.sessions.file))
    if tables is not None:
        more += [(("network", "tables", field), getattr(tables, field)) for field in ("lines", "customers", "buses")]
    for loc, file in more:
        if file is not None:
            yield loc, file

"""Read a siting file: validated, every fault at once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.instance.document import json_schema_of, read_document
from evplan.instance.faults import Fault
from evplan.instance.source import Loc, Source
from evplan.instance.wording import schema_faults
from evplan.paths import data_dir
from evplan.siting.sources import Places
from evplan.siting.study import SitingStudy

TEMPLATE = Path(__file__).parent / "templates" / "siting.yaml"
BESIDE = (data_dir() / "valley",)  # what the template names


@dataclass(frozen=True)
class ReadStudy:
    """A validated siting file and where it came from."""

    study: SitingStudy
    path: Path
    source: Source


def checked(path: Path) -> str:
    """Return one line that says what a file holds, once its data are read. Raises: InputError for what is wrong."""
    from evplan.siting.problem import problem_of

    found = read_siting(path)
    own = problem_of(found.study, found.path.parent)
    blank = f", {own.areas.blank:,} without a number counted as 0" if own.areas.blank else ""
    areas = f"{len(own.weight):,} areas with {own.areas.evs.sum():,.0f} vehicles{blank}"
    sites = f"{len(own.sites):,} sites of which {int(own.sites.standing.sum()):,} stand"
    types = ", ".join(one.name for one in found.study.types)
    return f"{path}: sound. {areas}, {sites}, {types} in {len(found.study.phases)} phases, {found.study.currency}."


def json_schema() -> str:
    """Return the JSON Schema of a siting file, as text ending in a newline."""
    return json_schema_of(SitingStudy)


def read_siting(path: str | Path) -> ReadStudy:
    """Return the validated study in a file. Raises: InstanceError listing every fault."""
    path = Path(path)
    study, source = read_document(path, "siting", validated, named_files)
    return ReadStudy(study, path, source)


def validated(tree: dict[str, Any]) -> tuple[SitingStudy | None, list[Fault]]:
    """Return a study, or everything that is wrong with it."""
    try:
        study = SitingStudy.model_validate(tree)
    except ValidationError as error:
        return None, schema_faults(error, SitingStudy)
    return study, [*_types(study), *_phases(study), *_sought(study), *_sources(study)]


def _types(study: SitingStudy) -> Iterator[Fault]:
    names = Counter(one.name for one in study.types)
    yield from (Fault(("types",), f"names {name!r} twice") for name, count in names.items() if count > 1)
    for i, one in enumerate(study.types):
        for b, (near, far) in enumerate(itertools.pairwise(one.cover)):
            if far.km <= near.km or far.share >= near.share:
                yield Fault(("types", i, "cover", b + 1), "must be farther than the band before it, and cover less")
        adds = one.cover[0].share - (one.cover[1].share if len(one.cover) > 1 else 0.0)
        if one.backup_share > adds:
            yield Fault(
                ("types", i, "backup_share"), f"must be at most what the first band covers more than the next, {adds:g}"
            )
        if one.ports[0] > one.ports[1]:
            yield Fault(("types", i, "ports"), f"must hold the fewest first (got {one.ports[0]}, {one.ports[1]})")
    total = sum(one.demand_share for one in study.types)
    if total > 1 + 1e-9:
        yield Fault(
            ("types",),
            f"ask for more than all demand: demand_share of all types together is {total:g}, must be at most 1",
        )


def _phases(study: SitingStudy) -> Iterator[Fault]:
    names = Counter(one.name for one in study.phases)
    yield from (Fault(("phases",), f"names {name!r} twice") for name, count in names.items() if count > 1)


def _sought(study: SitingStudy) -> Iterator[Fault]:
    goals = Counter(one.goal for one in study.sought)
    yield from (Fault(("sought",), f"names {goal} twice") for goal, count in goals.items() if count > 1)
    if "npv" in goals and study.economics.price_per_kwh < study.economics.energy_cost_per_kwh:
        yield Fault(
            ("economics", "price_per_kwh"),
            "must be at least energy_cost_per_kwh where npv is sought: each kWh would lose money",
        )
    if set(goals) == {"cost"}:
        yield Fault(("sought",), "cost alone is least where nothing is built; seek coverage, served or npv too")


def _sources(study: SitingStudy) -> Iterator[Fault]:
    if study.candidates.places is None and study.candidates.grid_m is None:
        yield Fault(("candidates",), "needs places or grid_m: where may stations be opened?")
    for i, one in enumerate(study.areas.spread):
        if (one.shapes is None) != (one.key is None):
            yield Fault(
                ("areas", "spread", i),
                "needs both key and shapes, or neither: a table of counts is joined to polygons by a key",
            )


def named_files(study: SitingStudy) -> Iterator[tuple[Loc, str]]:
    """Yield the files that a study names."""
    places: list[tuple[Loc, Places | None]] = [
        (("areas",), study.areas), (("existing",), study.existing), (("candidates", "places"), study.candidates.places),
        (("zones",), study.zones),
    ]  # fmt: skip
    for loc, said in places:
        if said is not None:
            yield (*loc, "file"), said.file
    more: list[tuple[Loc, str | None]] = [
        (("areas", "within"), study.areas.within), (("areas", "stops"), study.areas.stops),
        (("candidates", "within"), study.candidates.within), (("distances", "file"), study.distances.file),
    ]  # fmt: skip
    for i, one in enumerate(study.areas.spread):
        more += [(("areas", "spread", i, field), getattr(one, field)) for field in ("file", "shapes", "within")]
    for loc, file in more:
        if file is not None:
            yield loc, file

"""Read a region file, and every file that it is made of: everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.city.read import ReadStudy as ReadCity
from evplan.city.read import read_study
from evplan.errors import InputError, InstanceError
from evplan.feeder.read import TEMPLATE as FEEDER
from evplan.feeder.read import ReadFeeder, read_feeder
from evplan.instance.document import json_schema_of, read_document
from evplan.instance.faults import Fault, raise_all
from evplan.instance.read import Read, read
from evplan.instance.source import Loc, Source, plain
from evplan.instance.wording import schema_faults
from evplan.paths import data_dir
from evplan.region.study import RegionStudy
from evplan.region.together import faults_together, unknown_sites
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

    def city_folder(self, folder: Path) -> Path | None:
        """Return where the run of its city is, None where it names none. folder : of the region."""
        return None if self.city is None else folder / "city" / self.city.study.cities[0].name

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
    city = _city(study, path, source)
    raise_all(list(faults_together(study, siting, base, feeders, city)), source, plain(source.tree))
    return ReadRegion(study, path, source, siting, base, city, feeders)


def _city(study: RegionStudy, path: Path, source: Source) -> ReadCity | None:
    """Return the city file that a study names, with its city alone."""
    if study.city is None:
        return None
    try:
        return read_study(path.parent / study.city.file, (study.city.name,))
    except InstanceError:
        raise
    except InputError as error:  # of the name, which the region file says
        raise_all([Fault(("city", "name"), str(error))], source, plain(source.tree))
        raise


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

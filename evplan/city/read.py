"""Read a city file: YAML to a validated study, shipped cities filled in, every fault at once."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.city.given import given_faults
from evplan.city.places import place_faults
from evplan.city.study import CityStudy
from evplan.errors import InputError
from evplan.instance.faults import Fault, raise_all, require_kind
from evplan.instance.named import files_in
from evplan.instance.reach import reach_faults
from evplan.instance.schema import DIALECT
from evplan.instance.source import Loc, Source, plain, read_source
from evplan.instance.suggest import did_you_mean
from evplan.instance.tree import are_numbers, items, mapping
from evplan.instance.wording import schema_faults
from evplan.paths import data_dir

TEMPLATE = Path(__file__).parent / "templates" / "city.yaml"
SHARES = ("home", "workplace", "public", "fast")
USUAL_MIDPOINT = 2035  # of adoption, where the file says nothing
NEAR = 1e-6  # of shares that must sum to 1


@dataclass(frozen=True)
class ReadStudy:
    """A validated study and where it came from."""

    study: CityStudy
    path: Path
    source: Source

    @property
    def told(self) -> str:
        """Return one line that says what the file holds."""
        names = ", ".join(city.name for city in self.study.cities)
        return f"{self.path}: sound. Cities: {len(self.study.cities)} ({names})."

    @property
    def hash(self) -> str:
        """Return the SHA-256 of everything the study says, hex."""
        said = json.dumps(self.study.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


def checked(path: Path) -> str:
    """Return one line that says what a file holds. Raises: InstanceError listing every fault."""
    return read_study(path).told


def json_schema() -> str:
    """Return the JSON Schema of a city file, as text ending in a newline. Every city may also say `use: NAME`."""
    schema = CityStudy.model_json_schema()
    place = schema["$defs"]["Place"]
    place["properties"]["use"] = {"type": "string", "description": "Take every field not given here from data/cities."}
    place["anyOf"] = [{"required": place.pop("required")}, {"required": ["use"]}]
    return json.dumps({"$schema": DIALECT, **schema}, indent=2) + "\n"


@cache
def shipped_cities() -> dict[str, dict[str, Any]]:
    """Return the cities of data/cities by name, as plain trees of their figures."""
    return {
        name: {"name": name, **{k: v for k, v in entry.items() if k != "sources"}} for name, entry in _entries().items()
    }


def shipped_source(name: str, field: str) -> str | None:
    """Return where a figure of a shipped city comes from, None for one that data/cities does not hold."""
    entry = _entries()[name]
    return entry["sources"].get(field, entry["source"]) if field in entry else None


@cache
def _entries() -> dict[str, dict[str, Any]]:
    return plain(read_source(data_dir() / "cities" / "cities.yaml").tree)["cities"]


def read_study(path: str | Path, only: tuple[str, ...] = ()) -> ReadStudy:
    """Return the validated study in a file. only : cities to keep, by name; one that the file does not hold is taken from data/cities.

    Raises: InstanceError listing every fault; InputError for a city that nobody knows.
    """
    path = Path(path)
    source = read_source(path)
    require_kind(source, source.tree, "city")
    tree = plain(source.tree)
    raise_all(reach_faults(files_in(tree), path.resolve().parent), source, tree)  # before any is opened
    tree, faults = _expanded(tree)
    faults += list(_faults(tree))
    try:
        study = CityStudy.model_validate(tree)
    except ValidationError as error:
        told = {fault.loc for fault in faults}
        faults += [fault for fault in schema_faults(error, CityStudy) if fault.loc not in told]
        unfilled = [fault.loc[:2] for fault in faults if fault.loc[-1:] == ("use",)]
        faults = [fault for fault in faults if fault.loc[-1:] == ("use",) or fault.loc[:2] not in unfilled]
    else:
        faults += [f for i, city in enumerate(study.cities) for f in given_faults(city, ("cities", i), path.parent)]
    raise_all(faults, source, tree)
    return ReadStudy(_only(study, only, path) if only else study, path, source)


def _only(study: CityStudy, names: tuple[str, ...], path: Path) -> CityStudy:
    """Return the study of some cities."""
    own = {city.name.lower(): city for city in study.cities}
    known = {name.lower(): name for name in shipped_cities()}
    chosen = []
    for name in dict.fromkeys(name.lower() for name in names):
        if name in own:
            chosen.append(own[name])
        elif name in known:
            chosen.append(type(study.cities[0]).model_validate(shipped_cities()[known[name]]))
        else:
            every = dict.fromkeys([*(city.name for city in study.cities), *shipped_cities()])
            here = "" if path == TEMPLATE else f" in {path} or"
            raise InputError(f"there is no city {name!r}{here} in data/cities{did_you_mean(name, every)}")
    title = " and ".join(place.name for place in chosen)
    return study.model_copy(update={"cities": tuple(chosen), "title": title})


def _expanded(tree: Any) -> tuple[Any, list[Fault]]:
    """Return the tree with every `use: NAME` of a city replaced by its figures, where own fields win, and faults."""
    tree, faults = copy.deepcopy(tree), []
    for i, city in enumerate(items(tree, "cities")):
        if isinstance(city, dict) and "use" in city:
            name = city.pop("use")
            if not isinstance(name, str) or name not in shipped_cities():
                faults.append(
                    Fault(
                        ("cities", i, "use"),
                        f"there is no {name!r} in data/cities{did_you_mean(str(name), list(shipped_cities()))}",
                    )
                )
            else:
                tree["cities"][i] = shipped_cities()[name] | city
    return tree, faults


def _faults(tree: dict) -> Iterator[Fault]:
    """Yield shares that do not sum to 1, cities of one name, and years out of reach."""
    charging = mapping(tree, "charging")
    given = [charging.get(name, usual) for name, usual in zip(SHARES, (0.6, 0.2, 0.13, 0.07), strict=True)]
    if charging and are_numbers(*given) and abs(sum(given) - 1) > NEAR:
        yield Fault(("charging",), f"home, workplace, public and fast must sum to 1 (got {sum(given):g})", True)
    shares = [one.get("share") for one in items(mapping(tree, "fleet"), "classes") if isinstance(one, dict)]
    total = sum(share for share in shares if isinstance(share, (int, float)))
    if shares and are_numbers(*shares) and abs(total - 1) > NEAR:
        yield Fault(("fleet", "classes"), f"the shares of all classes must sum to 1 (got {total:g})", True)
    seen: set[str] = set()
    for i, city in enumerate(items(tree, "cities")):
        name = city.get("name") if isinstance(city, dict) else None
        if isinstance(name, str):
            if name.lower() in seen:
                yield Fault(("cities", i), f"another city is already called {name!r}", True)
            seen.add(name.lower())
    adoption = mapping(mapping(tree, "fleet"), "adoption")
    if adoption and (adoption.get("midpoint_year") is None) == (adoption.get("growth_per_year") is None):
        yield Fault(("fleet", "adoption"), "needs midpoint_year or growth_per_year, and one of them only", True)
    adoption = adoption or {"midpoint_year": USUAL_MIDPOINT}
    for i, city in enumerate(items(tree, "cities")):
        yield from place_faults(city, adoption, tree.get("start_year"), ("cities", i))
    for loc, supply in (((), tree), *((("cities", i), city) for i, city in enumerate(items(tree, "cities")))):
        yield from _forecast_faults(mapping(supply, "supply") if isinstance(supply, dict) else {}, (*loc, "supply"))


def _forecast_faults(supply: dict, loc: Loc) -> Iterator[Fault]:
    """Yield years that a forecast names twice."""
    for name in ("solar_kw", "wind_kw", "storage_kwh", "import_kw"):
        pairs = supply.get(name)
        years = [pair[0] for pair in pairs if isinstance(pair, list) and pair] if isinstance(pairs, list) else []
        twice = sorted({str(year) for year in years if years.count(year) > 1})
        if twice:
            yield Fault((*loc, name), f"names {', '.join(twice)} twice", True)

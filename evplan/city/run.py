"""Run a study: city after city, each into a folder of its own, so that a run that was killed goes on and ends the same."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evplan.city.balance import Balance, conserved
from evplan.city.context import context
from evplan.city.least_cost import least_cost, operating_cost
from evplan.city.money import Money, money, prices_of
from evplan.city.read import ReadStudy
from evplan.city.results import CityResult, city_summary, hourly_table, yearly_table
from evplan.city.simulate import simulate
from evplan.city.study import CityStudy, Place
from evplan.errors import CheckError, InputError
from evplan.paths import replacing, write_json
from evplan.report.sealed import seal, sealed
from evplan.report.summary import clean

Progress = Callable[[str, str], None]
EXACT = 1e-9  # of an hour's energy: what may be made or lost
FILES = ("hourly.parquet", "yearly.csv", "city.json")


@dataclass(frozen=True)
class StudyRun:
    """A study that was run. summaries : of each city.  again : how many were there already.  seconds : of this run."""

    read: ReadStudy
    folder: Path
    summaries: tuple[dict[str, Any], ...]
    again: int
    seconds: float


def run_study(found: ReadStudy, folder: Path, progress: Progress) -> StudyRun:
    """Run every city of a study that its folder does not hold yet, and write what it comes to."""
    from evplan.city.report import write_report

    begun, summaries, again = time.perf_counter(), [], 0
    folder.mkdir(parents=True, exist_ok=True)
    for k, place in enumerate(found.study.cities, start=1):
        own, key = folder / place.name, key_of(found.study, place)
        known = _kept(own, key)
        again += known is not None
        if known is None:
            progress(place.name, f"city {k} of {len(found.study.cities)}")
            known = run_city(found.study, place, own, key)
        summaries.append(known)
    progress("report", f"{len(summaries)} cities")
    write_report(found, folder, summaries)
    return StudyRun(found, folder, tuple(summaries), again, time.perf_counter() - begun)


def run_city(study: CityStudy, place: Place, folder: Path, key: str) -> dict[str, Any]:
    """Simulate a city and write its tables and its context; return its summary. Raises: CheckError if energy is made or lost."""
    result = dispatched(study, place)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "hourly.parquet") as path:
        hourly_table(result).to_parquet(path, index=False)
    with replacing(folder / "yearly.csv") as path:
        yearly_table(result).to_csv(path, index=False)
    write_json(folder / "city.json", clean({"kind": "city-context", "format": 1} | context(study, result)))
    said = clean(city_summary(study, result) | {"kind": "city", "key": key})
    seal(folder, said, FILES)
    return sealed(folder, "city")


def dispatched(study: CityStudy, place: Place) -> CityResult:
    """Return a city run as the study asks, checked; where both dispatches are asked for, the cheaper one is reported."""
    city = simulate(study, place)
    prices = prices_of(study, city)
    found: dict[str, Balance] = {"rule-based": city.by_rules}
    if study.dispatch != "rule-based":
        found["least-cost"] = least_cost(city.by_rules, prices)
    for name, one in found.items():
        error = conserved(one)
        if not error <= EXACT:
            raise CheckError(
                f"{place.name}: the {name} balance makes or loses {error:.1e} of an hour's energy and is refused",
                {name: error},
            )
    operating = {name: operating_cost(one, prices) for name, one in found.items()}
    order = sorted(found, key=lambda name: float(operating[name].sum()))  # stable: rules first where they are as cheap
    dispatch: dict[str, tuple[Balance, Money]] = {
        name: (found[name], money(study, city, found[name])) for name in order
    }
    return CityResult(city, dispatch, operating)


def key_of(study: CityStudy, place: Place) -> str:
    """Return the SHA-256 of everything that a city's results follow from, the version included."""
    from evplan import __version__

    rest = study.model_dump(mode="json", exclude={"cities", "title"})
    said = json.dumps([__version__, rest, place.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _kept(folder: Path, key: str) -> dict[str, Any] | None:
    """Return the summary of a city that its folder holds whole, made of the same inputs; None otherwise."""
    try:
        said = sealed(folder, "city")
    except InputError:
        return None
    return said if said["key"] == key else None

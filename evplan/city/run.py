"""Run a study: city after city, each into a folder of its own, so that a run that was killed goes on and ends the same."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evplan.city.balance import Balance, conserved
from evplan.city.context import context
from evplan.city.given import NOTHING, Given, read_given
from evplan.city.money import money
from evplan.city.prices import operating_cost, prices_of
from evplan.city.read import ReadStudy
from evplan.city.results import CityResult, city_summary, hourly_table, yearly_table
from evplan.city.simulate import CityYears, cycles_given, simulate
from evplan.city.study import CityStudy, Place
from evplan.crew import silent
from evplan.csvs import write_csv
from evplan.errors import CheckError, InputError
from evplan.fanout import working
from evplan.parallel import cores, run_all
from evplan.paths import replacing, write_json
from evplan.report.sealed import clean, seal, sealed

Progress = Callable[[str, str], None]
EXACT = 1e-9  # of an hour's energy: what may be made or lost
FILES = ("hourly.parquet", "yearly.csv", "figures.svg", "city.json")
BAR = 24  # characters


@dataclass(frozen=True)
class StudyRun:
    """A study that was run. summaries : of each city.  again : how many were there already.  seconds : of this run."""

    read: ReadStudy
    folder: Path
    summaries: tuple[dict[str, Any], ...]
    reports: tuple[Path, ...]
    again: int
    seconds: float


def run_study(
    found: ReadStudy, folder: Path, progress: Progress, formats: Sequence[str] = ("html",), cluster: str | None = None
) -> StudyRun:
    """Run every city of a study that its folder does not hold yet, side by side, and write what it comes to.

    cluster : address of a scheduler whose workers run them; left out, processes of this machine.
    """
    from evplan.city.report import write_report

    begun = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [_task(found, place, folder) for place in found.study.cities]
    known = [_kept(own, key) for _, own, key, _ in tasks]
    missing = [task for task, had in zip(tasks, known, strict=True) if had is None]
    fresh = iter(_run_all(found.study, missing, progress, cluster))
    summaries = tuple(next(fresh) if had is None else had for had in known)
    progress("report", f"{len(summaries)} cities")
    reports = write_report(found, folder, summaries, formats)
    again = sum(had is not None for had in known)
    return StudyRun(found, folder, summaries, tuple(reports), again, time.perf_counter() - begun)


Task = tuple[Place, Path, str, Given]  # a city, its folder, the key of its inputs, and what files give it


def _task(found: ReadStudy, place: Place, folder: Path) -> Task:
    given = read_given(place, found.path.parent)
    return place, folder.absolute() / place.name, key_of(found.study, place, given), given


def _run_all(study: CityStudy, tasks: list[Task], progress: Progress, cluster: str | None) -> list[dict[str, Any]]:
    """Return the summaries of cities, run on a cluster, or in processes where there are several cities and cores."""
    size, done, stop, lock = min(cores(), len(tasks)), 0, threading.Event(), threading.Lock()

    def ended(said: dict[str, Any]) -> dict[str, Any]:
        nonlocal done
        with lock:
            done += 1
            progress(said["city"], "")
            progress("cities", bar(done, len(tasks)))
        return said

    if not tasks or (size < 2 and cluster is None):
        return [ended(run_city(study, *task, progress)) for task in tasks]
    with working(None if cluster else size, cluster, progress) as workers:
        return run_all(
            lambda task: ended(workers.run(run_city, study, *task, tell=progress, stop=stop)), tasks, stop, workers.size
        )


def bar(done: int, total: int) -> str:
    """Return a bar of what is done, with the numbers."""
    full = BAR * done // max(total, 1)
    return f"{'█' * full}{'░' * (BAR - full)} {done} of {total}"


def run_city(
    study: CityStudy, place: Place, folder: Path, key: str, given: Given, tell: Progress = silent
) -> dict[str, Any]:
    """Simulate a city and write its tables, figures and context; return its summary. Raises: CheckError if energy is made or lost."""
    from evplan.city.figures import city as drawn

    result = dispatched(study, place, given, tell)
    tell(place.name, "tables and figures")
    hourly, yearly = hourly_table(result), yearly_table(result)
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob(".*.*"):  # what a killed run left half-written
        file.unlink(missing_ok=True)
    with replacing(folder / "hourly.parquet") as path:
        hourly.to_parquet(path, index=False)
    write_csv(folder / "yearly.csv", yearly)
    last = hourly[hourly["year"] == yearly["year"].iloc[-1]]
    with replacing(folder / "figures.svg") as path:
        path.write_text(drawn(place.name, yearly, last, study.costs.currency), encoding="utf-8")
    write_json(folder / "city.json", clean({"kind": "city-context", "format": 1} | context(study, result)))
    said = clean(city_summary(study, result) | {"kind": "city", "key": key})
    seal(folder, said, FILES)
    return sealed(folder, "city")


def dispatched(study: CityStudy, place: Place, given: Given = NOTHING, tell: Progress = silent) -> CityResult:
    """Return a city run as the study asks, checked; where both dispatches are asked for, the one that saves more is reported.

    Vehicles that give back age by what they give: it is found with batteries that do not know of it, and all is run again.
    """
    tell(place.name, "weather, fleet, balance by rules")
    found = _dispatched(study, simulate(study, place, given), tell)
    if study.charging.strategy == "v2g":
        again = simulate(study, place, given, cycles_given(found.city, found.balance))
        found = _dispatched(study, again, tell)
    return found


def _dispatched(study: CityStudy, city: CityYears, tell: Progress) -> CityResult:
    place, prices = city.place, prices_of(study, city)
    found: dict[str, Balance] = {"rule-based": city.by_rules}
    if study.dispatch != "rule-based":
        from evplan.city.least_cost import least_cost

        found["least-cost"] = least_cost(city.by_rules, prices, lambda part: tell(place.name, f"least cost {part:.0%}"))
    for name, one in {**found, "grid-alone": city.grid_alone}.items():
        error = conserved(one)
        if not error <= EXACT:
            raise CheckError(
                f"{place.name}: the {name} balance makes or loses {error:.1e} of an hour's energy and is refused",
                {name: error},
            )
    operating = {name: operating_cost(one, prices) for name, one in found.items()}
    worth = {name: (one, money(study, city, one)) for name, one in found.items()}
    order = sorted(
        worth, key=lambda name: (name != study.dispatch, -worth[name][1].savings)
    )  # what is asked for, else the better
    return CityResult(city, {name: worth[name] for name in order}, operating)


def key_of(study: CityStudy, place: Place, given: Given) -> str:
    """Return the SHA-256 of everything that a city's results follow from, the version included."""
    from evplan import __version__

    rest = study.model_dump(mode="json", exclude={"cities", "title"})
    said = json.dumps([__version__, rest, place.model_dump(mode="json"), given.digest], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _kept(folder: Path, key: str) -> dict[str, Any] | None:
    """Return the summary of a city that its folder holds whole, made of the same inputs; None otherwise."""
    try:
        said = sealed(folder, "city")
    except InputError:
        return None
    return said if said["key"] == key else None

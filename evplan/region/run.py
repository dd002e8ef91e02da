"""Run a region: city, siting, networks, a plan for every station, support, one report. What is done already is not done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from evplan.csvs import read_csv
from evplan.errors import InfeasibleError, InstanceError, LostError, NoPlanError, StoppedError
from evplan.instance.faults import raise_all
from evplan.instance.source import plain
from evplan.parallel import run_all
from evplan.region.limits import limits
from evplan.region.plans import write_plan
from evplan.region.read import ReadRegion
from evplan.region.shared import shared
from evplan.region.stationed import Stationed
from evplan.region.together import unknown_sites
from evplan.report.sealed import sealed
from evplan.siting.handoff import plain_names
from evplan.siting.station import stations_of
from evplan.solver.outcome import Options, make_options
from evplan.store.manifest import known, recorded
from evplan.store.work import Work, work_of
from evplan.worker import Tell
from evplan.workers import Workers

REFUSED = (InfeasibleError, NoPlanError, InstanceError)


def planned(region: ReadRegion, folder: Path, workers: Workers, tell: Tell, stop: threading.Event) -> list[Stationed]:
    """Return every station of a region with its plan. folder : of the region; each step has a folder in it.

    Raises: StoppedError where it is stopped; what is done stays, and is taken up by the next run.
    """
    if region.city is not None:
        from evplan.city.run import run_study

        run_study(region.city, folder / "city", tell)
    _sited(region, folder / "siting", tell, stop)
    stations = stations_of(region.siting.study, folder / "siting")
    require_sites(region, folder / "siting")
    order = sorted(range(len(stations)), key=lambda i: stations[i].phase)
    tell("networks", f"{len(region.feeders)}")
    found = limits(region.study, region.feeders, [stations[i].name for i in order])
    tell("networks", "")
    of_city = shared(region, stations, folder)
    own = [
        Stationed(
            name, one, one.opens(region.siting.study), found.get(one.name), of_city[i], folder / "stations" / name
        )
        for i, (name, one) in enumerate(plain_names(stations).items())
    ]
    for one in own:
        write_plan(region, one)
    return _each_planned(own, workers, tell, stop)


def require_sites(region: ReadRegion, folder: Path) -> None:
    """Raise `InstanceError` for stations on a network that are no sites of the siting plan in a folder."""
    sites = read_csv(folder / "sites.csv", dtype={"site": str}, keep_default_na=False)["site"].tolist()
    raise_all(list(unknown_sites(region.study, sites)), region.source, plain(region.source.tree))


def _sited(region: ReadRegion, folder: Path, tell: Tell, stop: threading.Event) -> dict[str, Any]:
    """Return the summary of the siting plan, made unless its folder holds it."""
    from evplan.siting.read import named_files
    from evplan.siting.results import Asked, plan_and_write

    said = region.study
    own = work_of(
        "siting",
        region.siting.path,
        named_files(region.siting.study),
        gap=said.siting_gap,
        time_limit=said.siting_time_limit_s,
    )
    if (had := known(folder, own)) is not None:
        return had
    options = make_options(said.siting_gap, said.siting_time_limit_s, verbose=False)
    with recorded(folder, own, stopped=stop.is_set):
        made = plan_and_write(region.siting, _stoppable(options, stop), folder, Asked(), tell)
    if stop.is_set():
        raise StoppedError(AGAIN)
    return made


AGAIN = "stopped; what is done is kept: the same command goes on from there"


def _stoppable(options: Options, stop: threading.Event) -> Options:
    from dataclasses import replace

    return replace(options, stop=stop)


def _each_planned(own: list[Stationed], workers: Workers, tell: Tell, stop: threading.Event) -> list[Stationed]:
    """Return stations with the summaries of their plans, those that are missing planned side by side."""
    kept = [_had(one) for one in own]
    missing = [i for i, had in enumerate(kept) if had is None]
    done = len(own) - len(missing)
    lock = threading.Lock()
    said: dict[int, dict[str, Any]] = {}

    def one(i: int) -> None:
        nonlocal done
        found = workers.run(
            plan_station,
            own[i].file.absolute(),
            own[i].folder.absolute(),
            tell=partial(_of, tell, own[i].name),
            stop=stop,
        )
        with lock:
            said[i] = found
            done += 1
            tell(own[i].name, "")
            tell("stations", f"{done} of {len(own)}")

    tell("stations", f"{done} of {len(own)}")
    try:
        run_all(one, missing, stop, workers.size)
    except LostError:
        if stop.is_set():
            raise StoppedError(AGAIN) from None
        raise
    tell("stations", "")
    return [
        station.with_plan(said[i] if had is None else had)
        for i, (station, had) in enumerate(zip(own, kept, strict=True))
    ]


def _had(one: Stationed) -> dict[str, Any] | None:
    """Return what is known of a station's plan: its summary, or why its file is none; None where it is to be planned."""
    try:
        return known(one.folder, station_work(one.file))
    except InstanceError as error:
        return _refused(error)


def _refused(error: Exception) -> dict[str, Any]:
    return {"kind": "refused", "why": str(error), "status": type(error).__name__}


def _of(tell: Tell, name: str, what: str, known: str) -> None:
    """Tell what is known of a station, whatever it is about."""
    tell(name, f"{what}: {known}" if known else "")


def station_work(file: Path) -> Work:
    """Return what the plan of a station is made from."""
    from evplan.instance.read import read
    from evplan.scenarios.rows import plan_work

    return plan_work(read(file))


def plan_station(file: Path, folder: Path, tell: Callable[[str, str], None]) -> dict[str, Any]:
    """Return the summary of a station's plan, made and written; of one that cannot be planned, why."""
    from evplan.plan import solve_and_write

    try:
        with recorded(folder, station_work(file)):
            solve_and_write(file, folder, progress=tell)
    except REFUSED as error:
        return _refused(error)
    return sealed(folder, "plan")

"""Faults of the files that an instance names: weather, ageing model, series."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from evplan.instance.base import LEAP_DAY, Column, SeriesFile
from evplan.instance.faults import Fault
from evplan.instance.named import SHIPPED
from evplan.instance.programme import programme_faults
from evplan.instance.schema import Instance
from evplan.instance.series import series_fault
from evplan.instance.sessions import session_faults
from evplan.instance.source import Loc
from evplan.instance.suggest import did_you_mean
from evplan.paths import models_dir

MISSING_FILE = "no such file (paths are relative to the instance file)"


def file_faults(instance: Instance, folder: Path) -> list[Fault]:
    """Return the faults of the files that the instance names, relative to its folder."""
    faults = [*weather_faults(instance.weather.file, folder, ("weather", "file"))]
    battery, step = instance.catalogue.battery, instance.horizon.step_minutes
    if battery is not None and battery.ageing_model is not None:
        faults += _ageing_model(battery.ageing_model, folder)
    for i, site in enumerate(instance.sites):
        faults += _series(site.demand.peak_days, ("sites", i, "demand", "peak_days"), folder, step)
        series: dict[Loc, Column | None] = {("demand", "load_kw"): site.demand.load_kw, ("load_kw",): site.load_kw}
        series |= {
            ("solar_arrays", j, "yield_kw_per_kw"): a.yield_kw_per_kw for j, a in enumerate(site.solar_arrays or ())
        }
        faults += [fault for loc, said in series.items() for fault in _series(said, ("sites", i, *loc), folder, step)]
        if site.demand.managed is not None and site.demand.managed.sessions is not None:
            wrong = session_faults(site.demand.managed.sessions, folder, instance.horizon.timezone)
            place: Loc = ("sites", i, "demand", "managed", "sessions")
            faults += [Fault((*place, field), message) for field, message in wrong]
        for j, use in enumerate(site.programmes):
            if use.name in [before.name for before in site.programmes[:j]]:
                faults.append(
                    Fault(("sites", i, "programmes", j, "name"), f"is asked for already (got {use.name!r} again)")
                )
            faults += programme_faults(use, ("sites", i, "programmes", j), folder, instance.finance.currency)
    if instance.carbon is not None:
        faults += _series(instance.carbon.grid_series, ("carbon", "grid_series"), folder, step)
    for name, tariff in instance.tariffs.items():
        faults += _series(tariff.energy_series, ("tariffs", name, "energy_series"), folder, step)
        for j, line in enumerate(tariff.demand):
            faults += _series(line.where, ("tariffs", name, "demand", j, "where"), folder, step)
    return faults


def _series(series: Column | None, loc: Loc, folder: Path, step_minutes: int) -> list[Fault]:
    if series is not None and max(series.step_minutes, step_minutes) % min(series.step_minutes, step_minutes):
        message = f"must divide horizon.step_minutes = {step_minutes}, or be divided by it (got {series.step_minutes})"
        return [Fault((*loc, "step_minutes"), message)]
    start = series.start if isinstance(series, SeriesFile) else None
    if start is not None and (start.month, start.day) == LEAP_DAY:
        return [Fault((*loc, "start"), "is no day of the planned year; begin the rows a day later")]
    wrong = series_fault(series, folder) if series is not None else None
    return [Fault((*loc, wrong[0]), wrong[1])] if wrong else []


def weather_faults(file: str, folder: Path, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with the name of a weather file."""
    if file.startswith(SHIPPED):
        name, known = file[len(SHIPPED) :], _shipped_weather()
        if name not in known:
            yield Fault(loc, f"pvlib ships no weather file {name!r}{did_you_mean(name, known)}")
    elif not _is_file(folder / file):
        yield Fault(loc, f"{MISSING_FILE}; `pvlib:723170TYA.CSV` names one that pvlib ships")


def _shipped_weather() -> list[str]:
    """Return the TMY3 files in pvlib's data folder, found without the seconds that importing pvlib takes."""
    spec = find_spec("pvlib")
    folders = spec.submodule_search_locations if spec else None
    return sorted(path.name for folder in folders or () for path in Path(folder, "data").glob("*TY*.CSV"))


def _ageing_model(name: str, folder: Path) -> Iterator[Fault]:
    loc = ("catalogue", "battery", "ageing_model")
    if name.endswith(".npz"):
        if not _is_file(folder / name):
            yield Fault(loc, MISSING_FILE)
        return
    known = sorted(path.stem for path in models_dir().glob("*.npz"))
    if name not in known:
        yield Fault(loc, f"there is no model {name!r} in models/{did_you_mean(name, known)}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a null in it
        return False

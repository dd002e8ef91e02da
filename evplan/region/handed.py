"""Who comes to a station's plan, recomputed year by year from what siting and the city have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.errors import InstanceError
from evplan.instance.read import read
from evplan.region.read import ReadRegion
from evplan.region.tables import REFUSED

if TYPE_CHECKING:
    import pandas as pd

HANDED = 1e-6  # of the energy, or of a tenth of a session a day: to which plan files round
DRAWN, DAYS = 5e-3, 365  # of the energy: a year does not begin and end on the same weekday


def as_built(stations: list[str], built: pd.DataFrame, flows: pd.DataFrame, phases: list[str]) -> list[str]:
    """Return sites that the siting plan builds and that give energy from then on, and are no station here, or the other way round.

    built : its stations.
    """
    begun = built[built["action"].isin(["open", "upgrade", "extend"])]
    wanted = set()
    for name, own in begun.groupby("site"):
        first = min(phases.index(phase) for phase in own["phase"])
        here = flows[(flows["site"] == name) & flows["phase"].isin(phases[first:])]
        if here["kwh_day"].sum() > 0:
            wanted.add(str(name))
    return sorted(wanted.symmetric_difference(stations))


def as_handed(region: ReadRegion, row: dict[str, Any], folder: Path, flows: pd.DataFrame, areas: pd.DataFrame) -> bool:
    """Return whether those who come in each year of a plan have the energy of the siting plan, or its part of the city's."""
    try:
        own = read(folder / row["run"] / "plan.yaml").instance
    except InstanceError:
        return bool(row["state"] == REFUSED)
    site, demand = own.sites[0], own.sites[0].demand
    if site.setting != row["setting"] or demand.sessions_per_day is None or demand.energy_kwh is None:
        return False
    here, city = flows[flows["site"] == row["station"]], _city(region, folder)
    for year in range(1, own.horizon.years + 1):
        comes = demand.sessions_per_day * demand.energy_kwh.mean * demand.level(year)
        phase = _phase(region, row, int(row["opens"]) + year - 0.5)
        wanted = _energy(
            here[here["phase"] == phase], areas[areas["phase"] == phase], city, int(row["opens"]) + year - 1
        )
        if abs(comes - wanted) > HANDED * max(wanted, demand.energy_kwh.mean / 10):
            return False
    return True


def over_shared(region: ReadRegion, rows: list[dict[str, Any]], folder: Path) -> list[str]:
    """Return the years in which stations together are to give more than the whole city wants; none without a city."""
    city, wrong = _city(region, folder), list[str]()
    plans = [(int(row["opens"]), read(folder / row["run"] / "plan.yaml").instance.sites[0].demand) for row in rows]
    for i, year in enumerate(city["years"] if city else ()):
        wants = city["urban_kwh_per_day"][i] + city["rural_kwh_per_day"][i]
        comes = sum(
            demand.sessions_per_day * demand.energy_kwh.mean * demand.level(year - opens + 1)
            for opens, demand in plans if year >= opens and demand.sessions_per_day is not None and demand.energy_kwh is not None
        )  # fmt: skip
        if comes > wants * (1 + HANDED):
            wrong.append(str(year))
    return wrong


def as_drawn(row: dict[str, Any], said: dict[str, Any], folder: Path) -> bool:
    """Return whether the energy wanted of a plan in its first year, served or turned away, is what comes a day over its days."""
    demand = read(folder / row["run"] / "plan.yaml").instance.sites[0].demand
    assert demand.sessions_per_day is not None and demand.energy_kwh is not None
    wanted = demand.sessions_per_day * demand.energy_kwh.mean * demand.level(1) * DAYS
    site = said["sites"][0]
    return abs(float(site["energy_served_kwh"]) + float(site["energy_turned_away_kwh"]) - wanted) <= DRAWN * wanted


def _city(region: ReadRegion, folder: Path) -> dict[str, Any]:
    there = region.city_folder(folder)
    return dict(json.loads((there / "city.json").read_text(encoding="utf-8"))) if there is not None else {}


def _phase(region: ReadRegion, row: dict[str, Any], moment: float) -> str:
    """Return the phase in which a moment lies, none before the station's own; after the last, that."""
    ends, begun, found = float(region.base.instance.horizon.start.year), False, ""
    for phase in region.siting.study.phases:
        begun, ends = begun or phase.name == row["phase"], ends + phase.years
        if begun:
            found = phase.name
            if moment < ends:
                break
    return found


def _energy(flows: pd.DataFrame, areas: pd.DataFrame, city: dict[str, Any], year: int) -> float:
    """Return the energy that areas send to a station in a phase, kWh a day; with a city, as parts of what it wants where they lie."""
    if not city:
        return float(flows["kwh_day"].sum())
    at, total = min(city["years"].index(min(year, city["years"][-1])), len(city["years"]) - 1), 0.0
    for setting in ("urban", "rural"):
        own = areas[areas["setting"] == setting]
        sent, wanted = (
            float(flows.loc[flows["area"].isin(own["area"]), "kwh_day"].sum()),
            float(own["wanted_kwh_day"].sum()),
        )
        total += sent / wanted * city[f"{setting}_kwh_per_day"][at] if wanted else 0.0
    return total

"""Who comes to a station's plan, recomputed from what siting and the city have written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.instance.read import read
from evplan.region.read import ReadRegion
from evplan.siting.study import Phase

if TYPE_CHECKING:
    import pandas as pd

HANDED = 1e-6  # of the energy, or of a tenth of a session a day: to which plan files round
DRAWN, DAYS = 5e-3, 365  # of the energy: a year does not begin and end on the same weekday


def as_handed(region: ReadRegion, row: dict[str, Any], folder: Path, flows: pd.DataFrame, areas: pd.DataFrame) -> bool:
    """Return whether those who come in each year of a plan have the energy of the siting plan, or its share of the city's."""
    own = read(folder / row["run"] / "plan.yaml").instance
    site, demand = own.sites[0], own.sites[0].demand
    if site.setting != row["setting"] or demand.sessions_per_day is None or demand.energy_kwh is None:
        return False
    given = flows[flows["site"] == row["station"]].groupby("phase")["kwh_day"].sum()
    phases = region.siting.study.phases
    values = [float(given.get(phase.name, 0.0)) for phase in phases]
    city: list[float] = []
    if region.study.city is not None:
        there = areas[areas["setting"] == row["setting"]].groupby("phase")["wanted_kwh_day"].sum()
        values = [min(1.0, kwh / float(there[phase.name])) for kwh, phase in zip(values, phases, strict=True)]
        if abs(row["city_share"] - values[[phase.name for phase in phases].index(row["phase"])]) > HANDED:
            return False
        run = json.loads((folder / "city" / region.study.city.name / "city.json").read_text(encoding="utf-8"))
        city = run[f"{row['setting']}_kwh_per_day"][run["years"].index(row["opens"]) :]
    for year in range(1, own.horizon.years + 1):
        comes = demand.sessions_per_day * demand.energy_kwh.mean * demand.level(year)
        after = (
            row["opens"] - region.base.instance.horizon.start.year + year - 0.5
        )  # the middle of the year, since the first phase began
        wanted = _between(phases, row["phase"], values, after) * (city[min(year, len(city)) - 1] if city else 1.0)
        if abs(comes - wanted) > HANDED * max(wanted, demand.energy_kwh.mean / 10):
            return False
    return True


def _between(phases: Sequence[Phase], opens: str, values: list[float], after: float) -> float:
    """Return a value of phases some years after the first began: on the line between the middles of the two about it."""
    begun, ends, points = False, 0.0, list[tuple[float, float]]()
    for phase, value in zip(phases, values, strict=True):
        begun, ends = begun or phase.name == opens, ends + phase.years
        if begun:
            points.append((ends - phase.years / 2, value))
    earlier = [point for point in points if point[0] <= after] or points[:1]
    later = [point for point in points if point[0] > after] or points[-1:]
    (left, low), (right, high) = earlier[-1], later[0]
    return low if right <= left else low + (high - low) * (after - left) / (right - left)


def as_drawn(row: dict[str, Any], said: dict[str, Any], folder: Path) -> bool:
    """Return whether the energy wanted of a plan in its first year, served or turned away, is what comes a day over its days."""
    demand = read(folder / row["run"] / "plan.yaml").instance.sites[0].demand
    assert demand.sessions_per_day is not None and demand.energy_kwh is not None
    wanted = demand.sessions_per_day * demand.energy_kwh.mean * demand.level(1) * DAYS
    site = said["sites"][0]
    return abs(float(site["energy_served_kwh"]) + float(site["energy_turned_away_kwh"]) - wanted) <= DRAWN * wanted

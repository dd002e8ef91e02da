"""A station's part of its city's charging, year by year: of what the city wants in each setting, the part that siting sends there.

kWh(y) = sum over settings of share(setting, phase of y) * what the city wants there in y
share  = what areas of the setting send to the station / what areas of the setting want, in a phase
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evplan.csvs import read_csv
from evplan.errors import InputError
from evplan.instance.context import SPREAD, CityRun, read_run
from evplan.region.read import ReadRegion
from evplan.siting.station import LEAST_SESSIONS, MOST_YEARS, Station

SETTINGS = ("urban", "rural")


@dataclass(frozen=True)
class Shared:
    """Energy of a station in each of its years until it stays, kWh a day, shape (years,). file : city.json.  session_kwh : mean.

    of_city : the part of the city's charging in its first year.
    """

    file: Path
    kwh_day: np.ndarray
    session_kwh: float
    of_city: float

    def demand(self) -> dict[str, Any]:
        """Return what a plan file says of who comes, in place of what siting knows."""
        mean = round(self.session_kwh, 3)
        sessions = round(max(float(self.kwh_day[0]) / mean, LEAST_SESSIONS), 3)
        return {
            "sessions_per_day": sessions,
            "by_year": [round(level, 9) for level in (self.kwh_day / (sessions * mean)).tolist()],
            "energy_kwh": {"mean": mean, "sd": round(SPREAD * mean, 3)},
        }


def shared(region: ReadRegion, stations: list[Station], folder: Path) -> list[Shared | None]:
    """Return each station's part of the city, None for all where the region names none. folder : of the region.

    Raises: InputError where the city is not run for the year in which a station opens.
    """
    if (there := region.city_folder(folder)) is None:
        return [None] * len(stations)
    file = there / "city.json"
    city, names = read_run(file), [phase.name for phase in region.siting.study.phases]
    areas = read_csv(folder / "siting" / "areas.csv", dtype={"phase": str, "area": str}, keep_default_na=False)
    flows = read_csv(
        folder / "siting" / "flows.csv", dtype={"phase": str, "area": str, "site": str}, keep_default_na=False
    )
    setting = areas.drop_duplicates("area").set_index("area")["setting"]
    wants = areas.groupby(["phase", "setting"])["wanted_kwh_day"].sum()
    sent = flows.assign(setting=flows["area"].map(setting)).groupby(["site", "phase", "setting"])["kwh_day"].sum()

    def share(one: Station, kind: str) -> np.ndarray:
        pairs = ((float(sent.get((one.name, name, kind), 0.0)), float(wants.get((name, kind), 0.0))) for name in names)
        return np.array([kwh / wanted if wanted > 0 else 0.0 for kwh, wanted in pairs])

    return [_of(region, one, city, file, {kind: share(one, kind) for kind in SETTINGS}) for one in stations]


def _of(region: ReadRegion, one: Station, city: CityRun, file: Path, share: dict[str, np.ndarray]) -> Shared:
    study, start = region.siting.study, region.base.instance.horizon.start.year
    opens = start + one.opens(study)
    if opens not in city.years:
        raise InputError(
            f"{region.path}: city: {city.city} is run from {city.years[0]} to {city.years[-1]}, and {one.name} opens in {opens}; "
            "let the city file run for more years"
        )
    at, phases = city.years.index(opens), one.phases(study)
    years = np.arange(max(len(phases), len(city.years) - at))[:MOST_YEARS]
    phase, then = phases[np.minimum(years, len(phases) - 1)], np.minimum(at + years, len(city.years) - 1)
    there = {"urban": np.array(city.urban_kwh_per_day)[then], "rural": np.array(city.rural_kwh_per_day)[then]}
    kwh_day = sum((share[kind][phase] * there[kind] for kind in SETTINGS), np.zeros(len(years)))
    whole = float(there["urban"][0] + there["rural"][0])
    return Shared(file, kwh_day, city.kwh_per_session[at], float(kwh_day[0]) / whole if whole else 0.0)

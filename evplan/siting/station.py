"""Stations of a siting plan, read from its tables: where and when each is built, what stands there, and what energy it is to give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.csvs import read_csv
from evplan.siting.study import SitingStudy

if TYPE_CHECKING:
    import pandas as pd

SESSION_KWH = {
    "slow": (14.0, 8.0),
    "fast": (30.0, 14.0),
}  # mean and deviation, an assumption: sessions by kind of station
FAST_KW = 43.0
PROFILES = {"urban": "urban-fast", "rural": "rural-corridor"}  # of data/profiles
BUILDS = ("open", "upgrade", "extend")
LEAST_SESSIONS = 0.1  # a day
MOST_YEARS = 60  # that a plan may have


@dataclass(frozen=True)
class Station:
    """A site at which the plan builds.

    phase : number of the phase from which it gives energy.  action : what is done there first.
    kwh_day : that it gives in each phase, of all types.  fast_share : of it by fast types, in that phase.
    stood, stands : ports of each type before and after.
    """

    name: str
    lat: float
    lon: float
    setting: str
    phase: int
    action: str
    kwh_day: tuple[float, ...]
    fast_share: float
    stood: dict[str, int]
    stands: dict[str, int]

    @property
    def wanted_kwh_day(self) -> float:
        """Return what it gives a day in the phase in which it is built."""
        return self.kwh_day[self.phase]

    @property
    def session_kwh(self) -> tuple[float, float]:
        """Return mean and deviation of its sessions' energy, kWh: those of slow and fast ones by their energy."""
        slow, fast = (np.array(SESSION_KWH[kind]) for kind in ("slow", "fast"))
        mean, deviation = (1 - self.fast_share) * slow + self.fast_share * fast
        return round(float(mean), 3), round(float(deviation), 3)

    def opens(self, study: SitingStudy) -> int:
        """Return how many years after the first it is built: those of the phases before its own, whole."""
        return round(sum(phase.years for phase in study.phases[: self.phase]))

    def phases(self, study: SitingStudy) -> np.ndarray:
        """Return the phase in which the middle of each of its years lies, until the last phase, in which all later ones count."""
        ends, last = np.cumsum([phase.years for phase in study.phases]), len(study.phases) - 1
        found = np.searchsorted(ends, self.opens(study) + 0.5 + np.arange(MOST_YEARS), side="right")
        found = np.clip(found, self.phase, last)
        return found[: int(np.argmax(found == last)) + 1] if last in found else found

    def demand(self, study: SitingStudy) -> dict[str, Any]:
        """Return what a plan file says of who comes: the plan's energy of each phase, and no more after the last."""
        mean, deviation = self.session_kwh
        sessions = round(max(self.wanted_kwh_day / mean, LEAST_SESSIONS), 3)
        path = np.array(self.kwh_day)[self.phases(study)] / (sessions * mean)
        return {
            "sessions_per_day": sessions, "by_year": [round(level, 9) for level in path.tolist()],
            "energy_kwh": {"mean": mean, "sd": deviation}, "matched": True, "arrival_profile": PROFILES[self.setting],
            **({"min_charger_kw": 50} if self.fast_share > 0.5 else {}), "max_wait_min": 10,
        }  # fmt: skip


def stations_of(study: SitingStudy, folder: Path) -> list[Station]:
    """Return the sites at which a plan builds and that give energy from then on, in the order of its tables. folder : of the plan."""
    return list(
        _stations(
            study,
            read_csv(folder / "sites.csv", dtype={"site": str}, keep_default_na=False),
            read_csv(folder / "stations.csv", dtype={"site": str, "phase": str}, keep_default_na=False),
        )
    )


def _stations(study: SitingStudy, sites: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Station]:
    phases = [phase.name for phase in study.phases]
    fast = [kind.name for kind in study.types if kind.power_kw >= FAST_KW]
    by_site = dict(list(rows.groupby("site", sort=False)))
    for site in sites.to_dict("records"):
        own = by_site.get(site["site"])
        built = own[own["action"].isin(BUILDS)] if own is not None else rows[:0]
        kwh = own.groupby("phase")["served_kwh_day"].sum() if own is not None else {}
        given = tuple(float(kwh.get(name, 0.0)) for name in phases)
        begun = next((t for t, name in enumerate(phases) if (built["phase"] == name).any()), len(phases))
        gives = next((t for t in range(begun, len(phases)) if given[t] > 0), None)
        if own is None or gives is None:
            continue
        first, now = (own[own["phase"] == phases[t]] for t in (begun, gives))
        yield Station(
            site["site"], float(site["lat"]), float(site["lon"]), str(site["setting"]), gives,
            str(first.loc[first["action"].isin(BUILDS), "action"].iloc[0]), given,
            float(now.loc[now["type"].isin(fast), "served_kwh_day"].sum()) / given[gives],
            _ports(first, "ports_before"), _ports(now, "ports"),
        )  # fmt: skip


def _ports(rows: pd.DataFrame, column: str) -> dict[str, int]:
    """Return the ports of each type that has any."""
    return {str(kind): int(count) for kind, count in zip(rows["type"], rows[column], strict=True) if count > 0}

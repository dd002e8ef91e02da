"""A station of a region, with its plan once there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from evplan.csvs import read_csv
from evplan.region.limits import Limit
from evplan.siting.station import Station


@dataclass(frozen=True)
class Stationed:
    """A station. name : of its site in plan files.  years : after the first in which it is built.

    share : of its city's charging in each phase.
    said : the summary of its plan, or why there is none.
    """

    name: str
    station: Station
    years: int
    limit: Limit | None
    share: list[float] | None
    folder: Path
    said: dict[str, Any] | None = None

    @property
    def file(self) -> Path:
        """Return its plan file."""
        return self.folder / "plan.yaml"

    @property
    def site(self) -> dict[str, Any] | None:
        """Return what its plan says of it, None where it could not be planned."""
        return self.said["sites"][0] if self.said is not None and self.said["kind"] == "plan" else None

    @property
    def stood(self) -> bool:
        """Return whether something stood there, so that its plan's money is of what the plan adds."""
        return self.site is not None and self.site["appraised_against"] == "nothing new"

    @cached_property
    def adds_kwh(self) -> float | None:
        """Return the energy that its plan adds in the first year, to what is served without it; None where there is no plan."""
        if self.site is None:
            return None
        flows = read_csv(self.folder / "cashflow.csv")
        return float(flows.loc[(flows["level"] == "site") & (flows["year"] == 1), "served_kwh"].sum())

    @property
    def refused(self) -> str:
        """Return why it could not be planned, empty where it was."""
        return "" if self.said is None or self.said["kind"] == "plan" else str(self.said["why"])

    def with_plan(self, said: dict[str, Any]) -> Stationed:
        """Return the station with its plan."""
        return replace(self, said=said)

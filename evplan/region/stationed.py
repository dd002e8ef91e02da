"""A station of a region, with its plan once there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evplan.region.limits import Limit
from evplan.siting.station import Station


@dataclass(frozen=True)
class Stationed:
    """A station. name : of its site in plan files.  years : after the first in which it is built.  share : of its city's charging.

    said : the summary of its plan, or why there is none.
    """

    name: str
    station: Station
    years: int
    limit: Limit | None
    share: float | None
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
    def refused(self) -> str:
        """Return why it could not be planned, empty where it was."""
        return "" if self.said is None or self.said["kind"] == "plan" else str(self.said["why"])

    def with_plan(self, said: dict[str, Any]) -> Stationed:
        """Return the station with its plan."""
        return replace(self, said=said)

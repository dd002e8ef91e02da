"""A station of a region, with its plan once there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evplan.csvs import read_csv
from evplan.instance.finance import Finance
from evplan.instance.later import carried_back
from evplan.parameters.money import discounts, index_of
from evplan.region.limits import Limit
from evplan.region.shared import Shared
from evplan.siting.station import Station


@dataclass(frozen=True)
class Stationed:
    """A station. name : of its site in plan files.  years : after the first in which it is built.

    shared : its part of its city's charging.
    said : the summary of its plan, or why there is none.
    """

    name: str
    station: Station
    years: int
    limit: Limit | None
    shared: Shared | None
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
        return float(self._adds[1])

    @cached_property
    def _adds(self) -> np.ndarray:
        """Return the energy that its plan adds, shape (years + 1,), kWh."""
        flows = read_csv(self.folder / "cashflow.csv")
        return flows.loc[flows["level"] == "site"].sort_values("year")["served_kwh"].to_numpy(float)

    def levelised_kwh(self, finance: Finance) -> float:
        """Return the energy over its life, at prices of the first year and worth in it: what a levelised cost is a cost of."""
        years = len(self._adds) - 1
        worth = index_of(finance, years) * discounts(finance.discount_rate, years, finance.discounting)
        return float(self._adds @ worth) * carried_back(finance, self.years)

    @property
    def refused(self) -> str:
        """Return why it could not be planned, empty where it was."""
        return "" if self.said is None or self.said["kind"] == "plan" else str(self.said["why"])

    def with_plan(self, said: dict[str, Any]) -> Stationed:
        """Return the station with its plan."""
        return replace(self, said=said)

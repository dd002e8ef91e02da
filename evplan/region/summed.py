"""Support, and sums over stations, recomputed from the table of stations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.region.read import ReadRegion
from evplan.region.tables import READY, REFUSED, SUPPORTED, WAITS

if TYPE_CHECKING:
    import pandas as pd

NEAR = 1e-6


def same(one: Any, other: Any) -> bool:
    """Return whether two figures are the same, or both are not there."""
    if missing(one) or missing(other):
        return missing(one) and missing(other)
    return abs(float(one) - float(other)) <= NEAR * max(1.0, abs(float(other)))


def missing(value: Any) -> bool:
    """Return whether a cell of a table holds nothing."""
    return value is None or value == "" or value != value


def support(region: ReadRegion, stations: pd.DataFrame) -> list[str]:
    """Return stations whose state is not what they lack, grants that the pot does not allow, and phases that spend too much."""
    pot, wrong = region.study.pot, []
    rows = stations[stations["state"] != REFUSED].to_dict("records")
    for row in rows:
        lacks = float(row["grant"]) > 0
        if lacks == (row["state"] == READY):
            wrong.append(f"{row['station']}: {row['state']}")
        if row["state"] == SUPPORTED and (
            pot is None
            or row["setting"] not in pot.settings
            or float(row["grant"]) > pot.most_share * float(row["capex"]) * (1 + NEAR)
            or (pot.favours == "energy" and float(row["adds_kwh"]) <= 0)
        ):
            wrong.append(f"{row['station']}: a grant that it may not have")
    if pot is None:
        return wrong
    names = [phase.name for phase in region.siting.study.phases]
    given = np.array(
        [
            sum(float(row["grant"]) for row in rows if row["state"] == SUPPORTED and row["phase"] == name)
            for name in names
        ]
    )
    spent, there = (np.cumsum(given), np.cumsum(pot.by_phase)) if pot.carried else (given, np.array(pot.by_phase))
    return wrong + [f"phase {names[t]}" for t in np.flatnonzero(spent > there * (1 + 2e-6)).tolist()]


def pots(region: ReadRegion, phases: pd.DataFrame) -> list[str]:
    """Return phases whose pot is not the region file's."""
    pot = region.study.pot
    there = pot.by_phase if pot is not None else (0.0,) * len(phases)
    return [
        str(row["phase"])
        for row, money in zip(phases.to_dict("records"), there, strict=True)
        if not same(row["pot"], money)
    ]


def sums(stations: pd.DataFrame, table: pd.DataFrame, by: str) -> list[str]:
    """Return sums that are not those of the stations. by : phase or setting."""
    wrong = []
    for row in table.to_dict("records"):
        own = stations[stations[by] == row[by]]
        built = own[own["state"].isin([READY, SUPPORTED])]
        new = built[built["lcoc_per_kwh"].notna()].astype({"lcoc_per_kwh": float, "levelised_kwh": float})
        found = {
            **{state: int((own["state"] == state).sum()) for state in (READY, SUPPORTED, WAITS, REFUSED)}, "stations": len(own),
            **{name: float(built[name].astype(float).sum()) for name in ("served_kwh", "adds_kwh", "capex", "npv_first_year")},
            "grants": float(own.loc[own["state"] == SUPPORTED, "grant"].astype(float).sum()),
            "grants_lacking": float(own.loc[own["state"] == WAITS, "grant"].astype(float).sum()),
            "lcoc_per_kwh": float(new["lcoc_per_kwh"] @ new["levelised_kwh"] / new["levelised_kwh"].sum()) if len(new) else None,
        }  # fmt: skip
        wrong += [f"{row[by]}: {name}" for name, value in found.items() if not same(row[name], value)]
    return wrong

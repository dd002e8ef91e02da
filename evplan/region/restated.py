"""Figures of a station, recomputed from what its own plan has written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import read_csv
from evplan.region.read import ReadRegion
from evplan.region.summed import same

if TYPE_CHECKING:
    import pandas as pd

LEAD = {"end": 0.0, "middle": 0.5, "beginning": 1.0}  # of a year's amounts before its end, years
FIGURES = {
    "connection_kw": "connection_kw", "pv_kw": "pv_kw", "battery_kwh": "battery_kwh", "battery_kw": "battery_kw", "capex": "capex",
    "served_kwh": "energy_served_kwh", "turned_away_kwh": "energy_turned_away_kwh", "npv": "npv", "irr": "irr",
    "payback_years": "payback_years",
}  # fmt: skip


def as_planned(region: ReadRegion, row: dict[str, Any], said: dict[str, Any], folder: Path) -> bool:
    """Return whether a row says what its plan does. said : the summary of the plan."""
    site, flows = said["sites"][0], read_csv(folder / row["run"] / "cashflow.csv")
    first = flows[(flows["level"] == "site") & (flows["year"] == 1)]
    stood = site["appraised_against"] == "nothing new"
    chargers = ", ".join(f"{count} {kind}" for kind, count in site["chargers"].items() if count)
    grant = same(row["grant"], site["viability_gap"]["grant"]) and same(
        row["grant_per_kwh"], site["viability_gap"]["per_kwh"]
    )
    cost = same(row["lcoc_per_kwh"], None if stood else site["lcoc_per_kwh"]) and same(
        row["levelised_kwh"], None if stood else _levelised(row, flows, region)
    )
    adds = (
        same(row["adds_kwh"], float(first["served_kwh"].sum()))
        and row["status"] == site["status"]
        and same(row["gap"], site["gap"])
    )
    others = all(same(row[own], site[theirs]) for own, theirs in FIGURES.items())
    return grant and cost and adds and others and row["chargers"] == chargers


def _levelised(row: dict[str, Any], flows: pd.DataFrame, region: ReadRegion) -> float:
    """Return a station's energy over its life at prices of the first year and worth in it, year by year."""
    own, total = region.base.instance, 0.0
    rate, rise, lead = own.finance.discount_rate, own.finance.inflation, LEAD[own.finance.discounting]
    risen = 1 if own.finance.prices_of == "first-year" else 0
    for year, kwh in flows.loc[flows["level"] == "site", ["year", "served_kwh"]].itertuples(index=False):
        total += kwh * (1 + rise) ** max(year - risen, 0) / (1 + rate) ** max(year - lead, 0.0)
    return total * ((1 + rise) / (1 + rate)) ** (int(row["opens"]) - own.horizon.start.year)

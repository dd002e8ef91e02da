"""What `evplan region` prints: phases, urban and rural, and what becomes of stations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.region.report import STATES
from evplan.region.verdict import verdict
from evplan.show.plan import console


def show_region(said: dict[str, Any], folder: Path) -> None:
    """Print a region's summary."""
    money = said["currency"]
    table = Table("", *(str(row["phase"]) for row in said["phases"]), "urban", "rural", padding=(0, 1))
    columns = [*said["phases"], *said["settings"]]
    table.add_row("stations", *(f"{row['stations']:,}" for row in columns))
    for state in STATES:
        table.add_row(state, *(f"{row[state]:,}" for row in columns))
    table.add_row("served, MWh a year", *(f"{row['served_kwh'] / 1000:,.0f}" for row in columns))
    table.add_row("new of it, MWh a year", *(f"{row['adds_kwh'] / 1000:,.0f}" for row in columns))
    for name, title in (
        ("capex", "construction"),
        ("npv_first_year", "worth, first year"),
        ("grants", "grants"),
        ("grants_lacking", "lacking"),
    ):
        table.add_row(f"{title}, {money}", *(f"{row[name]:,.0f}" for row in columns))
    console.print(table)
    for sentence in verdict(said):
        console.print(sentence)
    for one in said["notes"][:3]:
        console.print(f"note: {one}")
    if len(said["notes"]) > 3:
        console.print(f"and {len(said['notes']) - 3} more notes of plans, in the report")
    console.print(
        f"claims recomputed from what the steps have written: {len(said['audit'])} of {len(said['audit'])} hold"
    )
    console.print(f"{folder / 'report.html'}")

"""What is printed of a plan that a folder holds already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.report import words
from evplan.show.plan import console


def show_stored(said: dict[str, Any], folder: Path) -> int:
    """Print a plan that was made before of the same work; return its exit code. said : its summary."""
    currency = said["currency"]
    table = Table("", *(f"{site['name']}\n{site['setting']}" for site in said["sites"]), padding=(0, 1))
    rows = {
        "chargers": lambda site: ", ".join(f"{count} {kind}" for kind, count in site["chargers"].items() if count) or "none",
        "connection, kW": lambda site: f"{site['connection_kw']:,.0f}", "panels, kW": lambda site: f"{site['pv_kw']:,.0f}",
        "battery, kWh": lambda site: f"{site['battery_kwh']:,.0f}", "NPV": lambda site: words.money(site["npv"], currency),
        "viability gap": lambda site: words.money(site["viability_gap"]["grant"] or 0.0, currency),
    }  # fmt: skip
    for title, cell in rows.items():
        table.add_row(title, *(cell(site) for site in said["sites"]))
    console.print(table)
    console.print(words.verdict(said["portfolio"], said["finance"]["target_irr"], currency))
    console.print(
        f"{folder} holds this plan already, of the same file, inputs, options and version; --again solves it anew"
    )
    console.print(f"report: {folder / 'report.html'}")
    return 0 if said["status"] == "optimal" else 4

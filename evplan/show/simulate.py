"""What `evplan simulate` prints: policies side by side, and what nobody can be below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.show.plan import console
from evplan.v2x.report import rows, verdict

HEADS = ["", "cost", "regret", "profit", "charged", "given", "served", "least", "over", "peak kW"]


def show_simulation(said: dict[str, Any], folder: Path) -> int:
    """Print a comparison; return the exit code."""
    worlds = f"{said['worlds']:,} world{'s' * (said['worlds'] > 1)}"
    console.print(
        f"{said['ports']:,} ports, {said['vehicles']:,} vehicles in {worlds} of {said['steps']:,} steps of {said['step_minutes']} min; "
        f"{said['refused']:,} found no port; means of a world, amounts in {said['currency']}, energy in kWh"
    )
    table = Table(*HEADS, padding=(0, 0))
    for column in table.columns:
        column.no_wrap, column.justify = True, "left" if column.header == "" else "right"
    for row in rows(said):
        table.add_row(*row)
    console.print(table)
    if found := said["recorded"]:
        ours = {name: one["energy_cost"] for name, one in said["policies"].items()} | {"linear": found["own_linear"]}
        told = [f"{name} {ours[name]:.3f} ({value:.3f})" for name, value in found.items() if name in ours]
        console.print(f"beside what was recorded, in brackets: {', '.join(told)}")
    console.print(verdict(said))
    player = folder / "player.html"
    console.print(f"{folder}" + (f"; step by step: {player}" if player.is_file() else ""))
    return 0

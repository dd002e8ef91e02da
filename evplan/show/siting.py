"""What `evplan siting` prints: phases, groups, and how good the plan is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.report import words
from evplan.show.plan import console
from evplan.siting.classic.median import Sited
from evplan.siting.report import verdict


def show_siting(said: dict[str, Any], folder: Path) -> int:
    """Print a plan's summary; return the exit code: 4 where the gap that was asked was not reached."""
    console.print(
        f"{said['areas']:,} areas, {said['sites']:,} sites of which {said['standing']:,} stand; "
        f"{said['gap']:.2%} from the best that is possible ({said['status']}) after {said['seconds']:.0f} s"
    )
    table = Table("goal", "now", "planned", padding=(0, 1))
    for goal, value in said["goals"].items():
        table.add_row(goal, *(_shown(goal, amount, said["currency"]) for amount in (said["before"][goal], value)))
    console.print(table)
    for group, share in said["groups"].items():
        console.print(f"{group}: {share:.1%} covered in the last phase") if len(said["groups"]) > 1 else None
    console.print(verdict(said))
    for case, why in said["left_out"].items():
        console.print(f"left out of sensitivity: {case} ({why})")
    console.print(
        f"claims recomputed from the tables and their coordinates: {len(said['audit'])} of {len(said['audit'])} hold"
    )
    console.print(f"{folder}")
    return 0 if said["status"] == "optimal" else 4


def show_classic(found: Sited, what: str) -> int:
    """Print the answer of a p-median or maximal-cover instance; return the exit code: 4 where it is not proved."""
    proved = abs(found.bound - found.value) <= 1e-6 * max(abs(found.value), 1.0)
    console.print(
        f"{what}: {found.value:,.10g}" + (", proved" if proved else f"; it cannot be better than {found.bound:,.10g}")
    )
    console.print("sites: " + " ".join(str(site + 1) for site in found.sites))
    return 0 if proved else 4


def _shown(goal: str, value: float, currency: str) -> str:
    if goal in ("coverage", "equity"):
        return f"{value:.1%}"
    if goal in ("cost", "npv"):
        return words.number(value, currency)
    return f"{value:,.0f} {'kWh' if goal == 'served' else 'kg CO2'}"

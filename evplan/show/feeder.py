"""What `evplan feeder` prints: no control beside control, and what else was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.feeder.report import HEADS, broken, money, rows, verdict
from evplan.show.plan import console


def show_feeder(said: dict[str, Any], folder: Path) -> None:
    """Print a plan's summary."""
    console.print(
        f"{said['buses']:,} buses, {said['customers']:,} customers, {said['panels']:,} panels, {said['vehicles']:,} vehicles; "
        f"{said['points']} points of the trade-off"
    )
    shown = rows([*said["baselines"], *([said["chosen"]] if said["control"] else [])])
    table = Table("", *(one[0] for one in shown), padding=(0, 1))
    for k, head in enumerate(HEADS[1:], start=1):
        table.add_row(head, *(one[k] for one in shown))
    console.print(table)
    console.print(verdict(said))
    if "hosting" in said:
        own = said["hosting"]
        console.print(
            f"hosting: {own['kind']} of {own['kw_5']:,.0f} kW in 95 % of orders, {own['kw_50']:,.0f} kW in half"
        )
    if "envelopes" in said:
        own = said["envelopes"]
        console.print(
            f"envelopes: at least {own['draw_kw_least']:.1f} kW to draw and {own['give_kw_least']:.1f} kW to give for everybody, "
            f"in {own['steps']} steps"
        )
    if "phases" in said:
        own = said["phases"]
        console.print(
            f"phases: {own['moved']} charge points moved, unbalance without control {own['before_a']:.1f} to {own['after_a']:.1f} A "
            f"({own['how']})"
        )
    if "volt_var" in said:
        console.print(f"volt-var, without control: {broken(said['volt_var']) or 'all limits are kept'}")
    for one in said.get("upgrade", []):
        lacks = f", vehicles lack {one['lacking_kwh']:.1f} kWh a day" if one["lacking_kwh"] > 0.05 else ""
        console.print(
            f"{one['choice']}: {money(one['yearly'], said['currency'])} a year; {broken(one) or 'limits are kept'}{lacks}"
        )
    if "connection" in said:
        own = said["connection"]
        more = f", {own['upgraded']:,.1f} kW with the larger transformer" if "upgraded" in own else ""
        console.print(
            f"a station at bus {own['bus']} may draw {own['now']:,.1f} kW at any time{more}: {folder / 'site.yaml'}"
        )
    if "nsga2" in said and said["hypervolume"] is not None:
        console.print(f"hypervolume {said['hypervolume']:.3f}, NSGA-II {said['nsga2']['hypervolume']:.3f}")
    console.print(f"claims recomputed from powers and admittances: {len(said['checks'])} of {len(said['checks'])} hold")
    console.print(f"{folder}")

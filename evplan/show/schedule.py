"""What `evplan schedule` prints: the plan beside what operators do today, and who gets less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.errors import NoPlanError
from evplan.report import words
from evplan.schedule.answer import lacking
from evplan.schedule.problem import Problem
from evplan.schedule.replay import HINDSIGHT, WITH_PAST
from evplan.schedule.report import rows
from evplan.schedule.solve import Found
from evplan.show.plan import console

MOST = 10
PROVED = 2e-3  # relative gap: wider ones end with the code of a time-out


def show_schedule(said: dict[str, Any], problem: Problem, found: Found, folder: Path) -> int:
    """Print a schedule; return the exit code."""
    currency, own = said["currency"], said["figures"]
    span = f"{said['steps']:,} steps of {said['step_minutes']} min from {said['begins']}"
    console.print(f"{own['sessions']:,} sessions, {span}; {own['asked_kwh']:,.1f} kWh asked for; amounts in {currency}")
    _figures({"this plan": own, **said["policies"]})
    less = lacking(problem, found.decision)
    for one in less[:MOST]:
        console.print(f"{one.name}: {one.delivered_kwh:.2f} of {one.asked_kwh:.2f} kWh: {one.why}")
    if len(less) > MOST:
        console.print(f"and {len(less) - MOST:,} more: {folder / 'sessions.csv'}")
    if own["excess_kwh"] > 1e-6:
        console.print(
            f"the limit is passed by {own['excess_kwh']:.1f} kWh: the building alone takes more, or a price allows it"
        )
    if low := said["ocpp_periods_below_6_a"]:
        console.print(
            f"{low:,} periods of the OCPP messages are below 6 A, where vehicles pause: say `min_current_a: 6` under chargers"
        )
    console.print(f"at most {found.gap:.1e} dearer than any plan ({found.solver}, {found.seconds:.2f} s); {folder}")
    if found.gap <= PROVED:
        return 0
    console.print("the search ended before it was proved; --time-limit gives it longer")
    return NoPlanError.exit_code


def show_replay(said: dict[str, Any], folder: Path) -> int:
    """Print a replay; return the exit code."""
    currency, everybody = said["currency"], said["everybody"]
    own = everybody[HINDSIGHT]
    span = f"{said['steps']:,} steps of {said['step_minutes']} min from {said['begins']}"
    console.print(f"{own['sessions']:,} sessions as they came and left, {span}; amounts in {currency}")
    _figures(everybody, {name: one["total"] for name, one in everybody.items()})
    console.print(
        f"total: with shortfalls at {said['shortfall_price_per_kwh']:g} {currency}/kWh; nobody could serve what stays did not allow"
    )
    anew = everybody[WITH_PAST]
    each = 1000 * anew["seconds"] / max(1, anew["plans"])
    console.print(f"planned anew {anew['plans']:,} times, {each:.0f} ms each; {folder}")
    return 0


def _figures(plans: dict[str, dict[str, Any]], totals: dict[str, float] | None = None) -> None:
    """Print a row for each plan. totals : with shortfalls at their price, a column more; amounts without cents then."""
    heads = ["", "served", "short", "peak kW", "energy", "demand", "cost"] + (["total"] if totals else [])
    table = Table(*heads, padding=(0, 0))
    for column in table.columns:
        column.no_wrap, column.justify = True, "left" if column.header == "" else "right"
    for row, name in zip(rows(plans, 0 if totals else 2), plans, strict=True):
        table.add_row(*row, *([words.number(totals[name], "")] if totals else []))
    console.print(table)
    console.print(
        "served: of the energy asked for; short: sessions that get less; energy: less export; demand: of the peak above the month's; "
        "cost: both, and wear"
    )

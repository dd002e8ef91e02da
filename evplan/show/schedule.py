"""What `evplan schedule` prints: the plan beside what operators do today, and who gets less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from evplan.report import words
from evplan.schedule.answer import lacking
from evplan.schedule.problem import Problem
from evplan.schedule.solve import Found
from evplan.show.plan import console

MOST = 10


def show_schedule(said: dict[str, Any], problem: Problem, found: Found, folder: Path) -> int:
    """Print a schedule; return the exit code."""
    currency, own = said["currency"], said["figures"]
    span = f"{said['steps']:,} steps of {said['step_minutes']} min from {said['begins']}"
    console.print(f"{own['sessions']:,} sessions, {span}; {own['asked_kwh']:,.1f} kWh asked for; amounts in {currency}")
    table = Table("", "served", "short", "peak kW", "energy", "demand", "cost", padding=(0, 0))
    for column in table.columns:
        column.no_wrap, column.justify = True, "left" if column.header == "" else "right"
    for name, one in {"this plan": own, **said["policies"]}.items():
        table.add_row(
            name, words.percent(one["satisfaction"], 1), f"{one['sessions_short']:,}", f"{one['peak_kw']:,.1f}",
            words.number(one["energy_cost"] - one["export_income"], "", 2), words.number(one["demand_cost"], "", 2),
            words.number(one["cost"], "", 2),
        )  # fmt: skip
    console.print(table)
    console.print(
        "served: of the energy asked for; short: sessions that get less; energy: less export; demand: of the peak above the month's; "
        "cost: both, and wear"
    )
    less = lacking(problem, found.decision)
    for one in less[:MOST]:
        console.print(f"{one.name}: {one.delivered_kwh:.1f} of {one.asked_kwh:.1f} kWh: {one.why}")
    if len(less) > MOST:
        console.print(f"and {len(less) - MOST:,} more: {folder / 'sessions.csv'}")
    if own["excess_kwh"] > 1e-6:
        console.print(
            f"the limit is passed by {own['excess_kwh']:.1f} kWh: the building alone takes more, or a price allows it"
        )
    console.print(f"at most {found.gap:.1e} dearer than any plan ({found.solver}, {found.seconds:.2f} s); {folder}")
    return 0

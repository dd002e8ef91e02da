"""What the command line prints: live progress, and tables at the end. Nothing else prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from evplan.finance.appraise import Appraised
from evplan.report import words
from evplan.report.run import Run
from evplan.sites import Progress
from evplan.solution.tables import SiteSolution

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def live(plain: bool = False) -> Iterator[Progress]:
    """Yield a progress function that keeps one line per subject, with seconds, while work goes on.

    plain : Print each message on its own line instead, as when a solver writes its own log.
    """
    begun = time.perf_counter()
    state: dict[str, str] = {}

    def table() -> Table:
        grid = Table.grid(padding=(0, 2))
        for what, known in state.items():
            grid.add_row(what, known)
        grid.add_row("", f"{time.perf_counter() - begun:.0f} s")
        return grid

    if plain or not errors.is_terminal:
        seen: dict[str, float] = {}

        def tell(what: str, known: str) -> None:
            now = time.perf_counter()
            if now - seen.get(what, -9.0) >= 5.0 or what not in seen:
                seen[what] = now
                errors.print(f"{now - begun:6.1f} s  {what}: {known}")

        yield tell
        return
    with Live(get_renderable=table, console=errors, refresh_per_second=8, transient=True):
        yield state.__setitem__


def show_run(run: Run, folder: Path) -> None:
    """Print a run: a column per site, the verdict on the proof, and where the report is."""
    currency = run.read.instance.finance.currency
    table = Table(title=run.read.instance.title or str(run.read.path), title_justify="left")
    table.add_column("")
    for plan, site in zip(run.plans, run.read.instance.sites, strict=True):
        table.add_column(f"{plan.name}\n{site.setting}", justify="right")
    table.add_column("portfolio", justify="right")
    columns = [
        _plan(plan) | _money(money, currency) for plan, money in zip(run.plans, run.appraisal.sites, strict=True)
    ]
    columns.append(_money(run.appraisal.portfolio, currency))
    for name in columns[0]:
        table.add_row(name, *(column.get(name, "") for column in columns))
    console.print(table)
    proof = "proved" if run.status == "optimal" else f"not proved ({run.status})"
    console.print(
        f"{proof}: objective {words.money(run.objective, currency)}, bound {words.money(run.bound, currency)}, "
        f"gap {words.percent(run.gap, 3)}"
    )
    console.print(f"checked: worst residual {run.worst_residual:.1e}; {run.seconds['total']:.1f} s in all")
    for warning in run.parameters.warnings:
        console.print(f"note: {warning}")
    console.print(f"report: {folder / 'report.html'}")


def _plan(plan: SiteSolution) -> dict[str, str]:
    return {
        "chargers": ", ".join(f"{n} x {name}" for name, n in plan.chargers.items() if n) or "none",
        "solar": words.number(plan.solar_kw, "kW", 1),
        "battery": f"{plan.battery_kwh:,.1f} kWh, {plan.battery_kw:,.1f} kW",
        "grid connection": words.number(plan.connection_kw, "kW"),
    }


def _money(money: Appraised, currency: str) -> dict[str, str]:
    metrics, gap = money.metrics, money.gap
    irr = {"unique": words.percent(metrics.irr.value), "none": "none", "several": "several"}[metrics.irr.status]
    return {
        "construction": words.money(metrics.capex, currency),
        "net present value": words.money(metrics.npv, currency),
        "internal rate of return": irr,
        "payback": words.number(metrics.payback_years, "years", 1),
        "levelised cost": words.number(metrics.lcoc_per_kwh, f"{currency}/kWh", 3),
        f"grant for {gap.target_irr:.0%} return": "not closable"
        if gap.grant is None
        else words.money(gap.grant, currency),
    }


def show_comparison(rows: list[dict[str, Any]], path: Path) -> None:
    """Print and write the comparison of scenarios and solvers: a column each."""
    import pandas as pd

    from evplan.paths import replacing

    with replacing(path) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
    forms = {
        "solver": "{}", "status": "{}", "objective": "{:,.0f}", "bound": "{:,.0f}", "gap": "{:.3%}", "seconds": "{:.1f}",
        "chargers": "{}", "connection_kw": "{:,.0f}", "pv_kw": "{:,.1f}", "battery_kwh": "{:,.1f}", "battery_kw": "{:,.1f}",
        "capex": "{:,.0f}", "npv": "{:,.0f}", "viability_gap_grant": "{:,.0f}", "viability_gap_per_kwh": "{:.3f}", "currency": "{}",
    }  # fmt: skip
    table = Table()
    table.add_column("")
    for row in rows:
        table.add_column(row["scenario"], justify="right", overflow="fold")
    for name, form in forms.items():
        table.add_row(
            name.replace("_", " "), *("–" if row.get(name) is None else form.format(row[name]) for row in rows)
        )
    console.print(table)
    console.print(f"table: {path}")


def show_card(card: dict[str, Any]) -> None:
    """Print what a training run achieved."""
    console.print(f"{card['chemistry']}: trained on {card['samples']:,} samples, seed {card['seed']}")
    for name, value in card["held_out"].items():
        console.print(f"  {name}: {value}")


def show_prediction(chemistry: str, duty: tuple[float, ...], years: float, end_of_life_soh: float) -> None:
    """Print state of health, life and what drives it."""
    from evplan.degradation.duty import Duty
    from evplan.degradation.predict import load_model
    from evplan.degradation.wear import battery_wear

    model, steady = load_model(chemistry), Duty(*duty)
    wear = battery_wear(model, steady, end_of_life_soh)
    life = "60 years or more" if wear.life_years >= 60 else f"{wear.life_years:.1f} years"
    console.print(
        f"{chemistry}: state of health after {years:g} years: {float(wear.soh_by_year(years)):.1%} of new capacity"
    )
    console.print(
        f"life to {end_of_life_soh:.0%}: {life}; time alone causes {wear.calendar_share:.0%} of the fade, cycling the rest"
    )
    for warning in model.warnings(steady):
        console.print(f"warning: {warning}")

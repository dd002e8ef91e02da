"""What `evplan alternatives` prints and writes: a row per plan, the range of every size that costs little."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from evplan.csvs import write_csv
from evplan.report import words
from evplan.report.sealed import clean, seal
from evplan.scenarios.rows import exit_code
from evplan.show.plan import console
from evplan.solution.difference import SIZES, sizes_of
from evplan.studies.alternatives import AlternativesRun
from evplan.studies.near_site import Alternative, SiteAlternatives

if TYPE_CHECKING:
    import pandas as pd


def alternatives_table(run: AlternativesRun) -> pd.DataFrame:
    """Return one row per site and plan, the best first."""
    import pandas as pd

    rows = [
        {"site": site.name, "plan": number, "found_by": one.what, **_figures(one)}
        for site in run.sites
        for number, one in enumerate((site.best, *site.others))
    ]
    return pd.DataFrame(rows)


def _figures(one: Alternative) -> dict[str, Any]:
    sizes = {f"{name}_count" if name in one.plan.chargers else name: size for name, size in sizes_of(one.plan).items()}
    return {
        **sizes, "capex": one.capex, "npv": one.npv, "objective": one.plan.objective, "objective_given_up_share": one.cost_over,
        "first_year_bill": one.plan.bills[0].total, "highest_import_kw": float(one.plan.import_kw.max()),
    }  # fmt: skip


def alternatives_summary(run: AlternativesRun) -> dict[str, Any]:
    """Return the figures of a run, for summary.json."""
    return {
        "kind": "alternatives",
        "currency": run.run.read.instance.finance.currency,
        "instance_sha256": run.run.read.hash,
        "within": run.within,
        "status": run.run.status,
        "gap": run.run.gap,
        "sites": {
            site.name: {
                "plans": [{"found_by": one.what, **_figures(one)} for one in (site.best, *site.others)],
                "ranges": {name: list(ends) for name, ends in site.ranges.items()},
            }
            for site in run.sites
        },
        "seconds": run.seconds,
    }


def write_alternatives(run: AlternativesRun, folder: Path) -> None:
    """Write alternatives.csv and summary.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "alternatives.csv", alternatives_table(run))
    seal(folder, clean(alternatives_summary(run)), ("alternatives.csv",))


def show_alternatives(run: AlternativesRun, folder: Path) -> int:
    """Print a table for every site and the range of its sizes; return the exit code of the plan itself."""
    currency = run.run.read.instance.finance.currency
    for site in run.sites:
        console.print(_table(site, currency))
        if len(site.others) < run.asked:
            few = f"{len(site.others)} of {run.asked}" if site.others else "none"
            console.print(
                f"note: site {site.name}: {few} found that differ materially and give up at most {run.within:.1%}"
            )
        console.print(f"sizes found within {run.within:.1%}: {'; '.join(_ranges(site))}")
    console.print(f"{words.STATUS[run.run.status]}; every plan was checked; {run.seconds:.0f} s in all")
    for kept in run.run.kept_offers:
        console.print(f"note: {kept}")
    console.print(f"tables: {folder / 'alternatives.csv'}, {folder / 'summary.json'}")
    return exit_code(run.run)


def _table(site: SiteAlternatives, currency: str) -> Table:
    table = Table(
        title=f"{site.name}: plans near the best; amounts in {currency}", title_justify="left", padding=(0, 0)
    )
    table.add_column("found by")
    for name in ("chargers", "grid", "solar", "battery", "construction", "NPV", "gives up"):
        table.add_column(name, justify="right")
    for one in (site.best, *site.others):
        plan = one.plan
        table.add_row(
            one.what,
            ", ".join(f"{n} × {name}" for name, n in plan.chargers.items() if n) or "none",
            words.number(plan.connection_kw, "kW"),
            words.number(plan.solar_kw, "kW"),
            f"{words.number(plan.battery_kwh, 'kWh')}, {words.number(plan.battery_kw, 'kW')}",
            words.number(one.capex, ""),
            words.number(one.npv, ""),
            words.percent(one.cost_over, 2),
        )
    return table


def _ranges(site: SiteAlternatives) -> list[str]:
    units = dict.fromkeys(SIZES, "kW") | {"battery_kwh": "kWh"}
    return [
        f"{SIZES.get(name, name)} {low:,.0f} to {high:,.0f} {units.get(name, '')}".strip()
        for name, (low, high) in site.ranges.items()
        if high > 0
    ]

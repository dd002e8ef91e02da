"""What `evplan futures` prints and writes: a line per future, what planning for all of them brings, what knowing would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from evplan.csvs import write_csv
from evplan.errors import NoPlanError
from evplan.report import words
from evplan.report.sealed import clean, seal
from evplan.show.plan import console
from evplan.studies.future_site import SiteFutures
from evplan.studies.futures import FuturesRun

if TYPE_CHECKING:
    import pandas as pd

UNSERVED, UNKNOWN = "cannot: it fails what is owed there", "not known: time ran out; give it more with --time-limit"


def futures_table(run: FuturesRun) -> pd.DataFrame:
    """Return one row per site and future: what the plan for all is worth and does there, beside the central plan and the known."""
    import pandas as pd

    rows = []
    for site in run.sites:
        for f, (future, plan) in enumerate(zip(run.futures, site.plans, strict=True)):
            demand, clock = site.demand_kwh[f], run.central.parameters.context.clock
            rows.append({
                "site": site.name, "future": future.name, "probability": future.probability, "npv": site.npv[f],
                "objective": plan.objective, "objective_central": site.central[f], "objective_known": site.known[f],
                "bound_known": site.known_bound[f],
                "served_share": float(((plan.served_total_kw - plan.v2g_kw) @ clock.year_h).sum() / demand) if demand else 1.0,
                "first_year_bill": plan.bills[0].total, "highest_import_kw": float(plan.import_kw.max()),
            })  # fmt: skip
    return pd.DataFrame(rows)


def futures_summary(run: FuturesRun) -> dict:
    """Return the figures of a run, for summary.json."""
    risk = run.risk
    return {
        "kind": "futures",
        "currency": run.central.read.instance.finance.currency,
        "instance_sha256": run.central.read.hash,
        "futures": {future.name: future.probability for future in run.futures},
        "tail": risk.tail, "tail_weight": risk.weight, "status": run.status,
        "objective": run.objective, "bound": run.bound, "gap": run.gap,
        "npv_expected": float(risk.probability @ run.npv), "npv_worst_mean": -risk.worst(-run.npv),
        "npv_lowest": float(run.npv.min()), "npv_highest": float(run.npv.max()),
        "sites": {site.name: _site(site, [future.name for future in run.futures]) for site in run.sites},
        "worst_residual": max(site.worst_residual for site in run.sites),
        "seconds": run.seconds,
    }  # fmt: skip


def _site(site: SiteFutures, names: list[str]) -> dict:
    plan, value = site.plans[0], site.stochastic_value
    return {
        "chargers": plan.chargers, "connection_kw": plan.connection_kw, "solar_kw": plan.solar_kw,
        "battery_kwh": plan.battery_kwh, "battery_kw": plan.battery_kw, "objective": site.objective, "bound": site.bound,
        "npv_expected": float(site.risk.probability @ site.npv), "npv_worst_mean": -site.risk.worst(-site.npv),
        "value_of_stochastic_solution": value if np.isfinite(value) else None,
        "value_of_perfect_information": site.information_value, "values_known_to": site.known_to,
        "central_fails": _failed(site, names),
    }  # fmt: skip


def _failed(site: SiteFutures, names: list[str]) -> list[str]:
    """Return the futures in which the central plan fails what is owed."""
    return [name for name, worth in zip(names, site.central, strict=True) if np.isneginf(worth)]


def write_futures(run: FuturesRun, folder: Path) -> None:
    """Write summary.json and futures.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "futures.csv", futures_table(run))
    seal(folder, clean(futures_summary(run)), ("futures.csv",))


def show_futures(run: FuturesRun, folder: Path) -> int:
    """Print a run over futures; return its exit code."""
    currency, risk = run.central.read.instance.finance.currency, run.risk
    table = Table(title=f"one plan for {len(run.futures)} futures", title_justify="left")
    table.add_column("")
    for site in run.sites:
        table.add_column(site.name, justify="right")
    columns = [_column(site, currency) for site in run.sites]
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    console.print(table)
    lines = Table(title="net present value in each future", title_justify="left")
    lines.add_column("future")
    for name in ("probability", *(site.name for site in run.sites), "all sites"):
        lines.add_column(name, justify="right")
    for f in np.argsort(run.npv).tolist():
        amounts = [words.money(site.npv[f], currency) for site in run.sites]
        future = run.futures[f]
        lines.add_row(future.name, words.percent(future.probability), *amounts, words.money(run.npv[f], currency))
    console.print(lines)
    console.print(
        f"{words.STATUS[run.status]}; all sites: expected net present value {words.money(float(risk.probability @ run.npv), currency)}, "
        f"mean of the worst {words.percent(risk.tail, 0)} {words.money(-risk.worst(-run.npv), currency)}; "
        f"gap {words.percent(run.gap, 3)} over the futures; {run.seconds:.0f} s in all"
    )
    for site in run.sites:
        failed = _failed(site, [future.name for future in run.futures])
        if failed:
            console.print(
                f"note: site {site.name}: the sizes of the file as it stands fail what is owed in {', '.join(failed)}"
            )
    for kept in run.central.kept_offers:
        console.print(f"note: {kept}")
    console.print(f"tables: {folder / 'futures.csv'}, {folder / 'summary.json'}")
    return 0 if run.status == "optimal" else NoPlanError.exit_code


def _column(site: SiteFutures, currency: str) -> dict[str, str]:
    plan, value = site.plans[0], site.stochastic_value
    counts = ", ".join(f"{n} × {name}" for name, n in plan.chargers.items() if n) or "none"
    accuracy = words.money(site.known_to, currency)
    return {
        "chargers": counts,
        "connection": words.number(plan.connection_kw, "kW"),
        "solar": words.number(plan.solar_kw, "kW", 1),
        "battery": f"{words.number(plan.battery_kwh, 'kWh', 1)}, {words.number(plan.battery_kw, 'kW', 1)}",
        "expected net present value": words.money(float(site.risk.probability @ site.npv), currency),
        f"mean of the worst {words.percent(site.risk.tail, 0)}": words.money(-site.risk.worst(-site.npv), currency),
        "planning for all futures brings": UNKNOWN
        if np.isnan(value)
        else words.money(value, currency)
        if np.isfinite(value)
        else UNSERVED,
        "knowing the future would bring": words.money(site.information_value, currency),
        "these two are known to ±": accuracy,
    }

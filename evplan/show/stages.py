"""What `evplan stages` prints and writes: what to build before which year, at which use, and what other ways would give up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from evplan.csvs import write_csv
from evplan.errors import NoPlanError
from evplan.finance.investments import capex_by_item, investments
from evplan.paths import replacing
from evplan.report import words
from evplan.report.sealed import clean, seal
from evplan.show.plan import console
from evplan.solution.tables import NOISE, dispatch_table, sold_kwh
from evplan.studies.stage_program import StagePlan
from evplan.studies.stage_site import SiteStages
from evplan.studies.stages import StagesRun
from evplan.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from evplan.instance.schema import Instance

BUILDING = ("chargers", "solar", "battery", "grid", "construction", "use then")


def stages_table(run: StagesRun) -> pd.DataFrame:
    """Return one row per site and stage: what is added, what stands after it, at which use of the chargers before it is due."""
    import pandas as pd

    rows = []
    for site in run.sites:
        used: float | None = None
        for number, stage in enumerate(site.stages):
            rows.append(
                {
                    "site": site.name,
                    "stage": number + 1,
                    **stage_row(run.at_once.read.instance, stage),
                    "used_before_share": used,
                }
            )
            used = utilisation(run.at_once.read.instance, stage)
    return with_whole_counts(pd.DataFrame(rows))


def with_whole_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of stages whose counts are whole numbers, 0 for types that a site does not have."""
    counts = [name for name in table if name.endswith(("_count", "_added"))]
    return table.assign(**{name: table[name].fillna(0).astype(int) for name in counts})


def stage_row(instance: Instance, stage: StagePlan) -> dict[str, Any]:
    """Return what a stage adds, and what stands after it."""
    plan, before = stage.plan, stage.numbers
    stands = {c.name: c.existing for c in before.chargers}
    solar = before.solar.existing_kw if before.solar else 0.0
    battery = (before.battery.existing_kwh, before.battery.existing_kw) if before.battery else (0.0, 0.0)
    items = investments(instance, stage.site, plan, None, stage.stage.bought)
    return {
        "first_year": stage.stage.first, "last_year": stage.stage.last, "built_in_year": stage.stage.bought,
        **{f"{name}_added": n - stands[name] for name, n in plan.chargers.items()},
        "solar_added_kw": _cut(plan.solar_kw - solar), "battery_added_kwh": _cut(plan.battery_kwh - battery[0]),
        "battery_added_kw": _cut(plan.battery_kw - battery[1]), "connection_added_kw": plan.connection_kw - before.existing_kw,
        **{f"{name}_count": n for name, n in plan.chargers.items()},
        "solar_kw": plan.solar_kw, "battery_kwh": plan.battery_kwh, "battery_kw": plan.battery_kw,
        "connection_kw": plan.connection_kw, "construction_nominal": sum(capex_by_item(items).values()),
        "objective": plan.objective,
    }  # fmt: skip


def _cut(amount: float) -> float:
    return amount if amount > NOISE else 0.0


def utilisation(instance: Instance, stage: StagePlan) -> float | None:
    """Return the share of the chargers' rated energy that is sold in a stage's last year; None without chargers."""
    power = {c.name: c.power_kw for c in instance.catalogue.chargers}
    rated = sum(power[name] * n for name, n in stage.plan.chargers.items())
    served = float(sold_kwh(stage.numbers, stage.plan)[-1])
    return served / (rated * HOURS_PER_YEAR) if rated else None


def stages_summary(run: StagesRun) -> dict[str, Any]:
    """Return the figures of a run, for summary.json."""
    instance, metrics, now = run.at_once.read.instance, run.metrics, run.at_once.appraisal.portfolio.metrics
    return clean({
        "kind": "stages", "currency": instance.finance.currency, "instance_sha256": run.at_once.read.hash, "status": run.status,
        "objective": run.objective, "bound": run.bound, "gap": run.gap,
        "npv": metrics.npv, "irr": metrics.irr.value, "irr_status": metrics.irr.status, "construction_nominal": metrics.capex,
        "lcoc_per_kwh": metrics.lcoc_per_kwh, "viability_gap_grant": run.gap_to_viable.grant,
        "at_once": {"objective": run.at_once.objective, "bound": run.at_once.bound, "npv": now.npv, "capex": now.capex},
        "value_of_stages": run.objective - run.at_once.objective,
        "sites": {site.name: _site(run, site) for site in run.sites},
        "worst_residual": max(stage.verdict.worst for site in run.sites for stage in site.stages), "seconds": run.seconds,
    })  # fmt: skip


def _site(run: StagesRun, site: SiteStages) -> dict[str, Any]:
    table = stages_table(run)
    own = table[table["site"] == site.name].drop(columns="site").astype(object)
    return {
        "objective": site.objective, "bound": site.bound, "at_once_objective": site.at_once,
        "connection_at_once_objective": site.connected_now, "smaller_connection_objective": site.never_connected,
        "stages": own.where(own.notna(), None).to_dict("records"),
    }  # fmt: skip


def write_stages(run: StagesRun, folder: Path) -> None:
    """Write summary.json, stages.csv, cashflow.csv and dispatch.parquet."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "stages.csv", stages_table(run))
    flows = [
        pd.DataFrame({"site": site.name, "year": np.arange(len(flow.net)), **flow_columns(flow)})
        for site, flow in zip(run.sites, run.flows, strict=True)
    ]
    write_csv(folder / "cashflow.csv", pd.concat(flows))
    parts = [dispatch_table(stage.numbers, stage.plan) for site in run.sites for stage in site.stages]
    with replacing(folder / "dispatch.parquet") as path:
        pd.concat(parts, ignore_index=True).to_parquet(path, index=False)
    seal(folder, stages_summary(run), ("stages.csv", "cashflow.csv", "dispatch.parquet"))


def flow_columns(flow: Any) -> dict[str, Any]:
    """Return a cash flow's amounts by the names of the report's table."""
    from evplan.report.tables import COLUMNS

    return {name: getattr(flow, name) for name in COLUMNS}


def show_stages(run: StagesRun, folder: Path) -> int:
    """Print what to build when, and what other ways would give up; return the exit code."""
    currency = run.at_once.read.instance.finance.currency
    table = building_table(f"what to build when; construction in {currency} of its year", ("site", "before year"))
    rows = stages_table(run)
    for number, row in enumerate(rows.to_dict("records")):
        repeated = number and rows["site"].iloc[number - 1] == row["site"]
        table.add_row("" if repeated else row["site"], str(row["first_year"]), *building_cells(row))
    console.print(table)
    metrics, now = run.metrics, run.at_once.appraisal.portfolio.metrics
    console.print(
        f"{words.STATUS[run.status]}; objective {words.money(run.objective, currency)}, bound {words.money(run.bound, currency)}, gap "
        f"{words.percent(run.gap, 3)}; net present value {words.money(metrics.npv, currency)} "
        f"(everything at once: {words.money(now.npv, currency)})"
    )
    for site in run.sites:
        for told in _other_ways(site, currency):
            console.print(f"{site.name}: {told}")
    worst = max(stage.verdict.worst for site in run.sites for stage in site.stages)
    console.print(
        f"every stage checked against what stood before it: worst residual {worst:.1e}; {run.seconds:.0f} s in all"
    )
    for kept in run.at_once.kept_offers:
        console.print(f"note: {kept}")
    console.print(f"tables: {folder / 'stages.csv'}, cashflow.csv, dispatch.parquet, summary.json")
    return 0 if run.status == "optimal" else NoPlanError.exit_code


def building_table(title: str, first: tuple[str, ...]) -> Table:
    """Return an empty table of what is built; `first` names the columns before."""
    table = Table(title=title, title_justify="left", padding=(0, 0))
    for name in (*first, *BUILDING):
        table.add_column(name, justify="left" if name == first[0] else "right")
    return table


def building_cells(row: dict[str, Any]) -> list[str]:
    """Return what a row of the table of stages builds, in words, for the columns `BUILDING`."""
    added = {name.removesuffix("_added"): n for name, n in row.items() if name.endswith("_added")}
    battery = f"+{words.number(row['battery_added_kwh'], 'kWh')}, {words.number(row['battery_added_kw'], 'kW')}"
    used = row["used_before_share"]
    return [
        ", ".join(f"+{n} × {name}" for name, n in added.items() if n) or "–",
        f"+{words.number(row['solar_added_kw'], 'kW')}" if row["solar_added_kw"] else "–",
        battery if row["battery_added_kwh"] or row["battery_added_kw"] else "–",
        f"+{words.number(row['connection_added_kw'], 'kW')}" if row["connection_added_kw"] else "–",
        words.number(row["construction_nominal"], ""),
        "–" if used is None or np.isnan(used) else words.percent(used),
    ]


def _other_ways(site: SiteStages, currency: str) -> list[str]:
    """Return what each other way of building gives up, in words."""
    first, last = site.stages[0].plan.connection_kw, site.stages[-1].plan.connection_kw
    said = [("building everything before year 1", site.at_once)]
    if site.connected_now is not None:
        said.append((f"buying the connection of {last:,.0f} kW before year 1", site.connected_now))
    if site.never_connected is not None:
        kept = first if site.connected_now is not None else site.stages[0].numbers.existing_kw
        buffer = ", with a battery as the buffer," if site.stages[0].numbers.battery else ""
        said.append((f"staying at {kept:,.0f} kW for good{buffer}", site.never_connected))
    return [
        f"{what} was not settled in time" if np.isnan(worth)
        else f"{what} cannot serve what is owed" if np.isinf(worth)
        else f"{what} would give up {words.money(max(0.0, site.objective - worth), currency)} of the objective"
        for what, worth in said
    ]  # fmt: skip

"""What `evplan city` prints: a line for each city, and where the results are."""

from __future__ import annotations

from rich.table import Table

from evplan.city.report import least_cost_words
from evplan.city.run import StudyRun
from evplan.report import words
from evplan.show.plan import console


def show_study(run: StudyRun) -> int:
    """Print a study; return the exit code."""
    study, currency = run.read.study, run.read.study.costs.currency
    last = study.start_year + study.years - 1
    table = Table(
        title=f"{study.start_year} to {last}; amounts in {currency} of {study.start_year}",
        title_justify="left",
        padding=(0, 0),
    )
    heads = ("city", "EVs", "health", "GWh", "served", "green", "LCOE", "alone", "saved")
    for heading in heads:
        table.add_column(heading, justify="left" if heading == "city" else "right", no_wrap=True)
    for said in run.summaries:
        table.add_row(
            said["city"], words.number(said["vehicles_last"], ""), words.percent(said["health_last"], 0),
            words.number(said["demand_kwh"] / 1e6, "", 0), words.percent(said["served_share"]),
            words.percent(said["renewable_share"], 0),
            words.number(said["lcoe_per_kwh"], "", 3), words.number(said["grid_alone_lcoe_per_kwh"], "", 3),
            words.number(said["savings"] / 1e6, "", 1),
        )  # fmt: skip
    console.print(table)
    console.print(
        f"EVs and health: of {last}; green: not from the grid; LCOE: {currency}/kWh, and of the grid alone; saved: million {currency}"
    )
    for said in run.summaries:
        if said["least_cost_saves"] is not None:
            console.print(f"{said['city']}: {least_cost_words(said, currency)}")
    kept = f"; {run.again} of {len(run.summaries)} cities were there already" if run.again else ""
    console.print(f"every hour checked: what comes goes; {run.seconds:.1f} s{kept}")
    reports = ", ".join(map(str, run.reports)) or "none asked for"
    console.print(f"report: {reports}; every hour: {run.folder}/CITY/hourly.parquet")
    return 0

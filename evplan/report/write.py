"""Write a run into a folder: the page is made from the files beside it and from nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evplan.csvs import write_csv
from evplan.paths import replacing, write_json
from evplan.report.assumptions import assumptions_table
from evplan.report.register import inputs_table
from evplan.report.run import Run
from evplan.report.sealed import seal, sealed
from evplan.report.summary import summary
from evplan.report.tables import bills_table, cashflow_table, peaks_table, sizes_table, streams_table
from evplan.solution.tables import dispatch_table

TABLES = {
    "cashflow": cashflow_table,
    "streams": streams_table,
    "bills": bills_table,
    "peaks": peaks_table,
    "sizes": sizes_table,
    "assumptions": assumptions_table,
    "inputs": inputs_table,
}
FILES = (*(f"{name}.csv" for name in TABLES), "dispatch.parquet", "instance.json")


def write(run: Run, folder: Path) -> None:
    """Write summary.json, instance.json, dispatch.parquet, the tables as CSV, and report.html."""
    import pandas as pd

    from evplan.report.investment import render

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        write_csv(folder / f"{name}.csv", table(run))
    dispatch = pd.concat(
        [dispatch_table(s, p) for s, p in zip(run.parameters.sites, run.plans, strict=True)], ignore_index=True
    )
    with replacing(folder / "dispatch.parquet") as path:
        dispatch.to_parquet(path, index=False)
    write_json(folder / "instance.json", run.read.instance.model_dump(mode="json"))
    seal(folder, summary(run), FILES)
    render(folder)


def read_run(folder: Path) -> dict[str, Any]:
    """Return the summary of a run folder whose files are as they were written; raise `InputError` otherwise."""
    return sealed(folder, "plan")

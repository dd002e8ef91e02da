"""Plan a feeder file and write everything: tables, the check, the report, and a sealed summary."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from evplan.csvs import write_csv
from evplan.errors import InputError
from evplan.feeder import tables
from evplan.feeder.export import as_dss
from evplan.feeder.made import Asked, Made, found
from evplan.feeder.planning.connection import write_instance
from evplan.feeder.read import ReadFeeder, named_files
from evplan.feeder.reading import day_of
from evplan.feeder.summary import summary, tables_of
from evplan.instance.document import require_elsewhere
from evplan.paths import replacing
from evplan.report.sealed import clean, seal, sealed
from evplan.solver.outcome import Options

MAY_BE = (
    "hosting.csv", "orders.csv", "envelopes.csv", "phases.csv", "upgrade.csv", "nsga2.csv", "site.yaml", "network.dss", "report.html",
    "report.pdf",
)  # fmt: skip


def _left_over(folder: Path) -> list[str]:
    """Return what an earlier run of a feeder, that was asked for more, has left in a folder; nothing in a folder of others."""
    try:
        said = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        ours = {*said["files"], "report.html", "report.pdf"} if said["kind"] == "feeder" else set()
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in MAY_BE if name in ours]


def plan_and_write(
    read: ReadFeeder, folder: Path, asked: Asked, tell: Callable[[str, str], None], options: Options
) -> dict[str, Any]:  # fmt: skip
    """Plan a day, check and write it; return its summary. Raises: CheckError where a claim does not hold."""
    require_elsewhere(folder, read.path, named_files(read.study))
    if asked.base is not None and asked.base.resolve().parent == folder.resolve():
        raise InputError(
            f"--instance: {asked.base} is in the folder of results, which is written anew; name another folder with --output"
        )
    own = partial(tell, "feeder")
    own("reading data")
    made = found(day_of(read.study, read.path.parent), asked, own, options, read.path.parent)
    own("writing")
    return write(read, made, folder, asked)


def write(read: ReadFeeder, made: Made, folder: Path, asked: Asked) -> dict[str, Any]:
    """Write a plan's folder and return its summary."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _left_over(folder):
        (folder / name).unlink(missing_ok=True)
    files = []
    for name, table in tables_of(made).items():
        write_csv(folder / f"{name}.csv", table)
        files.append(f"{name}.csv")
    with replacing(folder / "steps.parquet") as path:
        tables.steps_table(made.front.compared).to_parquet(path, index=False)
    tabled = read.study.network.tables
    if tabled is not None:
        with replacing(folder / "network.dss") as path:
            path.write_text("\n".join(as_dss(read.path.parent, tabled)) + "\n", encoding="utf-8")
        files.append("network.dss")
    said = summary(read, made)
    if asked.base is not None:
        said["connection"] = {
            "bus": asked.bus,
            **write_instance(made.day, asked.bus, asked.base, read.path.parent, folder / "site.yaml"),
        }
        files.append("site.yaml")
    said = clean(said)
    from evplan.feeder.report import write_report

    write_report(said, made, folder, asked.formats)
    seal(folder, said, [*files, "steps.parquet"])
    return sealed(folder, "feeder")

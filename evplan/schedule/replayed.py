"""A replay as files: a row for everybody, the power of plans made anew, and a summary with digests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evplan.csvs import write_csv
from evplan.report.sealed import clean, seal, sealed
from evplan.schedule.answer import figures
from evplan.schedule.flows import cost
from evplan.schedule.read import ReadSite
from evplan.schedule.replay import HINDSIGHT, WITH_PAST, Compared
from evplan.schedule.results import station_table


def write_replay(read: ReadSite, found: Compared, folder: Path) -> dict[str, Any]:
    """Write replay.csv, the station under plans made anew and under hindsight, and a summary; return it."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    real = found.real
    everybody = {
        name: figures(real, one.decision)
        | {"total": cost(real, one.decision).total, "plans": one.plans, "seconds": one.seconds}
        for name, one in found.found.items()
    }
    files = {"replay.csv": pd.DataFrame([{"name": name, **one} for name, one in everybody.items()])}
    for name, file in ((WITH_PAST, "station-anew.csv"), (HINDSIGHT, "station-hindsight.csv")):
        files[file] = station_table(real, found.found[name].decision)
    for file, table in files.items():
        write_csv(folder / file, table)
    said = {
        "kind": "schedule replay", "title": read.site.title, "currency": read.site.currency, "begins": real.clock.start[0].isoformat(),
        "steps": real.steps, "step_minutes": read.site.step_minutes, "everybody": everybody,
        "shortfall_price_per_kwh": read.site.shortfall_price_per_kwh,
    }  # fmt: skip
    seal(folder, clean(said), list(files))
    return sealed(folder, "schedule replay")

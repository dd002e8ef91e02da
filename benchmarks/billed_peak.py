"""Billed peaks from hourly data and a few quarter-hour days, against the plan of the whole year's quarter hours.

Four measured fast-charging stations (NREL lcoc-ldevs), each planned three times on the same site, prices and equipment: from
its 15-minute year; from its hourly year and the 15-minute rows of each month's highest days; from its hourly year alone.
The error is that of the year's demand charge, which the plan with full data sets.

    python benchmarks/billed_peak.py [FOLDER] [--days 3] [--json]
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from evplan.plan import solve

ROOT = Path(__file__).parents[1]
BAR = 0.03
STATIONS = {  # file: setting, charger type, most chargers, existing connection kW
    "dcfc_current_1plug-low_50kW": ("rural", "dc50", 6, 50.0),
    "dcfc_current_1plug-high_50kW": ("urban", "dc50", 8, 50.0),
    "dcfc_interm_4plugs_150kW": ("urban", "dc150", 16, 300.0),
    "dcfc_future_20plugs_150kW": ("urban", "dc150", 40, 750.0),
}
STEPS = ((300.0, 61500.0), (750.0, 74300.0), (1500.0, 137000.0), (3000.0, 274000.0))
PER_DAY = 96


def station(name: str, folder: Path) -> np.ndarray:
    """Return a station's quarter-hour means, shape (365 days, 96), kW."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        kw = [float(row["Power, kW"]) for row in csv.DictReader(handle)]
    return np.array(kw[: 365 * PER_DAY]).reshape(365, PER_DAY)


def peak_days(kw: np.ndarray, start: datetime.date, per_month: int) -> list[int]:
    """Return the days of each month with the highest quarter hours, the busier first where they are alike."""
    dates = [start + datetime.timedelta(days=n) for n in range(365)]
    chosen: list[int] = []
    for month in range(1, 13):
        own = [n for n in range(365) if dates[n].month == month]
        own.sort(key=lambda n: (round(kw[n].max(), 1), kw[n].sum()), reverse=True)
        chosen += own[:per_month]
    return sorted(chosen)


def write_column(path: Path, values: np.ndarray) -> None:
    """Write one column of powers."""
    path.write_text("kw\n" + "\n".join(f"{value:.6g}" for value in values.ravel()) + "\n")


def instance(folder: Path, name: str, demand: dict[str, Any]) -> Path:
    """Write the station's instance file: Greensboro's urban site with one measured demand."""
    setting, charger, most, existing = STATIONS[name]
    tree = YAML().load((ROOT / "instances" / "greensboro.yaml").read_text())
    tree.pop("scenarios", None)
    tree["horizon"] |= {"operating_years": [1], "step_minutes": 15, "start": datetime.date(2027, 1, 1)}
    tree["catalogue"]["vehicle"] = {"battery_kwh": 150.0}
    tree["catalogue"]["chargers"] = [{"use": f"us/{charger}", "max_count": most}]
    site = tree["sites"][0]
    site["setting"] = setting
    site["connection"] = {
        "existing_kw": existing,
        "steps": [{"power_kw": power, "cost": cost} for power, cost in STEPS if power > existing],
    }
    site["demand"] = {**demand, "min_served": 1.0}
    tree["sites"] = [site]
    path = folder / "station.yaml"
    with path.open("w") as handle:
        YAML().dump(tree, handle)
    return path


def plan(folder: Path, name: str, demand: dict[str, Any], gap: float) -> dict[str, float]:
    """Return what a plan pays for demand in its first year, and how it was found."""
    begun = time.perf_counter()
    run = solve(instance(folder, name, demand), gap=gap)
    bill, sizes = run.plans[0].bills[0], run.plans[0]
    return {
        "demand_charge": bill.demand, "objective": run.objective, "gap": run.gap, "battery_kwh": sizes.battery_kwh,
        "seconds": time.perf_counter() - begun,
    }  # fmt: skip


def compare(name: str, data: Path, days: int, gap: float) -> dict[str, Any]:
    """Return the three plans of a station and the errors of their demand charges."""
    kw, start = station(name, data), datetime.date(2027, 1, 1)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        chosen = peak_days(kw, start, days)
        write_column(folder / "quarter.csv", kw)
        write_column(folder / "hour.csv", kw.reshape(-1, 4).mean(axis=1))
        write_column(folder / "peaks.csv", kw[chosen])
        hourly = {"load_kw": {"file": "hour.csv", "column": "kw", "step_minutes": 60}}
        peaks = {"file": "peaks.csv", "column": "kw", "days": [start + datetime.timedelta(days=n) for n in chosen]}
        plans = {
            "full": plan(folder, name, {"load_kw": {"file": "quarter.csv", "column": "kw", "step_minutes": 15}}, gap),
            "peak_days": plan(folder, name, {**hourly, "peak_days": peaks}, gap),
            "hourly": plan(folder, name, hourly, gap),
        }
    due = plans["full"]["demand_charge"]
    errors = {kind: plans[kind]["demand_charge"] / due - 1 for kind in ("peak_days", "hourly")}
    return {"station": name, "days": len(chosen), "errors": errors, **plans}


def main() -> int:
    """Print every station and return 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT.parent / "shared" / "data" / "dcfc_profiles")
    parser.add_argument("--days", type=int, default=3, help="quarter-hour days of each month")
    parser.add_argument("--gap", type=float, default=0.001, help="relative gap of every plan")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    found = []
    for name in STATIONS:
        found.append(compare(name, asked.folder, asked.days, asked.gap))
        if not asked.json:
            said = {kind: f"{error:+.2%}" for kind, error in found[-1]["errors"].items()}
            print(f"{name:32s} {found[-1]['full']['demand_charge']:10,.0f} USD a year; errors {said}", flush=True)
    worst = max(abs(station["errors"]["peak_days"]) for station in found)
    alone = max(abs(station["errors"]["hourly"]) for station in found)
    figures = {"worst_error": worst, "worst_error_hourly_alone": alone, "stations": found}
    print(json.dumps(figures) if asked.json else f"worst error {worst:.2%} (bar {BAR:.0%}); hourly data alone {alone:.1%}")
    return int(worst > BAR)


if __name__ == "__main__":
    sys.exit(main())

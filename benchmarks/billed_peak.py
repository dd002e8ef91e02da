"""Billed peaks from hourly data and a few quarter-hour days, against the plan of the whole year's quarter hours.

Four measured fast-charging stations (NREL lcoc-ldevs), each planned three times on the same site and prices: from its
15-minute year; from its hourly year and the 15-minute rows of a few days of each month; from its hourly year alone. The error
is that of the year's demand charge, at the same equipment: none but chargers, and a battery beside them. With --free every
plan also sizes its own, so that the error is that of what is built as well.

    python benchmarks/billed_peak.py [FOLDER] [--days 3] [--free] [--json]
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

from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve

ROOT = Path(__file__).parents[1]
BAR = 0.03
STATIONS = {  # file: setting, charger type, how many stand
    "dcfc_current_1plug-low_50kW": ("rural", "dc50", 2),
    "dcfc_current_1plug-high_50kW": ("urban", "dc50", 2),
    "dcfc_interm_4plugs_150kW": ("urban", "dc150", 5),
    "dcfc_future_20plugs_150kW": ("urban", "dc150", 22),
}
STEPS = ((300.0, 61500.0), (750.0, 74300.0), (1500.0, 137000.0), (3000.0, 274000.0))
BATTERIES = {"no battery": 0.0, "battery": 0.3}  # kWh and kW that stand, per kW of the year's peak
PER_DAY = 96
ROLLING = 8  # quarter hours


def station(name: str, folder: Path) -> np.ndarray:
    """Return a station's quarter-hour means, shape (365 days, 96), kW."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        kw = [float(row["Power, kW"]) for row in csv.DictReader(handle)]
    return np.array(kw[: 365 * PER_DAY]).reshape(365, PER_DAY)


def peak_days(kw: np.ndarray, start: datetime.date, per_month: int, full: Path) -> list[int]:
    """Return the days of each month that can set a peak: the highest quarter hour inside every demand charge, and then those
    with most energy in two hours, which set it where a battery shaves.

    full : an instance with the whole year, whose tariff says when demand charges apply.
    """
    site = prepare(read(full)).sites[0]
    day = np.array([(when.date() - start).days for when in site.clock.start])
    power = site.demand_kwh[0] / site.clock.step_h
    inside = []
    for line in site.tariffs[0].demand:
        highest = np.zeros(365)
        np.maximum.at(highest, day[line.applies], power[line.applies])
        inside.append(highest)
    rolling = np.convolve(kw.ravel(), np.ones(ROLLING), "same").reshape(kw.shape).max(axis=1)
    chosen: list[int] = []
    for month in range(1, 13):
        own = [n for n in range(365) if (start + datetime.timedelta(days=n)).month == month]
        first = {max(own, key=lambda n, highest=highest: highest[n]) for highest in inside}
        rest = sorted((n for n in own if n not in first), key=lambda n: -rolling[n])
        chosen += [*first, *rest[: max(0, per_month - len(first))]]
    return sorted(chosen)


def write_column(path: Path, values: np.ndarray) -> None:
    """Write one column of powers."""
    path.write_text("kw\n" + "\n".join(f"{value:.6g}" for value in values.ravel()) + "\n")


def instance(folder: Path, name: str, demand: dict[str, Any], battery_kw: float | None) -> Path:
    """Write the station's instance file. battery_kw : of the battery that stands; None: the plan sizes everything."""
    setting, charger, count = STATIONS[name]
    tree = YAML().load((ROOT / "instances" / "greensboro.yaml").read_text())
    tree.pop("scenarios", None)
    tree["horizon"] |= {"operating_years": [1], "step_minutes": 15, "start": datetime.date(2027, 1, 1)}
    tree["catalogue"]["vehicle"] = {"battery_kwh": 150.0}
    tree["catalogue"]["chargers"] = [{"use": f"us/{charger}", "max_count": 2 * count}]
    site = tree["sites"][0]
    site |= {"setting": setting, "demand": {**demand, "min_served": 1.0}}
    site["connection"] = {"existing_kw": 50.0, "steps": [{"power_kw": power, "cost": cost} for power, cost in STEPS]}
    if battery_kw is not None:
        tree["catalogue"]["chargers"][0]["max_count"] = count
        tree["catalogue"]["solar"] = None
        site |= {"connection": {"existing_kw": STEPS[-1][0]}, "existing": {"chargers": {charger: count}}}
        if battery_kw:
            tree["catalogue"]["battery"]["max_kw"] = battery_kw
            site["existing"] |= {"battery_kwh": battery_kw, "battery_kw": battery_kw}
            site["battery_max_kwh"] = battery_kw
        else:
            tree["catalogue"]["battery"] = None
    tree["sites"] = [site]
    path = folder / "station.yaml"
    with path.open("w") as handle:
        YAML().dump(tree, handle)
    return path


def plan(path: Path, gap: float) -> dict[str, float]:
    """Return what a plan pays for demand in its first year, and how it was found."""
    begun = time.perf_counter()
    run = solve(path, gap=gap)
    sizes = run.plans[0]
    return {
        "demand_charge": sizes.bills[0].demand, "objective": run.objective, "gap": run.gap,
        "battery_kwh": sizes.battery_kwh, "seconds": time.perf_counter() - begun,
    }  # fmt: skip


def compare(name: str, data: Path, days: int, gap: float, free: bool) -> dict[str, Any]:
    """Return the plans of a station by what stands there and what is known, and the errors of their demand charges."""
    kw, start = station(name, data), datetime.date(2027, 1, 1)
    plans: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        write_column(folder / "quarter.csv", kw)
        write_column(folder / "hour.csv", kw.reshape(-1, 4).mean(axis=1))
        hourly = {"load_kw": {"file": "hour.csv", "column": "kw", "step_minutes": 60}}
        quarterly = {"load_kw": {"file": "quarter.csv", "column": "kw", "step_minutes": 15}}
        chosen = peak_days(kw, start, days, instance(folder, name, quarterly, 0.0))
        write_column(folder / "peaks.csv", kw[chosen])
        peaks = {"file": "peaks.csv", "column": "kw", "days": [start + datetime.timedelta(days=n) for n in chosen]}
        known = {
            "full": quarterly,
            "peak_days": {**hourly, "peak_days": peaks},
            "hourly": hourly,
        }
        equipment: dict[str, float | None] = {
            said: round(float(part * kw.max()), 1) for said, part in BATTERIES.items()
        }
        for said, battery_kw in (equipment | ({"free sizes": None} if free else {})).items():
            plans[said] = {kind: plan(instance(folder, name, d, battery_kw), gap) for kind, d in known.items()}
            due = plans[said]["full"]["demand_charge"]
            for kind in ("peak_days", "hourly"):
                plans[said][f"error_{kind}"] = plans[said][kind]["demand_charge"] / due - 1
    return {"station": name, "days": len(chosen), **plans}


def main() -> int:
    """Print every station and return 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT.parent / "shared" / "data" / "dcfc_profiles")
    parser.add_argument("--days", type=int, default=3, help="quarter-hour days of each month")
    parser.add_argument("--gap", type=float, default=0.001, help="relative gap of every plan")
    parser.add_argument("--free", action="store_true", help="let plans size everything besides, and report that too")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    found = []
    for name in STATIONS:
        found.append(compare(name, asked.folder, asked.days, asked.gap, asked.free))
        for said, plans in found[-1].items():
            if isinstance(plans, dict) and not asked.json:
                errors = f"peak days {plans['error_peak_days']:+.2%}, hourly {plans['error_hourly']:+.2%}"
                print(f"{name:30s} {said:12s} {plans['full']['demand_charge']:10,.0f} USD a year; {errors}", flush=True)
    worst = {
        kind: max(abs(station[said][f"error_{kind}"]) for station in found for said in BATTERIES)
        for kind in ("peak_days", "hourly")
    }
    figures = {"worst_error": worst["peak_days"], "worst_error_hourly_alone": worst["hourly"], "stations": found}
    if asked.free:
        figures["worst_error_free_sizes"] = max(abs(station["free sizes"]["error_peak_days"]) for station in found)
    print(json.dumps(figures) if asked.json else f"worst error {worst['peak_days']:.2%} (bar {BAR:.0%})")
    return int(worst["peak_days"] > BAR)


if __name__ == "__main__":
    sys.exit(main())

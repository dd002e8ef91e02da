"""One plan by evplan, a plain Pyomo model, PyPSA and oemof-solph: seconds and memory of each, in processes of their own.

One site, 8,760 hours, three charger types in whole numbers, connection steps, panels, a battery, time-of-use prices and monthly demand
charges; the same gap on the plan's value for all. PyPSA and oemof-solph live in an environment of their own (made in build/peers,
or named by PEERS_PYTHON). Each time is from the case in memory to the plan, imports left out. `--instances N --cap S --peers a,b --json`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = {"evplan": "evplan_own.py", "pyomo": "pyomo_plain.py", "pypsa": "pypsa_network.py", "oemof": "oemof_system.py"}
FOREIGN = ("pypsa", "oemof")
GAP = 1e-3


def write_case(folder: Path, seed: int, cap_s: float, threads: int) -> None:
    """Write a case drawn with a seed: another demand, other prices, the same weather."""
    import datetime

    from evplan.assets.solar import read_weather, yield_per_kw
    from evplan.instance.schema import Horizon
    from evplan.instance.site import Demand, Energy
    from evplan.instance.tariff import EnergyPrice
    from evplan.parameters.clock import make_clock
    from evplan.parameters.sessions import demand_kwh

    draw = np.random.default_rng(seed)
    clock = make_clock(Horizon(start=datetime.date(2027, 1, 1)))
    want = Demand(sessions_per_day=float(draw.uniform(20, 80)), energy_kwh=Energy(mean=32.0, sd=14.0), seed=seed)
    demand = demand_kwh(want, clock, clock, (1,), np.array([120.0]), Path(), seed)[0]
    weather = read_weather("pvlib:723170TYA.CSV", Path())
    price = np.full(clock.steps, draw.uniform(0.07, 0.11))
    price[clock.within(EnergyPrice(price_per_kwh=1, days="weekday", start="13:00", end="19:00"))] = draw.uniform(
        0.18, 0.30
    )
    np.savez(
        folder / "case.npz",
        demand_kw=demand,
        price=price,
        sun=yield_per_kw(weather, None, 180.0, 0.14),
        month=clock.month,
    )
    worth = 6.5 * 0.75
    said: dict[str, Any] = {
        "worth": worth, "gap": GAP, "cap_s": cap_s, "threads": threads, "price_per_kwh": float(draw.uniform(0.35, 0.5)),
        "demand_price": float(draw.uniform(8, 18)), "fixed": 1200.0, "existing_kw": 60.0,
        "steps": [{"power_kw": 200.0, "cost": 60e3}, {"power_kw": 500.0, "cost": 130e3}, {"power_kw": 900.0, "cost": 210e3}],
        "chargers": [
            {"name": "ac22", "full_kw": 22 * 0.97, "efficiency": 0.94, "cost": 8e3, "om": 400.0, "max_count": 20},
            {"name": "dc50", "full_kw": 50 * 0.97, "efficiency": 0.94, "cost": 55e3, "om": 900.0, "max_count": 12},
            {"name": "dc150", "full_kw": 120 * 0.97, "efficiency": 0.94, "cost": 120e3, "om": 1300.0, "max_count": 10},
        ],
        "solar": {"cost": float(draw.uniform(700, 1200)), "om": 20.0, "max_kw": 600.0},
        "battery": {"cost_kwh": float(draw.uniform(120, 220)), "cost_kw": 250.0, "om": 5.0, "max_kwh": 3000.0, "max_c_rate": 1.0,
                    "usable": 0.85, "efficiency": 0.93},
    }  # fmt: skip
    (folder / "case.json").write_text(json.dumps(said))


def foreign_python() -> str:
    """Return the interpreter that has the peers, made on first use."""
    named = os.environ.get("PEERS_PYTHON")
    if named:
        return named
    folder = ROOT / "build" / "peers"
    if not (folder / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        packages = ["pypsa==1.4.0", "oemof.solph==0.6.5", "highspy==1.15.1"]
        subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages], check=True)
    return str(folder / "bin" / "python")


def run_peer(name: str, folder: Path, cap_s: float) -> dict[str, Any]:
    """Return what a peer says of the case in a folder; one that is not done well after the cap is stopped and counted at it."""
    python = foreign_python() if name in FOREIGN else sys.executable
    command = [python, "-W", "ignore", str(HERE / "peers" / PEERS[name]), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1.5 * cap_s + 120, check=False)
    except subprocess.TimeoutExpired:
        return {"objective": None, "seconds": cap_s, "memory_mb": float("nan"), "capped": True}
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> int:
    """Run the peers on every instance in turn; print ratios of medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=10)
    parser.add_argument("--cap", type=float, default=600.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--json", action="store_true")
    said, _ = parser.parse_known_args()
    names = ["evplan", *(name for name in said.peers.split(",") if name != "evplan")]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for seed in range(1, said.instances + 1):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_case(folder, seed, said.cap, said.threads)
            for name in names:
                answer = run_peer(name, folder, said.cap)
                found[name].append(answer)
                print(f"{seed:2d} {name:8s} {answer['seconds']:8.1f} s {answer['memory_mb']:7.0f} MB  {answer['objective']}"
                      f"{' capped' if answer['capped'] else ''} {answer.get('sizes', '')}", file=sys.stderr, flush=True)  # fmt: skip
                if name == "evplan":
                    tell_the_scale(folder, answer["objective"])
    figures = ratios(found)
    print(json.dumps(figures) if said.json else "\n".join(f"{key}: {value}" for key, value in figures.items()))
    return 0


def tell_the_scale(folder: Path, value: float) -> None:
    """Write what a gap on the plan's value is on a network's cost, which counts lost sales instead of sales."""
    said = json.loads((folder / "case.json").read_text())
    demand = float(np.load(folder / "case.npz")["demand_kw"].sum())
    sales = said["worth"] * (said["price_per_kwh"] * demand - said["fixed"])
    (folder / "case.json").write_text(json.dumps(said | {"value_over_cost": abs(value) / max(1.0, sales - value)}))


def ratios(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return ratios of medians of seconds and memory, the overhead of evplan, and how far objectives are apart."""
    own = found["evplan"]
    median = {name: statistics.median(run["seconds"] for run in runs) for name, runs in found.items()}
    figures: dict[str, Any] = {f"ratio_{name}": median[name] / median["evplan"] for name in found if name != "evplan"}
    for name in found:
        if name != "evplan":
            memory = statistics.median(run["memory_mb"] for run in found[name])
            figures[f"memory_ratio_{name}"] = memory / statistics.median(run["memory_mb"] for run in own)
    figures["seconds"] = median["evplan"]
    figures["overhead_fraction"] = statistics.median(run["overhead_s"] / run["seconds"] for run in own)
    figures["worst_gap"] = max((run["bound"] - run["objective"]) / abs(run["objective"]) for run in own)
    figures["worst_difference"] = max(
        (abs(run["objective"] - ours["objective"]) / abs(ours["objective"])
         for name, runs in found.items() if name != "evplan" for run, ours in zip(runs, own, strict=True)
         if run["objective"] is not None and not run["capped"]), default=0.0,
    )  # fmt: skip
    figures["capped"] = {name: sum(run["capped"] for run in runs) for name, runs in found.items()}
    return figures


if __name__ == "__main__":
    sys.exit(main())

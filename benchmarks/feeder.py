"""Feeders: flows beside OpenDSS, power-grid-model and pandapower, trade-offs beside NSGA-II, fifty seeded days, hosting capacity.

The IEEE European LV feeder is read from ../shared/data, or from the folder that FEEDER names; where neither is, nothing is measured.
power-grid-model and pandapower run in an environment of their own, made once in build/feeder-peers (or given with FEEDER_PEERS).
`--json` prints an object; `--quick` takes ten days instead of fifty and 1,000 evaluations, and leaves those two out. It ends with 1 if
a bar is missed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from harness import finish, peers_python

from evplan.feeder.control.evolved import evolved, hypervolume
from evplan.feeder.control.front import front, score
from evplan.feeder.dss import engine_of, read_dss
from evplan.feeder.export import as_dss
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.invented import invent, invent_tables
from evplan.feeder.network import Customer, Network
from evplan.feeder.panda import read_pandapower
from evplan.feeder.plain import read_tables
from evplan.feeder.planning.hosting import hosting
from evplan.feeder.study import FeederStudy
from evplan.feeder.truth import Truth, master

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("FEEDER", HERE.parent.parent / "shared" / "data" / "feeders" / "ieee_european_lv"))
PEERS = ("power-grid-model==1.12.110", "pandapower==3.5.6", "simbench")
DATE = datetime.date(2016, 6, 21)  # of simbench's profiles
STUDY = FeederStudy.model_validate({"kind": "feeder", "format": 1, "network": {"dss": "Master.dss"}})
BARS = {
    "voltage_error_pu": (1e-8, "at most"), "panda_error_pu": (1e-8, "at most"),
    "ratio_opendss": (20, "at least"), "ratio_pgm": (20, "at least"), "front_s": (5, "at most"),
    "front_violation_pu": (3e-4, "at most"), "front_lacking_kwh": (1e-3, "at most"), "hv_gain": (0, "at least"),
    "ratio_nsga2": (10, "at least"), "beats_nothing": (1, "at least"), "hosting_s": (10, "at most"),
}  # fmt: skip
REPEATS = 20


def powers(network: Network) -> np.ndarray:
    """Return what customers draw over the day that the feeder brings, VA, shape (customers, 1440)."""
    return 1000 * np.stack([one.kw_series + 1j * one.kvar_series for one in network.customers])


def beside_opendss(network: Network) -> dict[str, Any]:
    """Return how voltages differ on the real feeder and twenty invented ones, and how many more flows a second there are."""
    va, flow = powers(network), Flow(network, legs_of(network, network.customers))
    truth = Truth(master(FOLDER / "Master.dss"), network, network.customers)
    volts, settled = truth.solve(va)
    error = float((np.abs(flow.nodes(flow.solve(flow.legs.of(va)).current) - volts) / network.base_v[:, None]).max())
    assert settled.all()
    drawn = flow.legs.of(va)
    seconds = min(_timed(lambda: flow.solve(drawn)) for _ in range(REPEATS))
    peer = min(_timed(lambda: truth.solve(va)), _yearly())
    return {"voltage_error_pu": max(error, *(_invented(seed) for seed in range(20))), "flows_per_s": va.shape[1] / seconds,
            "opendss_per_s": va.shape[1] / peer, "ratio_opendss": peer / seconds}  # fmt: skip


def _yearly() -> float:
    """Return the seconds of OpenDSS's own loop over the day, at its usual tolerance, without meters, and nothing read back."""
    engine, _ = engine_of()
    kinds = ("energymeter", "monitor")
    quick = (
        "batchedit load..* vminpu=0.01 vmaxpu=9",
        *(f"batchedit {kind}..* enabled=no" for kind in kinds),
        "set controlmode=off",
    )
    for command in (*master(FOLDER / "Master.dss"), *quick, "set mode=yearly stepsize=1m"):
        engine.Text.Command(command)
    best = np.inf
    for _ in range(3):
        engine.Text.Command("set hour=0 sec=0 number=1440")
        best = min(best, _timed(engine.Solution.Solve))
    return best


def _invented(seed: int) -> float:
    """Return how voltages differ from OpenDSS's on an invented feeder with random loads of all kinds."""
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as name:
        said = invent_tables(Path(name), int(random.integers(10, 60)), seed)
        network = read_tables(Path(name), said)
        customers = [
            Customer(one.name, one.bus, phases, one.kw, one.kvar, delta=len(phases) > 1 and bool(random.random() < 0.3))
            for one in network.customers
            for phases in [
                one.phases
                if len(one.phases) == 1
                else tuple(random.permutation([1, 2, 3])[: random.choice([2, 3])].tolist())
            ]
        ]
        customers = [
            one if one.delta or len(one.phases) != 2 else Customer(one.name, one.bus, one.phases[:1], one.kw, one.kvar)
            for one in customers
        ]
        truth = Truth(as_dss(Path(name), said), network, customers)
        flow = Flow(network, legs_of(network, customers))
        va = (
            1000
            * np.array([[one.kw + 1j * one.kvar] for one in customers])
            * random.uniform(-0.5, 1.5, (len(customers), 20))
        )
        volts, settled = truth.solve(va)
        solved = flow.solve(flow.legs.of(va))
        apart = np.abs(flow.nodes(solved.current) - volts) / network.base_v[:, None]
    assert (settled == solved.settled).all()
    return float(apart.max())


def beside_pgm(network: Network) -> dict[str, Any]:
    """Return how many more flows a second there are than power-grid-model's, both of the same steps, and by how much voltages differ."""
    python = peers_python("feeder", PEERS)
    va, flow = powers(network), Flow(network, legs_of(network, network.customers))
    drawn = flow.legs.of(va)
    seconds = min(_timed(lambda: flow.solve(drawn)) for _ in range(REPEATS))
    pu = np.abs(flow.solve(drawn).voltage) / flow.base_v[:, None]
    with tempfile.TemporaryDirectory() as name:
        np.savez(Path(name) / "va.npz", va=va)
        command = [python, str(HERE / "peers" / "feeder_pgm.py"), str(FOLDER), str(Path(name) / "va.npz")]
        said = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1])
    return {
        "pgm_per_s": said["steps"] / said["seconds"],
        "ratio_pgm": said["seconds"] / seconds,
        "pgm_lowest_differs_pu": abs(said["lowest"] - pu.min()),
    }


def beside_pandapower() -> dict[str, Any]:
    """Return how voltages differ from pandapower's balanced flow: a day of simbench's profiles, CIGRE's and Kerber's nets."""
    python, nets, worst, flows = peers_python("feeder", PEERS), 0, 0.0, 0
    with tempfile.TemporaryDirectory() as name:
        command = [python, str(HERE / "peers" / "feeder_panda.py"), name, DATE.isoformat()]
        subprocess.run(command, capture_output=True, check=True)
        for path in sorted(Path(name).glob("*.json")):
            truth = pd.read_csv(path.with_suffix(".csv"))
            network = read_pandapower(path, DATE if len(truth) > 1 else None)
            va = np.stack([_drawn(one, len(truth)) for one in network.customers])
            flow = Flow(network, legs_of(network, network.customers))
            pu = np.abs(flow.nodes(flow.solve(flow.legs.of(va)).current)) / network.base_v[:, None]
            shared = [bus for bus in truth.columns if bus in network.buses]  # of buses that switches join, the first
            apart = [pu[[network.at[bus, phase] for phase in (1, 2, 3)]] - truth[bus].to_numpy() for bus in shared]
            worst, nets, flows = max(worst, float(np.abs(apart).max())), nets + 1, flows + len(truth)
    return {"panda_error_pu": worst, "panda_nets": nets, "panda_flows": flows}


def _drawn(one: Customer, steps: int) -> np.ndarray:
    """Return what a customer draws, VA, by step: its profile, or always what it may draw."""
    if one.kw_series is None or one.kvar_series is None:
        return np.full(steps, 1000 * (one.kw + 1j * one.kvar))
    return 1000 * (one.kw_series + 1j * one.kvar_series)


def beside_nsga2(network: Network, evaluations: int) -> dict[str, Any]:
    """Return the front of a day with 28 vehicles and 22 panels, and what NSGA-II finds with so many evaluations."""
    day = invent(network, STUDY, 28, 22, 0)
    begun = time.perf_counter()
    own = front(day)
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    other = evolved(day, evaluations)
    taken = time.perf_counter() - begun
    hv, hv_nsga2 = hypervolume(list(own.points), own.nothing), hypervolume(other, own.nothing)
    return {
        "front_s": seconds, "front_points": len(own.points), "front_violation_pu": max(one.violation_pu for one in own.points),
        "front_lacking_kwh": max(float(one.lacking_kwh.sum()) for one in own.points), "hv": hv, "hv_nsga2": hv_nsga2,
        "hv_gain": hv - hv_nsga2,        "nsga2_s": taken, "ratio_nsga2": taken / seconds,
    }  # fmt: skip


def against_nothing(network: Network, days: int) -> dict[str, Any]:
    """Return the part of seeded days whose plan scores better than no control by exact power flow, or is no control."""
    random, good, none, worst = np.random.default_rng(0), 0, 0, 0.0
    for seed in range(days):
        day = invent(network, STUDY, int(random.integers(5, 41)), int(random.integers(0, 41)), seed)
        found = front(day)
        none += found.chosen is found.nothing
        good += found.chosen is found.nothing or score(found.chosen, found.nothing) < score(
            found.nothing, found.nothing
        )
        worst = max(worst, found.chosen.violation_pu if found.chosen is not found.nothing else 0.0)
    return {"beats_nothing": good / days, "does_nothing": none, "chosen_violation_pu": worst}


def hosted(network: Network) -> dict[str, Any]:
    """Return the seconds of at least 100,000 power flows of hosting capacity, over every step of the day."""
    own = STUDY.model_copy(update={"hosting": STUDY.hosting.model_copy(update={"orders": 300})})
    day = invent(network, own, 1, 0, 0)
    begun = time.perf_counter()
    found = hosting(day)
    assert found is not None and found.flows >= 100_000
    return {
        "hosting_s": time.perf_counter() - begun,
        "hosting_flows": found.flows,
        "hosting_kw_95": found.at_risk(0.05),
    }


def _timed(call: Any) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main() -> int:
    """Run the benchmark; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    parser.add_argument("--quick", action="store_true", help="fewer days and evaluations, no peers beside OpenDSS")
    asked = parser.parse_args()
    figures: dict[str, Any] = {}
    if (FOLDER / "Master.dss").is_file():
        network = read_dss(FOLDER / "Master.dss")
        figures |= beside_opendss(network) | beside_nsga2(network, 1000 if asked.quick else 10_000)
        figures |= against_nothing(network, 10 if asked.quick else 50) | hosted(network)
        figures |= {} if asked.quick else beside_pgm(network)
    figures |= {} if asked.quick else beside_pandapower()
    if asked.quick:
        figures.pop("ratio_nsga2", None)  # of fewer evaluations than the bar's
    finish(figures, asked.json)
    missed = [
        name for name, (bar, side) in BARS.items()
        if name in figures and (figures[name] > bar if side == "at most" else figures[name] < bar)
    ]  # fmt: skip
    print(f"missed: {', '.join(missed) or 'none'}", file=sys.stderr)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

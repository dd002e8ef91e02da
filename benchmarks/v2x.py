"""The world: port-steps per second beside other simulators, energy, recorded instances, the optimum beside policies, arrivals, learning.

Peers run in an environment of their own, made once in build/v2x-peers (or given with V2X_PEERS). `--json` prints one object; `--quick`
leaves out peers and learning. It ends with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from harness import finish

from evplan.v2x.metrics import cost_of
from evplan.v2x.policies import AsFast
from evplan.v2x.run import NAMES, act, linear_bounds, policy_named
from evplan.v2x.scene import scene_of
from evplan.v2x.setting import Setting, setting_of
from evplan.v2x.site import WorldSite
from evplan.v2x.worlds import Orders, Worlds

HERE = Path(__file__).parent
ROOT = HERE.parent
RECORDED = ROOT.parent / "shared" / "data" / "v2x_benchmark"
PEERS = (
    "ev2gym==2.0.0",
    "acnportal==0.3.3",
    "pandapower",
    "psutil",
    "multicopula",
    "gymnasium",
    "numba",
    "stable-baselines3",
    "torch",
)
BARS = {
    "energy_error": (1e-9, "at most"), "ratio_ev2gym_single": (20, "at least"), "ratio_ev2gym_1000": (100, "at least"),
    "ratio_ev2gym_batch": (500, "at least"), "ratio_acnsim_batch": (300, "at least"), "ratio_ppo": (20, "at least"),
    "recorded_error": (0.01, "at most"), "linear_bound_error": (0.001, "at most"), "below_optimum": (0, "at most"),
    "mpc_regret": (0.05, "at most"), "arrival_error": (0.02, "at most"), "drift_kwh": (1e-6, "at most"), "leak_mb": (20, "at most"),
}  # fmt: skip


def garage(ports: int, **changes: Any) -> Setting:
    """Return a workplace of ports with two vehicles in three a day, one station each, as the peers are set up."""
    said = {
        "kind": "v2x", "format": 1, "timezone": "Europe/Amsterdam", "start": "2026-06-01T05:00", "days": 28,
        "stations": [{"name": "port", "place": "office", "count": ports, "power_kw": 22.0}],
        "transformers": [{"name": "main", "limit_kw": 10.0 * ports, "load_kw": 20.0}],
        "places": {"office": {"arrivals_per_day": 0.75 * ports}}, **changes,
    }  # fmt: skip
    return setting_of(WorldSite.model_validate(said), Path())


def simulated(setting: Setting, worlds: int, runs: int, environment: bool = False) -> dict[str, float]:
    """Return port-steps per CPU second with drawing worlds and without. environment : with what is seen and what it is worth."""
    from evplan.v2x.gym.play import Play

    ports, steps = setting.equipment.ports, setting.calendar.steps
    play, full = Play(setting), np.ones((worlds, ports))
    whole = stepping = 0.0
    for run in range(-1, runs):  # the first is for compiling
        seeds = np.arange(worlds) + 10_000 * (run + 1)
        begun = time.process_time()
        if environment:
            play.begin(seeds)
            walking = time.process_time()
            for _ in range(steps):
                play.step(full)
        else:
            own, policy = Worlds(setting.equipment.layout, setting.draw(seeds)), AsFast()
            walking = time.process_time()
            while not own.over:
                own.step(policy(own))
        ended = time.process_time()
        if run >= 0:
            whole, stepping = whole + ended - begun, stepping + ended - walking
    done = runs * worlds * ports * steps
    return {"with_resets": done / whole, "without": done / stepping}


def peers_python() -> str:
    """Return the Python of the peers' environment, made if there is none."""
    if given := os.environ.get("V2X_PEERS"):
        return given
    place = ROOT / "build" / "v2x-peers"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qqq", "--disable-pip-version-check", *PEERS], check=True)
    return str(python)


def peer(name: str, ports: int, runs: int) -> dict[str, float]:
    """Return what a peer reaches."""
    script = HERE / "peers" / "v2x_worlds.py"
    ran = subprocess.run(
        [peers_python(), str(script), name, str(ports), str(runs)], capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout.splitlines()[-1])


def speed(rounds: int) -> dict[str, Any]:
    """Return ratios to the peers: medians of rounds in which all take turns.

    Beside EV2Gym, whose steps make observations and rewards, ours do too; beside ACN-Sim, which makes none, they do not.
    """
    small, large = garage(50), garage(1000)
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        each = {
            "ev2gym_50": peer("ev2gym", 50, 10)["with_resets"], "own_50": simulated(small, 1, 40, environment=True)["with_resets"],
            "ev2gym_1000": peer("ev2gym", 1000, 1)["without"], "own_1000": simulated(large, 1, 10, environment=True)["without"],
            "ev2gym_50_without": peer("ev2gym", 50, 10)["without"], "acnsim": peer("acnsim", 50, 10)["with_resets"],
            "own_batch": simulated(small, 1024, 3, environment=True)["without"],
            "own_batch_with_resets": simulated(small, 1024, 3)["with_resets"],
        }  # fmt: skip
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    rate = {name: statistics.median(values) for name, values in found.items()}
    return {
        **{f"{name}_port_steps_per_s": value for name, value in rate.items()},
        "ratio_ev2gym_single": rate["own_50"] / rate["ev2gym_50"],
        "ratio_ev2gym_1000": rate["own_1000"] / rate["ev2gym_1000"],
        "ratio_ev2gym_batch": rate["own_batch"] / rate["ev2gym_50_without"],
        "ratio_ev2gym_batch_with_resets": rate["own_batch_with_resets"] / rate["ev2gym_50"],
        "ratio_acnsim_batch": rate["own_batch_with_resets"] / rate["acnsim"],
    }


def learning() -> dict[str, Any]:
    """Return training steps per second of Stable-Baselines3's PPO as it comes, here in 64 worlds and on EV2Gym, and the ratio."""
    import torch
    from stable_baselines3 import PPO

    from evplan.v2x.gym.sb3 import SB3Worlds

    torch.set_num_threads(2)
    model = PPO("MlpPolicy", SB3Worlds(garage(50), 64), n_steps=96, batch_size=1024, device="cpu")
    model.learn(64 * 96)
    begun = time.perf_counter()
    model.learn(30 * 64 * 96)
    own = 30 * 64 * 96 / (time.perf_counter() - begun)
    theirs = peer("ppo", 50, 4096)["steps_per_s"]
    return {"ppo_steps_per_s": own, "ev2gym_ppo_steps_per_s": theirs, "ratio_ppo": own / theirs}


def energy() -> dict[str, Any]:
    """Return the largest error of energy in a step of many random worlds, kWh."""
    worst, numbers = 0.0, np.random.default_rng(1)
    for minutes in (1, 5, 15, 60):
        for _ in range(5):
            vehicle = {
                "name": "v", "battery_kwh": numbers.uniform(10, 150), "ac_kw": numbers.uniform(2, 43), "taper_soc": numbers.uniform(0.1, 1),
                "ac_efficiency": numbers.uniform(0.3, 1), "v2g_kw": 20.0, "v2g_efficiency": numbers.uniform(0.3, 1), "most_soc": 1.0,
            }  # fmt: skip
            own = garage(30, step_minutes=minutes, vehicles=[vehicle])
            run = Worlds(own.equipment.layout, own.draw(np.arange(20)))
            while not run.over:
                before, who = run.ports.stored.copy(), run.ports.who.copy()
                books = run.step(Orders(numbers.uniform(-1, 1, run.flow_kw.shape) * 43))
                place = np.maximum(who, 0).astype(int)
                gone = np.take_along_axis(run.traces.stays.last, place, 1) == run.t - 1
                after = np.where(gone, np.take_along_axis(run.outcome.left, place, 1), run.ports.stored)
                change = np.where(who >= 0, after - before, 0.0).sum(axis=1)
                worst = max(worst, float(np.abs(books.bought - books.sold - books.lost - change).max()))
    return {"energy_error": worst}


def endless() -> dict[str, Any]:
    """Return drift of energy and growth of memory over a million steps of a world, new days drawn as it goes."""
    own, apart = garage(50), []
    steps, memory = 0, 0.0
    while steps < 1_000_000:
        run, policy = Worlds(own.equipment.layout, own.draw(np.array([steps]))), AsFast()
        while not run.over:
            books = run.step(policy(run))
            apart.append(float(books.drawn[0]) - float(books.lost[0]))
            steps += 1
        there = run.traces.stays.there
        apart.append(-float((run.outcome.left - run.traces.stays.came)[there].sum()))
        if steps == 96 * 1000:
            gc.collect()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    return {"steps": steps, "drift_kwh": abs(math.fsum(apart)), "leak_mb": grown}


def recorded() -> dict[str, Any]:
    """Return the largest relative difference from recorded costs, and from the recorded linear bounds."""
    if not RECORDED.is_dir():
        return {}
    costs, bounds = [], []
    for file in sorted(RECORDED.glob("*.json")):
        scene = scene_of(file, [0])
        assert scene.recorded is not None
        for name in ("as-fast", "as-late-rated"):
            own = float(act(scene, name, policy_named(name, scene)).books.energy[0])
            costs.append(abs(own / scene.recorded[name] - 1))
        bounds.append(abs(float(linear_bounds(scene)[0]) / scene.recorded["linear"] - 1))
    return {"recorded_error": max(costs), "linear_bound_error": max(bounds)}


def optimum(days: int) -> dict[str, Any]:
    """Return by how much any policy is below the optimum on any day, and by how much plans made anew are above it in the mean."""
    scene = scene_of(ROOT / "instances" / "v2x.yaml", range(days))
    cost, best, paid = {}, None, 0.0
    begun = time.perf_counter()
    for name in NAMES:
        if name == "mpc":
            continue  # a plan in every step of every day: mpc-perfect is what the bar asks for
        became = act(scene, name, policy_named(name, scene))
        cost[name] = cost_of(became.books, scene.prices)
        if became.bounds is not None:
            best, paid = became.bounds, float((became.books.energy + became.books.demand + became.books.wear).mean())
    assert best is not None
    below = max(float((best - values).max()) for values in cost.values())
    above = cost["mpc-perfect"] - best
    return {
        "below_optimum": max(0.0, below - 1e-6), "optimum_above_bound": float((cost["optimum"] - best).max()),
        "mpc_regret": float(above.mean() / np.abs(best).mean()),
        "mpc_regret_eur": float(above.mean()), "mpc_regret_of_net_cost": float(above.mean() / abs(best.mean())),
        "mpc_regret_of_what_is_paid": float(above.mean() / paid),
        "cost_by_policy": {name: round(float(values.mean()), 3) for name, values in cost.items()},
        "optimum_seconds": time.perf_counter() - begun,
    }  # fmt: skip


def arrivals() -> dict[str, Any]:
    """Return how arrivals at steps of 5, 15 and 60 minutes differ from the file's rate, at most."""
    worst = 0.0
    for minutes in (5, 15, 60):
        own = garage(
            400, step_minutes=minutes, days=1, start="2026-06-01T00:00", places={"office": {"arrivals_per_day": 100.0}}
        )
        traces = own.draw(np.arange(3000))
        worst = max(worst, abs((traces.stays.there.sum() + traces.refused.sum()) / 3000 / 100 - 1))
    return {"arrival_error": float(worst)}


def main() -> int:
    """Run all, or what needs no peers; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    parser.add_argument("--quick", action="store_true", help="no peers, no learning, ten days instead of a hundred")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--days", type=int, default=100)
    said = parser.parse_args()
    figures = {**energy(), **recorded(), **arrivals(), **endless(), **optimum(10 if said.quick else said.days)}
    if not said.quick:
        figures |= {**speed(said.rounds), **learning()}
    figures["missed"] = [
        name
        for name, (bar, way) in BARS.items()
        if name in figures and (figures[name] > bar if way == "at most" else figures[name] < bar)
    ]
    finish(figures, said.json)
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())

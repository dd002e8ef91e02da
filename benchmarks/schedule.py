"""Schedules: seconds by number of vehicles, certified gaps, random days, peers on the same program, least powers, and what a day of real
sessions saves against what operators do. `--json` prints one object; `--quick` leaves out the slow peers."""

from __future__ import annotations

import argparse
import datetime
import gzip
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from harness import finish

from evplan.schedule.answer import figures
from evplan.schedule.flows import cost
from evplan.schedule.forecast import Past
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.prepare import prepare
from evplan.schedule.problem import Problem
from evplan.schedule.replay import ANEW, HINDSIGHT, WITH_PAST, as_it_happened, compared
from evplan.schedule.sessions import Sessions
from evplan.schedule.site import ScheduleSite
from evplan.schedule.solve import Found, solve
from evplan.schedule.synthetic import Day, make
from evplan.schedule.tables import read_sessions

HERE = Path(__file__).parent
sys.path += [str(HERE / "peers"), str(HERE.parent / "tests")]
SHARED = HERE.parents[1] / "shared" / "data" / "sessions" / "acn"
TARIFF = {
    "energy": [{"price_per_kwh": 0.12}, {"price_per_kwh": 0.3, "start": "16:00", "end": "21:00"}],
    "demand": [{"price_per_kw_month": 12.0}], "export_per_kwh": 0.05,
}  # fmt: skip
DAYS = 20
SETPOINTS_KW = (3.7, 7.4, 11.0)


def day_of(count: int, **chargers: Any) -> Problem:
    """Return a made-up day at a site that is never far from its limit. chargers : what they ask for."""
    site = ScheduleSite.model_validate({
        "kind": "schedule", "format": 1, "start": "2026-12-01T00:00:00", "hours": 24.0, "connection": {"limit_kw": 2.2 * count},
        "peak_so_far_kw": 0.5 * count, "load_kw": 0.1 * count, "tariff": TARIFF, "chargers": chargers,
    })  # fmt: skip
    return prepare(site, make(Day(count, datetime.date(2026, 12, 1))), Path())


def timed(count: int, rounds: int) -> tuple[float, Found]:
    """Return the median seconds of building and solving, and what was found."""
    taken, found = [], None
    for _ in range(rounds):
        begun = time.perf_counter()
        found = solve(day_of(count))
        taken.append(time.perf_counter() - begun)
    assert found is not None
    return statistics.median(taken), found


def sizes() -> dict[str, Any]:
    """Return seconds by number of vehicles, from sessions to the answer, and the worst certified gap."""
    solve(day_of(10))  # imports
    found = {count: timed(count, rounds) for count, rounds in ((40, 9), (400, 5), (4000, 3), (10_000, 3))}
    seconds = {count: taken for count, (taken, _) in found.items()}
    return {
        "solve_40_ms": 1000 * seconds[40], "solve_400_ms": 1000 * seconds[400], "solve_4000_s": seconds[4000],
        "solve_10000_s": seconds[10_000], "worst_gap": max(one.gap for _, one in found.values()),
    }  # fmt: skip


def fuzz(count: int) -> dict[str, Any]:
    """Return how many random problems end without a plan that is proved to a millionth."""
    from days import drawn

    gaps = [solve(drawn(seed), "arrow").gap for seed in range(count)]
    return {"fuzz_failures": sum(not gap <= 1e-6 for gap in gaps), "fuzz_cases": count, "fuzz_worst_gap": max(gaps)}


def alternating(problem: Problem, peer: Callable[[Problem], tuple[float, float]], rounds: int) -> tuple[float, float]:
    """Return how many times a peer takes of what evplan takes on the same problem, median of rounds; how far its objective is from ours."""
    ratios, apart = [], 0.0
    for _ in range(rounds):
        seconds, objective = peer(problem)
        begun, tries = time.perf_counter(), 3
        for _ in range(tries):
            found = solve(problem)
        ratios.append(seconds * tries / (time.perf_counter() - begun))
        apart = abs(objective / found.cost.total - 1)
    return statistics.median(ratios), apart


def peers(cap_s: float) -> dict[str, Any]:
    """Return how many times peers take on the same problems, building included, and how far their optima are from ours."""
    import schedule_peers

    told: dict[str, Any] = {}
    problem = day_of(400)
    if schedule_peers.cvxpy(problem) is not None:  # and imports
        told["ratio_cvxpy_400"], told["objective_error"] = alternating(problem, schedule_peers.cvxpy, 9)
    routes = {
        name: alternating(day_of(4000), lambda one, own=options: schedule_peers.highs(one, own, cap_s), 3)
        for name, options in schedule_peers.ROUTES.items()
    }
    told["ratio_highs_4000"] = min(ratio for ratio, _ in routes.values())
    told["highs_4000"] = {name: {"ratio": ratio, "error": error} for name, (ratio, error) in routes.items()}
    told["ratio_pyomo_10000"], error = alternating(day_of(10_000), lambda one: schedule_peers.pyomo(one, cap_s), 1)
    told["pyomo_10000_capped"] = math.isnan(error)
    return told


def least() -> dict[str, Any]:
    """Return seconds and gaps with 6 A as the least power."""
    told = {}
    for count in (10, 40, 400):  # the first for imports
        problem = day_of(count)
        phases = problem.sessions.phases
        own = replace(problem.sessions, min_kw=np.minimum(1.38 * phases, problem.sessions.max_kw))
        begun = time.perf_counter()
        found = solve(replace(problem, sessions=own))
        told |= {f"milp_{count}_gap": found.gap, f"milp_{count}_s": time.perf_counter() - begun}
    return {name: value for name, value in told.items() if "_10_" not in name}


def setpoints() -> dict[str, Any]:
    """Return how far plans of setpoints are from what plans at any power cost, after ten seconds."""
    told = {}
    for count in (40, 400):
        found = solve(day_of(count, setpoints_kw=SETPOINTS_KW), limit_s=10.0)
        told[f"setpoints_{count}_gap"] = found.gap
    return told


def real_replay() -> dict[str, Any]:
    """Return what plans made anew with the past come to on three real weeks, over the cheapest policy and over hindsight."""
    path = SHARED / "caltech_2019-05-01_2019-08-31.csv.gz"
    if not path.exists():
        return {"replay_over_policy": None}
    site = ScheduleSite.model_validate({
        "kind": "schedule", "format": 1, "timezone": "America/Los_Angeles", "connection": {"limit_kw": 90.0}, "tariff": TARIFF,
        "chargers": {"power_kw": 7.4, "efficiency": 0.9}, "start": "2019-05-01T00:00:00", "hours": 504.0,
        "shortfall_price_per_kwh": 2.0, "columns": {"departure": "estimated_departure", "left": "departure"},
    })  # fmt: skip
    every = _unpacked(path, site)
    own = every.of(every.arrival_s < every.arrival_s.min() + 20.5 * 86400)
    problem = prepare(site, as_it_happened(own), Path())
    found = compared(problem, own.departure_s, Past(own, site.timezone)).found
    total = {name: cost(problem, one.decision).total for name, one in found.items()}
    anew = found[WITH_PAST]
    return {
        "replay_over_policy": total[WITH_PAST] / min(total[name] for name in POLICIES),
        "replay_over_hindsight": total[WITH_PAST] / total[HINDSIGHT],
        "replay_believing_over_hindsight": total[ANEW] / total[HINDSIGHT],
        "replay_served": figures(problem, anew.decision)["satisfaction"],
        "replay_ms_each": 1000 * anew.seconds / anew.plans, "replay_plans": anew.plans,
    }  # fmt: skip


def _unpacked(path: Path, site: ScheduleSite) -> Sessions:
    """Return the sessions of a packed table."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "sessions.csv"
        table.write_bytes(gzip.decompress(path.read_bytes()))
        return read_sessions(table, site.chargers, site.timezone, site.columns)


def real() -> dict[str, Any]:
    """Return the least saving against the best policy at equal service on real days (Caltech, ACN-Data), of what policies pay."""
    path = SHARED / "caltech_2019-05-01_2019-08-31.csv.gz"
    if not path.exists():
        return {"worst_saving": None}
    site = ScheduleSite.model_validate({
        "kind": "schedule", "format": 1, "timezone": "America/Los_Angeles", "connection": {"limit_kw": 150.0}, "tariff": TARIFF,
        "chargers": {"power_kw": 7.4}, "hours": 24.0,
    })  # fmt: skip
    every = _unpacked(path, site)
    first = float(np.floor(every.arrival_s.min() / 86400) * 86400) + 12 * 3600  # about 4 or 5 in the morning there
    savings = []
    for day in range(DAYS):
        begins = first + 86400 * day
        own = every.of((every.arrival_s >= begins) & (every.arrival_s < begins + 86400))
        start = datetime.datetime.fromtimestamp(begins, datetime.UTC)
        problem = prepare(site.model_copy(update={"start": start}), own, Path())
        plan = solve(problem).cost
        policies = [cost(problem, follow(problem, policy)) for policy in POLICIES.values()]
        savings.append(min(1 - plan.total / one.total for one in policies))
    return {"worst_saving": min(savings), "median_saving": statistics.median(savings), "real_days": DAYS}


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    parser.add_argument(
        "--quick", action="store_true", help="leave out the peers, and all but a hundred random problems"
    )
    parser.add_argument("--cap", type=float, default=120.0, help="seconds after which a peer is stopped")
    asked = parser.parse_args()
    told = sizes()
    told |= fuzz(100 if asked.quick else 1000) | least() | setpoints() | real() | real_replay()
    if not asked.quick:
        told |= peers(asked.cap)
    finish(told, asked.json)


if __name__ == "__main__":
    main()

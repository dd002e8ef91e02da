"""Siting: a real region and large invented ones, the audit on a hundred, published medians, and maximal cover beside spopt.

spopt runs in an environment of its own, made once in build/siting-peers (or given with SITING_PEERS); OR-Library's pmed files are read from
the folder that ORLIB names, where it does. `--json` prints one object; `--quick` leaves out the large regions and the peer. It ends with 1
if a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from harness import finish, peers_python
from scipy.sparse import csr_array
from sklearn.neighbors import BallTree

from evplan.paths import anywhere
from evplan.siting.audit import audit
from evplan.siting.classic.cover import maximal_cover
from evplan.siting.classic.median import p_median
from evplan.siting.classic.orlib import read_pmed
from evplan.siting.invented import invent, varied
from evplan.siting.pareto import front
from evplan.siting.problem import problem_of
from evplan.siting.read import read_siting
from evplan.siting.results import tables_of, write_table
from evplan.siting.run import seek
from evplan.siting.search import Found
from evplan.solver.outcome import Options

HERE = Path(__file__).parent
PEERS = ("spopt==0.7.0", "highspy", "pulp==3.3.2")
BARS = {
    "orlib_mismatches": (0, "at most"), "audit_mismatches": (0, "at most"), "mclp_ratio_spopt": (5, "at least"),
    "mclp_difference": (1e-6, "at most"), "waterloo_s": (120, "at most"), "waterloo_gap": (0.005, "at most"),
    "build_fraction": (0.15, "at most"), "large_s": (600, "at most"), "large_gap": (0.01, "at most"), "memory_gb": (4, "at most"),
    "cover_s": (600, "at most"), "cover_gap": (0.01, "at most"), "pareto_ratio": (10, "at most"),
}  # fmt: skip
PUBLISHED = (
    5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255, 7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809, 2845, 1789, 9138, 8579,
    4619, 2961, 1828, 9917, 8307, 4498, 3033, 1989, 10086, 9297, 4700, 3013, 10400, 9934, 5057, 11060, 9423, 5128,
)  # fmt: skip
"""Optima of pmed1 to pmed40: Beasley 1985, European Journal of Operational Research 21(2), 270-273, table 2."""


def medians() -> dict[str, Any]:
    """Return how many published optima are not reproduced, among the instances at hand."""
    folder = os.environ.get("ORLIB")
    there = [n for n in range(1, 41) if folder and (Path(folder) / f"pmed{n}.txt").is_file()]
    wrong, begun = 0, time.perf_counter()
    for n in there:
        graph = read_pmed(Path(folder or "") / f"pmed{n}.txt")
        found = p_median(graph.distance, graph.sites)
        wrong += int(found.value != PUBLISHED[n - 1] or found.bound != found.value)
    if not there:
        return {}
    return {"orlib_mismatches": wrong, "orlib_tried": len(there), "orlib_s": time.perf_counter() - begun}


def audits(regions: int) -> dict[str, Any]:
    """Return how many claims of how many invented regions do not hold."""
    wrong = 0
    for seed in range(regions):
        with tempfile.TemporaryDirectory() as name:
            data, out = Path(name), Path(name) / "out"
            out.mkdir()
            study = invent(data, 30, 25, 6, 2, seed, **varied(seed))
            for table, made in tables_of(seek(problem_of(study, data), Options(0.02, 10.0))[-1].plan).items():
                write_table(out, table, made)
            wrong += sum(not one.holds for one in audit(study, out, data))
    return {"audit_mismatches": wrong, "audit_regions": regions}


def points_and_sites(points: int, sites: int, radius: float) -> tuple[csr_array, np.ndarray]:
    """Return who covers whom in a square of side 1, and weights."""
    random = np.random.default_rng(1)
    at, there, weight = (
        random.random((points, 2)),
        random.random((sites, 2)),
        random.integers(1, 100, points).astype(float),
    )
    near = BallTree(there).query_radius(at, radius)
    row = np.repeat(np.arange(points), [len(one) for one in near])
    return csr_array((np.ones(len(row)), (row, np.concatenate(near).astype(int))), shape=(points, sites)), weight


def beside_spopt() -> dict[str, Any]:
    """Return how much longer spopt takes for the same cover, 5,000 points and 1,000 sites, and how the optima differ."""
    python = peers_python("siting", PEERS)
    covers, weight = points_and_sites(5000, 1000, 0.05)
    begun = time.perf_counter()
    own = maximal_cover(covers, weight, 20)
    seconds = time.perf_counter() - begun
    row = covers.tocoo()
    with tempfile.TemporaryDirectory() as name:
        np.savez(Path(name) / "cover.npz", point=row.row, site=row.col, weight=weight, p=20, shape=covers.shape)
        command = [python, str(HERE / "peers" / "mclp_spopt.py"), str(Path(name) / "cover.npz"), "600"]
        said = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1])
    return {
        "mclp_s": seconds, "mclp_spopt_s": said["seconds"], "mclp_ratio_spopt": said["seconds"] / seconds,
        "mclp_difference": abs(said["value"] - own.value) / own.value,
    }  # fmt: skip


def waterloo() -> dict[str, Any]:
    """Return seconds and gap of the real region, where its data are at hand, and what a front of ten points takes beside one plan."""
    path = HERE.parent / "instances" / "waterloo.yaml"
    if not (HERE.parent.parent / "shared" / "data" / "waterloo").is_dir():
        return {}
    with anywhere():
        study = read_siting(path).study
    problem = problem_of(study, path.parent)
    found = seek(problem, Options(0.005, 300.0))[-1]
    begun = time.perf_counter()
    points = front(problem, "cost", 10, Options(0.005, 60.0), found)
    taken = time.perf_counter() - begun
    return {**told("waterloo", found), "pareto_points": len(points), "pareto_ratio": taken / found.seconds}


def large() -> dict[str, Any]:
    """Return the same of 5,000 areas, 1,000 candidates and three phases; and of a cover of 50,000 points by 2,000 sites."""
    with tempfile.TemporaryDirectory() as name:
        study = invent(Path(name), 5000, 1000, 200)
        figures = told("large", seek(problem_of(study, Path(name)), Options(0.01, 600.0))[-1])
    covers, weight = points_and_sites(50_000, 2000, 0.03)
    begun = time.perf_counter()
    own = maximal_cover(covers, weight, 60, gap=0.01)
    figures |= {"cover_s": time.perf_counter() - begun, "cover_gap": (own.bound - own.value) / own.value}
    return {**figures, "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


def told(name: str, found: Found) -> dict[str, Any]:
    """Return the figures of a plan."""
    fraction = {"build_fraction": found.building / found.seconds} if name == "waterloo" else {}
    return {f"{name}_s": found.seconds, f"{name}_gap": found.gap, **fraction}


def main() -> int:
    """Run the benchmark; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    parser.add_argument("--quick", action="store_true", help="leave out large regions and the peer")
    asked = parser.parse_args()
    figures = {**medians(), **audits(10 if asked.quick else 100), **waterloo()}
    if not asked.quick:
        figures |= {**large(), **beside_spopt()}
    finish(figures, asked.json)
    missed = [
        name
        for name, (bar, side) in BARS.items()
        if name in figures and (figures[name] > bar if side == "at most" else figures[name] < bar)
    ]
    print(f"missed: {', '.join(missed) or 'none'}", file=sys.stderr)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

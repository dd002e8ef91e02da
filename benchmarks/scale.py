"""A hundred sites by five scenarios, one worker against two: is the work halved, and is the answer the same?

Every site of every scenario is a row of its own (`evplan compare --by-site`); each worker is a process bound to one core. Efficiency is
the time of one worker over twice that of two. With the extra `cluster`, the same rows on a Dask scheduler with two worker processes on
this machine stand beside.

    python benchmarks/scale.py [--sites 100] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness import finish
from ruamel.yaml import YAML

from evplan.scenarios.compare import compare
from evplan.scenarios.rows import COLUMNS

ROOT = Path(__file__).parents[1]
BARS = {"efficiency_two_workers": 0.85, "identical": 1.0}
SCENARIOS = {
    "dear": "land_cost_per_year",
    "cheap": "price_per_kwh",
    "patient": "demand.max_wait_min",
    "busy": "demand.growth_per_year",
}
VALUES = {"dear": 30000, "cheap": 0.36, "patient": 30, "busy": 0.12}


def write(path: Path, count: int) -> None:
    """Write an instance of so many sites, each with a demand of its own, on one week, with four scenarios beside the file as it stands."""
    tree = YAML().load((ROOT / "instances" / "tiny.yaml").read_text())
    tree["horizon"]["operating_years"] = [1]
    tree["catalogue"].pop("battery", None)
    text, sites = json.dumps(tree["sites"][0]), []
    for number in range(count):
        site = json.loads(text)
        site["name"] = f"site-{number:03}"
        site["demand"] |= {"seed": number, "sessions_per_day": 15 + 3 * (number % 11)}
        sites.append(site)
    tree["sites"] = sites
    tree["scenarios"] = {
        name: {f"sites[{site['name']}].{field}": VALUES[name] for site in sites} for name, field in SCENARIOS.items()
    }
    with path.open("w") as handle:
        YAML().dump(tree, handle)


def timed(path: Path, jobs: int, cluster: str | None = None) -> tuple[float, list[dict[str, Any]]]:
    """Return the seconds of all rows with so many workers, and the rows without theirs."""
    begun = time.perf_counter()
    rows = compare(path, jobs=jobs, by_site=True, cluster=cluster) if jobs > 1 else _one(path)
    return time.perf_counter() - begun, [{name: row[name] for name in COLUMNS if name != "seconds"} for row in rows]


def _one(path: Path) -> list[dict[str, Any]]:
    """Return all rows of one worker process: as with two, so that only their number differs."""
    from evplan.fanout import working
    from evplan.scenarios import compare as module

    with working(1) as worker:
        solve = module.solve_row
        stop = module.threading.Event()
        module.solve_row = lambda asked, tell: worker.run(solve, asked, tell=tell, stop=stop)
        try:
            return compare(path, jobs=1, by_site=True)
        finally:
            module.solve_row = solve


def main() -> int:
    """Print the figures and return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "grid.yaml"
        write(path, asked.sites)
        one, rows = timed(path, 1)
        two, side = timed(path, 2)
        figures = {"rows": len(rows), "seconds_one": one, "seconds_two": two, "efficiency_two_workers": one / (2 * two),
                   "identical": float(rows == side), "solved": sum(row["status"] == "optimal" for row in rows)}  # fmt: skip
        print({name: round(value, 3) for name, value in figures.items()}, file=sys.stderr, flush=True)
        if find_spec("distributed") is not None:
            figures |= on_cluster(path, rows)
    finish(figures, asked.json)
    missed = [name for name, bar in BARS.items() if figures[name] < bar]
    print(f"missed: {', '.join(missed) or 'none'}", file=sys.stderr)
    return int(bool(missed))


def on_cluster(path: Path, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return the seconds of the same rows on a scheduler with two worker processes, and whether they are the same."""
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        seconds, found = timed(path, 2, cluster.scheduler_address)
    return {"seconds_cluster": seconds, "identical_cluster": float(found == rows)}


if __name__ == "__main__":
    sys.exit(main())

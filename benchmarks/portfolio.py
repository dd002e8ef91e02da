"""Twenty sites without coupling against one: does time grow with their number, and do two cores halve it?

Every site is a full hourly year with its own seeded demand; each run is a process of its own, bound to one core or two. The
ratio is the time of twenty sites over the mean time of single sites on one core.

    python benchmarks/portfolio.py [--sites 20] [--singles 3] [--json]
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

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
BARS = {"ratio_one_core": 22.0, "ratio_two_cores": 12.0}
RUN = "import sys, json\nfrom evplan.plan import solve\nrun = solve(sys.argv[1])\n" + (
    "print(json.dumps({'seconds': run.seconds['total'], 'objective': run.objective, 'gap': run.gap, 'status': run.status}))"
)


def write(path: Path, numbers: list[int]) -> None:
    """Write an instance of these sites: Greensboro's urban site, each with a demand of its own seed."""
    tree = YAML().load((ROOT / "instances" / "greensboro.yaml").read_text())
    tree.pop("scenarios", None)
    tree["horizon"]["operating_years"] = [1]
    text = json.dumps(tree["sites"][0])
    sites = []
    for number in numbers:
        site = json.loads(text)
        site["name"] = f"site-{number}"
        site["demand"] |= {"seed": number, "sessions_per_day": 40 + 3 * (number % 7)}
        sites.append(site)
    tree["sites"] = sites
    with path.open("w") as handle:
        YAML().dump(tree, handle)


def timed(path: Path, cores: set[int]) -> dict[str, float]:
    """Return what a process that may use these cores needs for an instance."""
    found = subprocess.run(
        [sys.executable, "-c", RUN, str(path)], check=True, capture_output=True, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )  # fmt: skip
    return json.loads(found.stdout.splitlines()[-1])


def main() -> int:
    """Print the figures and return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--singles", type=int, default=5, help="single sites whose mean time is the unit")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    available = sorted(os.sched_getaffinity(0))
    one, two = set(available[:1]), set(available[:2])
    with tempfile.TemporaryDirectory() as text:
        folder, numbers = Path(text), list(range(asked.sites))
        write(folder / "all.yaml", numbers)
        step = max(1, asked.sites // asked.singles)
        for number in numbers[::step]:
            write(folder / f"one-{number}.yaml", [number])
        singles = [timed(folder / f"one-{number}.yaml", one)["seconds"] for number in numbers[::step]]
        runs = {"one_core": timed(folder / "all.yaml", one), "two_cores": timed(folder / "all.yaml", two)}
    unit = statistics.mean(singles)
    figures = {f"ratio_{name}": run["seconds"] / unit for name, run in runs.items()}
    figures |= {"seconds_one_site": unit, "sites": asked.sites, "cores": len(two)}
    figures |= {f"seconds_{name}": run["seconds"] for name, run in runs.items()}
    figures |= {"worst_gap": max(run["gap"] for run in runs.values())}
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value:.4g}" for name, value in figures.items()))
    return int(any(figures[name] > bar for name, bar in BARS.items()))


if __name__ == "__main__":
    sys.exit(main())

"""A scenario grid killed (SIGKILL) at random moments and resumed: are the tables the same bytes as of one that was left alone?

python benchmarks/killed.py [--times 50] [--json]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import finish
from ruamel.yaml import YAML

from evplan.store.runs import runs

ROOT = Path(__file__).parents[1]
EVPLAN = [sys.executable, "-m", "evplan"]
SCENARIOS = 4


def write(path: Path) -> None:
    """Write an instance of two sites, solved in a second, with some scenarios."""
    tree = YAML().load((ROOT / "instances" / "tiny.yaml").read_text())
    tree["horizon"]["operating_years"] = [1]
    tree["catalogue"].pop("battery", None)
    tree["scenarios"] = {f"s{k}": {"sites[gate-city].land_cost_per_year": 1000 * k} for k in range(SCENARIOS)}
    with path.open("w") as handle:
        YAML().dump(tree, handle)


def compared(path: Path, table: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a comparison in a process group of its own."""
    words = [*EVPLAN, "compare", str(path), "--jobs", "2", "--output", str(table), *more]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def main() -> int:
    """Print the figures and return 1 if a table differs or a store cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    moment, figures = random.Random(0), dict[str, Any](killed=0, same=0, readable=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "grid.yaml")
        begun = time.perf_counter()
        assert compared(folder / "grid.yaml", folder / "whole.csv").wait() == 0
        usual, whole = time.perf_counter() - begun, (folder / "whole.csv").read_bytes()
        for k in range(asked.times):
            own = folder / f"run-{k}"
            own.mkdir()
            child = compared(folder / "grid.yaml", own / "table.csv")
            time.sleep(moment.uniform(0.0, usual))
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                figures["killed"] += 1
            child.wait()
            code = compared(folder / "grid.yaml", own / "table.csv", "--resume").wait()
            figures["same"] += int(code == 0 and (own / "table.csv").read_bytes() == whole)
            figures["readable"] += int(all(not one.fault for one in runs(own)))
    figures["times"] = asked.times
    finish(figures, asked.json)
    missed = figures["same"] < asked.times or figures["readable"] < asked.times
    print(f"missed: {'tables' if missed else 'none'}", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

"""A region of 200 demand areas and 60 candidate sites, end to end: siting, a plan for every station, support, audit and report.

python benchmarks/region.py [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
from harness import finish
from ruamel.yaml import YAML

from evplan.fanout import working
from evplan.region.read import read_region
from evplan.region.results import plan_and_write
from evplan.siting.invented import invent

ROOT = Path(__file__).parents[1]
BAR_S = 600.0


def write(folder: Path) -> Path:
    """Write an invented region, its siting file and its region file; return the last."""
    study = invent(folder, 200, 60, standing=8, phases=3, seed=1, currency="EUR")
    (folder / "siting.yaml").write_text(json.dumps(study.model_dump(mode="json", exclude_none=True)))
    with (ROOT / "instances" / "region.yaml").open() as handle:
        said = YAML().load(handle)
    said |= {
        "siting": "siting.yaml",
        "stations": str(ROOT / "data" / "region" / "stations.yaml"),
        "feeders": [],
        "chargers": {},
    }
    (folder / "region.yaml").write_text(json.dumps(said))
    return folder / "region.yaml"


def main() -> int:
    """Print the figures and return 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        region = read_region(write(Path(name)))
        begun = time.perf_counter()
        with working() as workers:
            said = plan_and_write(
                region, Path(name) / "out", workers, ("html",), lambda what, known: None, threading.Event()
            )
        seconds = time.perf_counter() - begun
        stations = pd.read_csv(Path(name) / "out" / "stations.csv")
    figures = {"seconds": seconds, "areas": said["areas"], "sites": said["sites"], "stations": said["stations"],
               "claims": len(said["audit"]),
               "siting_gap": said["siting"]["gap"], **said["states"], "worst_gap": float(stations["gap"].max())}  # fmt: skip
    finish(figures, asked.json)
    print(f"missed: {'seconds' if seconds > BAR_S else 'none'}", file=sys.stderr)
    return int(seconds > BAR_S)


if __name__ == "__main__":
    sys.exit(main())

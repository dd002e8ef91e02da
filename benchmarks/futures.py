"""Twenty futures under one set of sizes: seconds from the file to plans that are checked in every future.

Greensboro (two sites, 8,760 hours, two operating years) with twenty futures drawn, to a gap of 0.1 %: the plan of the file as it
stands, the sizes for all futures, each future by itself, and the check of every plan.

    python benchmarks/futures.py [--futures 20] [--site gate-city] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from ruamel.yaml import YAML

from evplan.studies.futures import solve_futures

ROOT = Path(__file__).parents[1]
BAR_S, GAP = 300.0, 1e-3


def main() -> int:
    """Print the figures and return 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--futures", type=int, default=20)
    parser.add_argument("--site", help="this site alone; left out, both")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    tree = YAML().load((ROOT / "instances" / "greensboro.yaml").read_text())
    tree.pop("scenarios", None)
    tree["futures"] = {
        "draws": {"count": asked.futures, "demand_sd": 0.3, "growth_sd": 0.03, "electricity_escalation_sd": 0.01}
    }
    tree["sites"] = [site for site in tree["sites"] if asked.site in (None, site["name"])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "futures.yaml"
        with path.open("w") as handle:
            YAML().dump(tree, handle)
        begun = time.perf_counter()
        run = solve_futures(path, gap=GAP)
    figures = {
        "seconds": time.perf_counter() - begun, "seconds_central": run.central.seconds["total"], "gap": run.gap,
        "futures": len(run.futures), "sites": len(run.sites), "status": run.status, "objective": run.objective,
        "stochastic_value": sum(site.stochastic_value for site in run.sites),
        "information_value": sum(site.information_value for site in run.sites),
    }  # fmt: skip
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
    return int(figures["seconds"] > BAR_S)


if __name__ == "__main__":
    sys.exit(main())

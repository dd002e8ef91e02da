"""Every benchmark, and a run of them all: `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = {
    "demo": "instances/greensboro.yaml from file to report: seconds, gap, check",
    "site_solve": "one full-year site: decomposition against the whole program and Pyomo's own interface",
    "site_peers": "one plan by evplan, a plain Pyomo model, PyPSA and oemof-solph (hours, at the default cap)",
    "reopt_replay": "published studies of the field's reference: sizes, lifecycle cost, business as usual",
    "billed_peak": "demand charges from hourly data and a few quarter-hour days, against the whole year's quarter hours",
    "portfolio": "twenty sites against one, on one core and on two",
    "futures": "twenty futures under one set of sizes: seconds from file to checked plans",
    "sequential": "everything at once against chargers, then panels, then a battery",
    "finance": "rates of return against polynomial roots and numpy-financial's loop; 100,000 scenarios of fifty sites",
    "city": "the hourly balance of 100 cities over ten years against a plain loop; eight cities from file to report",
    "schedule": "a day's schedule of 40 to 10,000 vehicles, random problems, peers, least powers, real days against policies",
    "web": "the server: milliseconds to a schedule, a hundred clients, kill -9 and restart, schemathesis",
    "v2x": "the world: port-steps per second beside other simulators, energy, recorded instances, the optimum beside policies, learning",
    "siting": "where stations go: a real region, 5,000 areas, a front, the audit, published medians, maximal cover beside a peer",
    "feeder": "low-voltage feeders: voltages and speed beside OpenDSS and power-grid-model, the trade-off beside NSGA-II, fifty days",
    "battery": "ageing, heat, the learned model and the prices it gives: every figure of docs/validation-battery.md",
}


def main() -> int:
    """Run every benchmark in turn; arguments are passed on."""
    worst = 0
    for name, what in BENCHMARKS.items():
        print(f"== {name}: {what}", flush=True)
        script = Path(__file__).parent / f"{name}.py"
        worst = max(worst, subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())

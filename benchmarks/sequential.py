"""What planning everything at once is worth: against chargers first, then panels, then a battery, as it is often done.

Each seeded instance is a site of its own (demand, prices of power and equipment, connection). One after the other: chargers
and connection are chosen without panels and battery; panels are added to those; a battery to both. At once: one plan. The
saving is what the joint plan is worth more, over what the sequential one invests and pays (its cost in present value).

    python benchmarks/sequential.py [--instances 20] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from evplan.instance.read import Read, read
from evplan.parameters.prepare import prepare
from evplan.parameters.types import SiteParameters
from evplan.planning.sites import solve_site
from evplan.solution.invariants import check, connection_costs, present_values
from evplan.solution.tables import SiteSolution
from evplan.solver.outcome import Options

ROOT = Path(__file__).parents[1]
GAP = 1e-4


def instance(folder: Path, seed: int) -> Read:
    """Write and read one seeded instance: four weeks of the seasons, a site of its own."""
    random = np.random.default_rng(seed)
    tree: dict[str, Any] = YAML(typ="safe").load((ROOT / "instances" / "tiny.yaml").read_text())
    tree.pop("scenarios", None)
    tree["horizon"] |= {"operating_years": [1], "weeks": ["2027-01-11", "2027-04-12", "2027-07-12", "2027-10-11"]}
    tree["catalogue"]["solar"]["cost_per_kw"] = round(float(random.uniform(900, 2200)), 0)
    tree["catalogue"]["battery"] |= {
        "cost_per_kwh": round(float(random.uniform(150, 350)), 0), "cost_per_kw": round(float(random.uniform(150, 900)), 0),
    }  # fmt: skip
    tariff = tree["tariffs"]["general-service"]
    tariff["demand"][0]["price_per_kw_month"] = round(float(random.uniform(4, 25)), 1)
    site = tree["sites"][int(random.integers(2))]
    site["price_per_kwh"] = round(float(random.uniform(0.38, 0.6)), 2)
    site["demand"] |= {"sessions_per_day": round(float(random.uniform(6, 60)), 1), "seed": seed, "min_served": 0.8}
    dear = float(random.uniform(0.3, 3))
    for step in site["connection"]["steps"]:
        step["cost"] = round(dear * step["cost"], 0)
    tree["sites"] = [site]
    path = folder / f"{seed}.yaml"
    path.write_text(json.dumps(tree, default=str))
    return read(path)


def best(found: Read, site: SiteParameters) -> SiteSolution:
    """Return the checked plan of a site."""
    plan = solve_site(found, site, "highs", Options(GAP, 300.0), lambda what, known: None)
    check(site, plan)
    return plan


def with_chargers(site: SiteParameters, plan: SiteSolution) -> SiteParameters:
    """Return the site with the plan's chargers and connection, no more and no fewer."""
    chargers = tuple(
        replace(c, existing=n, max_count=n, limit=n, capacity_kw=c.capacity_kw[:, : n + 1])
        for c, n in ((c, plan.chargers[c.name]) for c in site.chargers)
    )
    return replace(site, chargers=chargers, existing_kw=plan.connection_kw, connection_steps=())


def with_panels(site: SiteParameters, plan: SiteSolution) -> SiteParameters:
    """Return the site with the plan's panels, no more and no fewer."""
    if site.solar is None:
        return site
    arrays = tuple(
        replace(array, existing_kw=kw, max_kw=kw)
        for array, kw in zip(site.solar.arrays, plan.solar_by_array_kw.tolist(), strict=True)
    )
    return replace(site, solar=replace(site.solar, arrays=arrays, max_kw=plan.solar_kw))


def sequential(found: Read, site: SiteParameters) -> float:
    """Return the objective of chargers first, then panels, then a battery, every investment paid for."""
    first = best(found, replace(site, solar=None, battery=None))
    fixed = with_chargers(site, first)
    second = best(found, replace(fixed, battery=None))
    third = best(found, with_panels(fixed, second))
    paid = sum(c.present_cost * (first.chargers[c.name] - c.existing) for c in site.chargers)
    paid += connection_costs(site)[first.connection_kw]
    if site.solar is not None:
        paid += site.solar.present_cost_per_kw * (second.solar_kw - site.solar.existing_kw)
    return third.objective - paid


def compare(found: Read) -> dict[str, float]:
    """Return both objectives of an instance, and the saving over the joint plan's own cost."""
    site = prepare(found).sites[0]
    together, apart = best(found, site), sequential(found, site)
    cost = present_values(site, together)["revenue"] - apart
    return {
        "joint": together.objective,
        "sequential": apart,
        "gap": together.gap,
        "saving": (together.objective - apart) / cost,
    }


def main() -> int:
    """Print every instance and return 1 if the joint plan is ever worse by more than its gap."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as text:
        for seed in range(asked.instances):
            found.append(compare(instance(Path(text), seed)))
            if not asked.json:
                print(f"{seed:3d} joint {found[-1]['joint']:12,.0f}  sequential {found[-1]['sequential']:12,.0f} USD"
                      f"  saving {found[-1]['saving']:.2%} of cost", flush=True)  # fmt: skip
    worse = sum(one["joint"] < one["sequential"] - GAP * abs(one["joint"]) - 0.01 for one in found)
    savings = [one["saving"] for one in found]
    figures = {
        "worse": worse,
        "mean_saving": statistics.mean(savings),
        "largest_saving": max(savings),
        "instances": len(found),
    }
    print(json.dumps(figures) if asked.json else f"worse in {worse}; mean saving {figures['mean_saving']:.2%} of cost")
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main())

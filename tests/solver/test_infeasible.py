"""25 seeded instances without a plan: in each the message names the guilty input, and the repair it gives has a plan."""

from __future__ import annotations

import re

import numpy as np
import pytest
from support import solved, variant

from evplan.errors import InfeasibleError
from evplan.plan import solve

KINDS = ("connection", "ports", "waiting", "load", "contract")
RURAL, URBAN = "sites[rock-creek]", "sites[gate-city]"


def contradiction(seed, folder):
    """Return the changes of one instance without a plan, and the input that is to blame."""
    random, kind = np.random.default_rng(seed), KINDS[seed % len(KINDS)]
    served = round(float(random.uniform(0.9, 1.0)), 3)
    base = {f"{RURAL}.demand.min_served": 0.0, f"{RURAL}.demand.seed": seed + 1, f"{URBAN}.demand.min_served": 0.0}
    if kind in ("load", "contract"):
        power = float(random.uniform(60, 400))
        rows = power * (0.6 + 0.4 * random.random(8760))
        (folder / "load.csv").write_text("kw\n" + "\n".join(f"{row:.1f}" for row in rows) + "\n")
        base |= {
            f"{RURAL}.load_kw": {"file": "load.csv", "column": "kw"},
            "catalogue.battery": None,
            "catalogue.solar": None,
        }
        if kind == "load":
            limit = round(0.5 * power, 1)
            return base | {f"{RURAL}.connection": {"existing_kw": limit}}, f"{RURAL}.connection"
        contract = {"price_per_kva_month": 2.0, "max_kva": round(float(0.4 * power), 1), "power_factor": 0.9}
        steps = {f"{RURAL}.connection": {"existing_kw": 2000.0}, f"{URBAN}.tariff": "other"}
        other = {"energy": [{"price_per_kwh": 0.1}]}
        return base | steps | {"tariffs.general-service.contract": contract, "tariffs.other": other}, (
            "tariffs.general-service.contract"
        )
    base[f"{RURAL}.demand.min_served"] = served
    base[f"{RURAL}.demand.sessions_per_day"] = round(float(random.uniform(10, 40)), 1)
    if kind == "connection":
        limit = round(float(random.uniform(3, 15)), 1)
        return base | {
            f"{RURAL}.connection": {"existing_kw": limit},
            "catalogue.battery": None,
            "catalogue.solar": None,
        }, (f"{RURAL}.connection")
    most = {"catalogue.chargers[dc50].max_count": 1, "catalogue.chargers[dc150].max_count": 0}
    if kind == "waiting":
        return base | most | {
            f"{RURAL}.demand.max_wait_min": 1.0,
            f"{RURAL}.demand.wait_probability": 0.01,
        }, "max_wait_min"
    return base | most, "max_count"


@pytest.mark.parametrize("seed", range(25))
def test_the_guilty_input_is_named_and_its_repair_works(seed, tmp_path):
    changes, guilty = contradiction(seed, tmp_path)
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    said = str(caught.value)
    assert re.search(r"variant\.yaml:\d+:\d+: ", said)
    assert guilty in said
    repair = said.split("One repair that suffices: ")[1]
    step = re.match(r"a step of ([\d,.]+) kW in (\S+)\.connection\.steps", repair)
    if step:
        path, value = f"{step[2]}.connection.steps", [{"power_kw": float(step[1].replace(",", "")), "cost": 0}]
    else:
        path, value = re.match(r"(\S+): ([\d.]+)", repair).groups()
        value = float(value)
    run = solved(variant(tmp_path, {**changes, path: value}), gap=0.01)
    assert all(plan.status == "optimal" for plan in run.plans)

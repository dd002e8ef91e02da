"""Infeasible plans: the message names the guilty inputs, and its repair works."""

from __future__ import annotations

import re

import pytest
from support import solved, variant

from evplan.errors import InfeasibleError, NoPlanError
from evplan.plan import solve

TINY_RURAL = "sites[rock-creek]"
CLASHES = {
    "grid": ({f"{TINY_RURAL}.connection": {"existing_kw": 5}, "catalogue.battery": None}, "connection: 5 kW at most"),
    "ports": ({"catalogue.chargers[dc50].max_count": 1, "catalogue.chargers[dc150].max_count": 0}, "dc50 up to 1"),
    "types": ({f"{TINY_RURAL}.demand.min_charger_kw": 500.0}, "min_charger_kw = 500 kW"),
}


@pytest.mark.parametrize("name", CLASHES)
def test_an_infeasible_plan_names_the_clash_and_a_repair_that_works(name, tmp_path):
    changes, guilty = CLASHES[name]
    changes = {**changes, f"{TINY_RURAL}.demand.min_served": 0.99}
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    said = str(caught.value)
    assert re.search(r"variant\.yaml:\d+:\d+: sites\[rock-creek\]\.demand\.min_served: 0\.99 cannot be reached", said)
    assert guilty in said
    repair = float(re.search(r"One repair that suffices: demand\.min_served: ([\d.]+)", said)[1])
    run = solved(variant(tmp_path, {**changes, f"{TINY_RURAL}.demand.min_served": repair}))
    assert run.plans[1].status == "optimal"
    if repair < 0.98:
        with pytest.raises(InfeasibleError):
            solve(variant(tmp_path, {**changes, f"{TINY_RURAL}.demand.min_served": repair + 0.01}))


def test_no_plan_in_time_says_so_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("evplan.solver.benders.GRACE", 0)
    path = variant(tmp_path, {"horizon.weeks": []})  # a whole year: its months alone take longer than the limit
    with pytest.raises(NoPlanError, match="--time-limit"):
        solve(path, time_limit_s=1e-4, gap=1e-9)

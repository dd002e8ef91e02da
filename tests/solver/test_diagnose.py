"""Infeasible plans: the message names the guilty inputs, and its repair works."""

from __future__ import annotations

import gc
import re
from dataclasses import replace

import numpy as np
import pytest
from support import solved, variant

from evplan.errors import InfeasibleError, NoPlanError
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.planning import sites
from evplan.planning.sites import solve_site
from evplan.solver.outcome import Options

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
    if name == "grid":  # a larger connection would do, and less service need not be asked for
        step = re.search(
            r"One repair that suffices: a step of ([\d.,]+) kW in sites\[rock-creek\]\.connection\.steps", said
        )
        power = float(step[1].replace(",", ""))
        larger = {f"{TINY_RURAL}.connection": {"existing_kw": 5, "steps": [{"power_kw": power, "cost": 0}]}}
        assert solved(variant(tmp_path, changes | larger)).plans[1].status == "optimal"
        return
    repair = float(re.search(r"One repair that suffices: sites\[rock-creek\]\.demand\.min_served: ([\d.]+)", said)[1])
    run = solved(variant(tmp_path, {**changes, f"{TINY_RURAL}.demand.min_served": repair}))
    assert run.plans[1].status == "optimal"
    if repair < 0.98:
        with pytest.raises(InfeasibleError):
            solve(variant(tmp_path, {**changes, f"{TINY_RURAL}.demand.min_served": repair + 0.01}))


def more_ports(site, kw):
    """Return a site whose one charger gives, and carries within the waiting limit, so many kW more."""
    charger = site.chargers[0]
    capacity = charger.capacity_kw + np.array([0.0, *[kw] * charger.max_count])
    return replace(
        site, chargers=(replace(charger, full_kw=charger.full_kw + kw, capacity_kw=capacity), *site.chargers[1:])
    )


def more_grid(site, kw):
    """Return a site whose existing connection is so many kW larger."""
    return replace(site, existing_kw=site.existing_kw + kw)


@pytest.mark.parametrize(("name", "larger"), [("ports", more_ports), ("grid", more_grid)])
def test_the_amount_that_would_do_does_and_a_little_less_does_not(name, larger, tmp_path):
    changes = {**CLASHES[name][0], f"{TINY_RURAL}.demand.min_served": 0.99}
    found = read(variant(tmp_path, changes))
    site = prepare(found).sites[1]

    def plan(kw):
        return solve_site(found, larger(site, kw), "highs", Options(1e-3, 60.0), lambda *_: None)

    with pytest.raises(InfeasibleError) as caught:
        plan(0.0)
    amount = float(re.search(r"([\d.,]+) kW more would do", str(caught.value))[1])
    assert plan(amount).status == "optimal"
    with pytest.raises(InfeasibleError):
        plan(0.97 * amount)


def test_two_limits_that_are_short_together_are_both_named(tmp_path):
    changes = {**CLASHES["grid"][0], **CLASHES["ports"][0], f"{TINY_RURAL}.demand.min_served": 0.99}
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    said = str(caught.value)
    assert "short together" in said
    assert CLASHES["grid"][1] in said
    assert CLASHES["ports"][1] in said


def test_no_waiting_limit_is_blamed_where_none_is_set(tmp_path):
    changes = {
        **CLASHES["ports"][0],
        f"{TINY_RURAL}.demand.min_served": 0.99,
        f"{TINY_RURAL}.demand.max_wait_min": None,
    }
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    assert "relax max_wait_min" not in str(caught.value)
    assert "waiting limit" not in str(caught.value)


def test_where_time_is_too_short_for_a_good_plan_there_is_still_a_checked_one(tmp_path):
    path = variant(tmp_path, {"horizon.weeks": [], "sites[gate-city].demand.min_served": 0.95})
    run = solve(path, time_limit_s=1e-4, gap=1e-9)
    assert run.status == "time_limit"
    assert all(verdict.passed for verdict in run.verdicts)
    assert run.bound > run.objective


def test_no_plan_in_time_says_so_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("evplan.solver.master.Master.largest", lambda self: None)
    monkeypatch.setenv("EVPLAN_CORES", "1")  # in this process, where the master is the one just changed
    path = variant(tmp_path, {"horizon.weeks": []})  # a whole year: its months alone take longer than the limit
    with pytest.raises(NoPlanError, match="--time-limit"):
        solve(path, time_limit_s=1e-4, gap=1e-9)


def test_a_load_that_the_connection_cannot_carry_is_named_and_the_repair_works(tmp_path):
    (tmp_path / "load.csv").write_text("kw\n" + "\n".join(str(150 + 50 * (h % 24 == 12)) for h in range(8760)) + "\n")
    changes = {
        "sites[gate-city].load_kw": {"file": "load.csv", "column": "kw"}, "catalogue.battery": None, "catalogue.solar": None,
        "sites[gate-city].connection": {"existing_kw": 120},
    }  # fmt: skip
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    said = str(caught.value)
    assert "variant.yaml:1:" in said
    assert "13:00 of year 1: 200 kW" in said  # noon in standard time
    needed = float(re.search(r"a step of ([\d,.]+) kW", said)[1])
    assert needed == pytest.approx(200.0, abs=0.2)
    repaired = changes | {
        "sites[gate-city].connection": {"existing_kw": 120, "steps": [{"power_kw": needed, "cost": 1.0}]}
    }
    assert solve(variant(tmp_path, repaired)).status == "optimal"


def test_a_clash_is_explained_however_early_memory_is_freed(tmp_path, monkeypatch):
    compiled = sites.compile_model

    def freed(model):
        program = compiled(model)
        del model
        gc.collect()  # rows know their owners by weak references
        return program

    monkeypatch.setattr(sites, "compile_model", freed)
    tight = {"sites[gate-city].demand.min_served": 1.0, "sites[gate-city].connection": {"existing_kw": 5}}
    with pytest.raises(InfeasibleError, match=r"sites\[gate-city\]"):
        solve(variant(tmp_path, tight))

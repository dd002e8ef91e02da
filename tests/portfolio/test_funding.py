"""Portfolio limits: one decomposition against one program, limits recomputed by hand, orders that must hold, faults with repairs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array, hstack, vstack
from support import DEPOT, TINY, solved, three_step_site, tree, variant

from evplan.cli import app
from evplan.errors import InfeasibleError, InstanceError
from evplan.finance.grants import grants_needed, least_worth_of_grant
from evplan.instance.portfolio import Portfolio, Subsidy
from evplan.instance.read import read
from evplan.plan import silent, solve
from evplan.planning.parts import part_of
from evplan.planning.sites import solve_site
from evplan.portfolio.program import FundingProgram
from evplan.solver import highs
from evplan.solver.outcome import Options

RURAL = "sites[rock-creek].demand.min_served"
OPTIONS = Options(1e-7, 60.0)
KEPT = 0.8


def three_sites():
    """Return three sites by hand that cost something to build: one that pays, two rural ones that do not."""
    urban = three_step_site(min_served=0.0, turned_away_cost_per_kwh=0.0)
    chargers = (replace(urban.chargers[0], first_cost=800.0),)
    steps = (replace(urban.connection_steps[0], first_cost=500.0),)
    urban = replace(urban, chargers=chargers, connection_steps=steps)
    rural = replace(urban, name="far", setting="rural", price_per_kwh=0.2, demand_kwh=0.6 * urban.demand_kwh,
                    expected_kwh=0.6 * urban.expected_kwh)  # fmt: skip
    return (urban, rural, replace(rural, name="farther", demand_kwh=0.5 * urban.demand_kwh))


def in_one_program(said: Portfolio, sites):
    """Return the least cost of all sites under the limits, from one program written from their definitions."""
    parts = [part_of(replace(site, pledges=said.rural_min_served > 0 and site.setting == "rural"))[0] for site in sites]
    widths = [part.program.matrix.shape[1] for part in parts]
    first, count = np.cumsum([0, *widths]), len(parts)
    total = int(first[-1]) + count  # the grants stand last
    rows, least = [], []

    def built(i):
        row = np.zeros(total)
        for (name, _), column in zip(parts[i].keys, np.flatnonzero(parts[i].linking), strict=True):
            price = {"another": 800.0, "step_bought": 500.0}.get(name, 0.0)
            row[first[i] + column] = price
        return row

    def cost(i):
        row = np.zeros(total)
        row[first[i] : first[i + 1]] = parts[i].program.cost
        return row, parts[i].program.offset

    if said.budget is not None:
        rows.append(-sum(built(i) for i in range(count)))
        least.append(-said.budget)
    if said.subsidy is not None:
        pot = np.zeros(total)
        pot[first[-1] :] = -1.0
        rows.append(pot)
        least.append(-said.subsidy.pot)
        for i in range(count):
            row, offset = cost(i)
            row = -row
            row[first[-1] + i] = KEPT
            rows.append(row)
            least.append(offset)
            share = said.subsidy.max_share * built(i)
            share[first[-1] + i] = -1.0
            rows.append(share)
            least.append(0.0)
    if said.rural_min_served:
        row, owed = np.zeros(total), 0.0
        for i, site in enumerate(sites):
            if site.setting == "rural":
                for (name, _), column in zip(parts[i].keys, np.flatnonzero(parts[i].linking), strict=True):
                    row[first[i] + column] = float(name == "pledged_kwh")
                owed += said.rural_min_served * float((site.demand_kwh @ site.clock.weight).sum())
        rows.append(row)
        least.append(owed)
    apart = csc_array(
        vstack([
            hstack([csc_array((part.program.matrix.shape[0], int(first[i]))), part.program.matrix,
                    csc_array((part.program.matrix.shape[0], total - int(first[i + 1])))])
            for i, part in enumerate(parts)
        ])
    )  # fmt: skip
    may = [site.setting in said.subsidy.settings if said.subsidy else False for site in sites]
    program = replace(
        parts[0].program,
        matrix=csc_array(vstack([apart, csc_array(np.array(rows))])),
        cost=np.concatenate([*(part.program.cost for part in parts), np.zeros(count)]),
        offset=sum(part.program.offset for part in parts),
        row_lower=np.concatenate([*(part.program.row_lower for part in parts), least]),
        row_upper=np.concatenate([*(part.program.row_upper for part in parts), np.full(len(rows), np.inf)]),
        lower=np.concatenate([*(part.program.lower for part in parts), np.zeros(count)]),
        upper=np.concatenate([*(part.program.upper for part in parts), np.where(may, np.inf, 0.0)]),
        integer=np.concatenate([*(part.program.integer for part in parts), np.zeros(count, bool)]),
    )
    return highs.run(program, OPTIONS)


@pytest.mark.parametrize(
    "said",
    [
        Portfolio(budget=2000.0),
        Portfolio(rural_min_served=0.4),
        Portfolio(budget=3300.0, rural_min_served=0.3, subsidy=Subsidy(pot=700.0, settings=("rural",))),
        Portfolio(rural_min_served=0.3, subsidy=Subsidy(pot=900.0, max_share=0.8)),
        Portfolio(budget=4500.0, rural_min_served=0.7, subsidy=Subsidy(pot=1300.0)),
    ],
    ids=["budget", "service", "all", "share", "none"],
)
def test_the_plan_under_limits_is_that_of_one_program(said):
    sites = three_sites()
    plans = [solve_site(None, site, "highs", OPTIONS, silent) for site in sites]
    found = FundingProgram(said, sites, plans, np.zeros(3), np.full(3, KEPT), OPTIONS).solve(OPTIONS)
    whole = in_one_program(said, sites)
    assert found.status == whole.status
    if said.rural_min_served == 0.7:
        assert found.status == "infeasible"
        return
    assert found.objective == pytest.approx(whole.objective, rel=1e-5, abs=0.05)
    free = sum(plan.objective for plan in plans)
    assert -found.objective < free - 1.0, "the limits of this case must bind"


@pytest.fixture(scope="module")
def funded(tmp_path_factory):
    limits = {"budget": 600000, "rural_min_served": 0.5, "subsidy": {"pot": 75000}}
    return solved(TINY, {"portfolio": limits, RURAL: 0.0}, tmp_path_factory.mktemp("funded"), gap=1e-4)


def test_limits_are_kept_when_they_are_recomputed_from_the_plans(funded):
    said, plans, sites = tree(), funded.plans, funded.parameters.sites
    prices = {c["name"]: c["cost"] + c["install_cost"] for c in said["catalogue"]["chargers"]}
    solar, battery = said["catalogue"]["solar"], said["catalogue"]["battery"]
    built = [
        sum(prices[name] * n for name, n in plan.chargers.items())
        + {50: 0, 100: 0, 300: 60000 if plan.name == "gate-city" else 120000, 150: 80000, 750: 140000}[
            plan.connection_kw
        ]
        + solar["cost_per_kw"] * plan.solar_kw
        + battery["cost_per_kwh"] * plan.battery_kwh
        + battery["cost_per_kw"] * plan.battery_kw
        for plan in plans
    ]
    assert funded.funded.built == pytest.approx(built)
    assert sum(built) <= 600000 * (1 + 1e-6)
    assert funded.funded.grants.sum() <= 75000
    served = plans[1].served_kw.sum(axis=0) @ (sites[1].clock.step_h * sites[1].clock.weight)
    assert (served >= 0.5 * (sites[1].demand_kwh @ sites[1].clock.weight) * (1 - 1e-6)).all()


def test_a_grant_is_the_least_with_which_a_site_pays(funded):
    grant = funded.funded.grants[1]
    assert grant > 0
    worth = funded.plans[1].objective + grant * least_worth_of_grant(funded.read.instance)
    assert worth == pytest.approx(0.0, abs=1.0)
    assert funded.funded.grants[0] == 0  # gate-city pays by itself


def test_limits_that_do_not_bind_change_nothing(tiny, tmp_path):
    run = solved(TINY, {"portfolio": {"budget": 1e8}}, tmp_path)
    assert run.objective == pytest.approx(tiny.objective, rel=1e-5)
    assert run.funded.grants.tolist() == [0, 0]


def test_cross_subsidy_needs_no_grant_where_one_site_carries_the_other():
    said = Portfolio(subsidy=Subsidy(pot=1e6, cross_subsidy=True))
    sites, built = three_sites(), np.array([1000.0, 1000.0, 1000.0])
    assert grants_needed(said, sites, np.array([500.0, -200.0, -100.0]), built, np.full(3, KEPT)).tolist() == [0, 0, 0]
    short = grants_needed(said, sites, np.array([100.0, -200.0, -60.0]), built, np.full(3, KEPT))
    assert short.sum() == pytest.approx(160.0 / KEPT)  # all together lack 160
    alone = Portfolio(subsidy=Subsidy(pot=1e6))
    assert grants_needed(alone, sites, np.array([100.0, -200.0, -60.0]), built, np.full(3, KEPT)) == pytest.approx(
        [0, 250.0, 75.0]
    )


def test_limits_that_clash_are_named_and_the_repair_works(tmp_path):
    limits = {"budget": 600000, "rural_min_served": 0.5, "subsidy": {"pot": 50000}}
    path = variant(tmp_path, {"portfolio": limits, RURAL: 0.0})
    with pytest.raises(InfeasibleError) as caught:
        solve(path, gap=0.001)
    said = str(caught.value)
    assert "portfolio.rural_min_served: 0.5 cannot be kept beside the other limits" in said
    assert "portfolio.subsidy.pot: 50,000 cannot be kept" in said
    pot = int(said.split("One repair that suffices: portfolio.subsidy.pot: ")[1].split(" ")[0])
    assert 50000 < pot < 100000
    repaired = solved(TINY, {"portfolio": limits | {"subsidy": {"pot": pot}}, RURAL: 0.0}, tmp_path, gap=0.01)
    assert repaired.funded.residuals["pot"] == 0
    share = float(said.split("or portfolio.rural_min_served: ")[1].split(")")[0])
    assert 0 < share < 0.5


def test_a_budget_too_small_for_what_is_owed_is_named_and_the_repair_works(tmp_path):
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, {"portfolio": {"budget": 60000}}, path=DEPOT), gap=0.001)
    budget = int(str(caught.value).split("One repair that suffices: portfolio.budget: ")[1])
    assert 60000 < budget < 150000
    assert solved(DEPOT, {"portfolio": {"budget": budget}}, tmp_path, gap=0.01).funded.residuals["budget"] == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"portfolio": {}}, "needs a budget, a subsidy, or rural_min_served"),
        ({"portfolio": {"budget": -1}}, "portfolio.budget: must be at least 0"),
        ({"portfolio": {"subsidy": {"pot": 1}}, "sites[gate-city].demand.turned_away_cost_per_kwh": 0.1}, "is no cash"),
        ({"portfolio": {"rural_min_served": 0.5}, "sites[rock-creek].setting": "urban"}, "no site has setting: rural"),
    ],
)
def test_limits_without_a_meaning_are_refused(changes, words, tmp_path):
    with pytest.raises(InstanceError, match=words):
        read(variant(tmp_path, changes))


def test_the_command_line_reports_who_is_funded(tmp_path, capsys):
    path = variant(tmp_path, {"portfolio": {"budget": 450000}, RURAL: 0.0, "solver.gap": 0.001})
    with pytest.raises(SystemExit) as ended:
        app(["solve", str(path), "--output", str(tmp_path / "out")])
    assert ended.value.code == 0
    assert "Portfolio limits: construction" in capsys.readouterr().out
    said = json.loads((tmp_path / "out" / "summary.json").read_text())
    sizes = pd.read_csv(tmp_path / "out" / "sizes.csv")
    assert sizes["capex"].sum() == pytest.approx(said["funding"]["construction"])
    assert said["funding"]["construction"] <= 450000 * (1 + 1e-6)
    assert "Limits on all sites together" in (tmp_path / "out" / "report.html").read_text()

"""Stages in several futures: one decomposition against one program, what holds between the ways of building, what is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support import variant

from evplan.cli import app
from evplan.errors import InfeasibleError, InputError
from evplan.finance.worth import npv
from evplan.parameters.stages import at_stage, stages_of
from evplan.plan import silent, solve
from evplan.show.stage_futures import due
from evplan.solver import highs
from evplan.solver.outcome import Options
from evplan.studies.future_cases import futures_of, prepared
from evplan.studies.futures import solve_futures
from evplan.studies.stage_futures import solve_stage_futures
from evplan.studies.stage_program import StagedSite
from evplan.studies.stages import solve_stages

GROWTH = "sites[gate-city].demand.growth_per_year"
STAGED = {"horizon.operating_years": None, "horizon.stages": [1, 6], "catalogue.battery": None, "catalogue.solar": None}


def cases(**growth: float) -> dict:
    """Return stages with futures of some growths, equally probable."""
    return STAGED | {"futures": {"cases": {name: {"changes": {GROWTH: rate}} for name, rate in growth.items()}}}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    path = variant(tmp_path_factory.mktemp("tree"), cases(slow=0.0, fast=0.25))
    return solve_stage_futures(path, gap=1e-5, progress=silent)


def test_all_futures_together_are_what_one_program_finds(tmp_path):
    run = solve(variant(tmp_path, cases(slow=0.0, fast=0.2)), gap=1e-4)
    futures, stages = futures_of(run.read), stages_of(run.read.instance.horizon)
    numbers = [
        [at_stage(then.sites[0], future.read.instance.sites[0], stages, s, then.context) for s in range(len(stages))]
        for future, then in zip(futures, prepared(run, futures), strict=True)
    ]
    options = Options(1e-5, 120.0, threads=2)
    staged = StagedSite(numbers, [0.3, 0.7], options)
    cost = staged.program.cost.copy()  # of the sizes it is the expected cost already; what follows them is weighed here
    for (f, s), place in staged._place.items():
        own = ~staged._part[f, s].linking
        cost[place[own]] *= staged.probability[f]
    whole = highs.run(replace(staged.program, cost=cost), options)
    found = staged.search(options, {})
    assert found.status == whole.status == "optimal"
    assert found.objective == pytest.approx(whole.objective, rel=3e-5)


def test_the_first_stage_builds_the_same_whatever_comes_and_later_ones_do_not(tree):
    slow, fast = tree.sites[0].stages
    for size in ("chargers", "connection_kw", "solar_kw", "battery_kwh"):
        assert getattr(slow[0].plan, size) == getattr(fast[0].plan, size)
    assert sum(fast[1].plan.chargers.values()) > sum(slow[1].plan.chargers.values())
    assert all(stage.verdict.passed for site in tree.sites for stages in site.stages for stage in stages)


def test_knowing_is_worth_most_and_what_cannot_adapt_least(tree):
    for site in tree.sites:
        room = 2e-5 * abs(site.objective)
        assert site.known.mean() >= site.objective - room
        assert site.objective >= site.central - room and site.objective >= site.alike - room
        assert (site.known_bound >= site.worth - room).all()
    assert tree.sites[0].objective > tree.sites[0].alike + 1000  # one growth is 0, the other a quarter a year
    assert tree.sites[0].objective > tree.sites[0].central + 100  # the file as it stands grows by 8 %


def test_each_future_known_is_its_stages_by_themselves(tree, tmp_path):
    alone = solve_stages(variant(tmp_path, STAGED | {GROWTH: 0.25}), gap=1e-5)
    assert tree.sites[0].known[1] == pytest.approx(alone.sites[0].objective, rel=3e-5)


@pytest.mark.parametrize("study", [solve_stage_futures, solve_futures])
@pytest.mark.parametrize(
    ("field", "said", "then"), [("max_wait_min", None, 10), ("spare_chargers", 0, 1), ("min_charger_kw", 50, 100)]
)
def test_futures_that_count_chargers_in_other_ways_are_refused(study, field, said, then, tmp_path):
    path = f"sites[gate-city].demand.{field}"
    waits = {} if field == "max_wait_min" else {"sites[gate-city].demand.max_wait_min": None}
    other = {"futures": {"cases": {"a": {"changes": {GROWTH: 0.1}}, "b": {"changes": {path: then}}}}}
    with pytest.raises(InputError, match="in future b other chargers serve, or they are counted otherwise"):
        study(variant(tmp_path, STAGED | waits | {path: said} | other), gap=1e-2, progress=silent)


def test_a_future_that_cannot_be_served_is_named(tmp_path):
    owed = cases(slow=0.0, wild=0.6) | {"sites[gate-city].demand.min_served": 0.9}
    with pytest.raises(InfeasibleError, match="no stages meet what is owed in wild; make a scenario"):
        solve_stage_futures(variant(tmp_path, owed), gap=1e-3, progress=silent)


def test_futures_that_are_all_the_file_as_it_stands_are_its_stages(tmp_path):
    same = cases(one=0.08, two=0.08)
    together = solve_stage_futures(variant(tmp_path, same), gap=1e-5, progress=silent)
    alone = solve_stages(variant(tmp_path, STAGED), gap=1e-5)
    for site, by_itself in zip(together.sites, alone.sites, strict=True):
        assert site.objective == pytest.approx(by_itself.objective, rel=3e-5)
        assert site.central == pytest.approx(site.objective, rel=3e-5)
        assert site.alike == pytest.approx(site.objective, rel=3e-5)


def test_objective_and_net_present_value_meet_in_every_future_where_nothing_wears(tree):
    for site in tree.sites:
        assert site.npv == pytest.approx(site.worth, rel=1e-9)


def test_the_use_at_which_chargers_are_due_lies_between_the_futures(tree):
    (told,) = due(tree, tree.sites[0])
    assert told.startswith("before year 6: add chargers if those that stand sell at least")
    assert "so in 1 of 2 futures" in told


def test_the_command_line_says_what_to_build_in_which_future(tmp_path, capsys):
    path = variant(tmp_path, cases(slow=0.0, fast=0.25) | {"solver.gap": 0.001})
    with pytest.raises(SystemExit) as ended:
        app(["stages", str(path), "--futures", "--output", str(tmp_path / "out")])
    assert ended.value.code == 0
    assert "what later in each future (2)" in " ".join(capsys.readouterr().out.split())
    said = json.loads((tmp_path / "out" / "summary.json").read_text())
    table, flows = (pd.read_csv(tmp_path / "out" / name) for name in ("stages.csv", "cashflow.csv"))
    assert table.groupby(["site", "future"]).size().tolist() == [2, 2, 2, 2]
    expected = (table["objective"] * table["probability"]).sum()
    assert expected == pytest.approx(said["objective"])
    by_future = flows.groupby(["future", "year"])["net"].sum().unstack()
    worth = [npv(row.to_numpy(), 0.08) for _, row in by_future.iterrows()]
    assert np.mean(worth) == pytest.approx(said["npv_expected"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (STAGED, "says nothing of futures"),
        (cases(a=0.1, b=0.2) | {"horizon.stages": None, "horizon.operating_years": [1]}, "says nothing of stages"),
        (
            STAGED | {"horizon.weeks": [], "futures": {"draws": {"count": 40, "demand_sd": 0.2}}},
            "are more than 500,000 together; at most 14 futures fit",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_before_anything_is_solved(changes, words, tmp_path):
    with pytest.raises(InputError, match=words):
        solve_stage_futures(variant(tmp_path, changes), progress=silent)

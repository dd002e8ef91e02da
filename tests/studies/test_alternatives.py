"""Alternatives: each costs little, differs materially, is checked; the least of a size is what one program says it is."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array, csr_array, vstack
from support import TINY, three_step_site, variant

from evplan.cli import app
from evplan.errors import InputError
from evplan.planning.parts import part_of
from evplan.solution.difference import SIZES, difference, most_different, sizes_of
from evplan.solver import highs
from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.blocks import find_blocks
from evplan.solver.decomposition import take_apart
from evplan.solver.nearby import MARGIN, cheapest_there, cost_of, farthest
from evplan.solver.outcome import Options
from evplan.studies.alternatives import alternatives

WITHIN = 0.02


@pytest.fixture(scope="module")
def run():
    return alternatives(TINY, count=3, within=WITHIN)


def test_every_alternative_gives_up_no_more_than_allowed(run):
    for site in run.sites:
        worth = site.best.plan.objective
        for one in site.others:
            assert worth - one.plan.objective <= WITHIN * abs(worth) * (1 + 1e-9)
            assert one.cost_over == pytest.approx((worth - one.plan.objective) / abs(worth), abs=1e-9)


def test_alternatives_differ_materially_from_the_best_and_from_each_other(run):
    for site in run.sites:
        plans = [sizes_of(one.plan) for one in (site.best, *site.others)]
        assert len(plans) == 4
        for i, own in enumerate(plans):
            assert all(difference(own, other) > 0 for other in plans[:i])


def test_ranges_hold_the_plan_itself_and_every_alternative(run):
    for site in run.sites:
        for one in (site.best, *site.others):
            for name, size in sizes_of(one.plan).items():
                low, high = site.ranges[name]
                assert low <= size <= high


def searched(site):
    """Return a site's program, whole and taken apart, and its best plan."""
    part, _ = part_of(site)
    blocks, rows = find_blocks(part.program, part.linking)
    apart, options = take_apart(part.program, part.linking, blocks, rows, {}), Options(1e-7, 30.0)
    return part, apart, search_over(apart, apart.sizes, Around(np.ones(len(blocks))), options), options


@pytest.mark.parametrize("size", ["solar_kw", "battery_kwh", "another"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_most_and_least_of_a_size_are_those_of_one_program(size, sign):
    part, apart, best, options = searched(three_step_site())
    allowed = best.objective + 0.05 * abs(best.objective)
    direction = np.array([sign if name == size else 0.0 for name, _ in part.keys])
    found = farthest(apart, best.objective, allowed, direction, replace(options, gap=1e-5, start=best.x[apart.links]))
    assert cost_of(apart, found.x) <= allowed
    whole = part.program
    cost = np.zeros(len(whole.cost))
    cost[apart.links] = direction
    tightest, loosest = (
        highs.run(
            replace(
                whole, cost=cost, offset=0.0, matrix=csc_array(vstack([whole.matrix, csr_array(whole.cost[None, :])])),
                row_lower=np.append(whole.row_lower, -np.inf), row_upper=np.append(whole.row_upper, limit - whole.offset),
            ),
            options,
        ).objective
        for limit in (allowed - MARGIN * (allowed - best.objective), allowed)
    )  # fmt: skip
    slack = 1e-3 * max(1.0, abs(tightest))
    assert loosest - slack <= float(direction @ found.x[apart.links]) <= tightest + slack


def test_differences_are_counted_by_hand():
    nothing = dict.fromkeys(SIZES, 0.0)
    one, other = {"dc50": 2.0, **nothing, "solar_kw": 100.0}, {"dc50": 2.0, **nothing, "solar_kw": 91.0}
    assert difference(one, other) == 0  # 9 % less panels are the same panels
    assert difference(one, other | {"solar_kw": 50.0}) == pytest.approx(0.5)
    assert difference(one, one | {"dc50": 4.0}) == pytest.approx(0.5)
    assert most_different([one, other, one | {"dc50": 4.0}], 5) == [2]


def test_a_site_where_nothing_pays_has_no_alternatives(tmp_path):
    idle = {"sites[rock-creek].demand.min_served": 0.0, "sites[gate-city].price_per_kwh": 0.05}
    run = alternatives(variant(tmp_path, idle), count=2)
    assert [site.others for site in run.sites] == [(), ()]
    assert run.sites[0].best.capex == 0


@pytest.mark.parametrize(
    ("size", "most", "amount"),
    [("solar_kw", True, 0.2), ("battery_kwh", True, 1.0), ("battery_kw", True, 0.4), ("connection_kw", False, 75.0)],
)
def test_with_a_size_held_the_rest_is_planned_for_the_least_cost(size, most, amount):
    part, apart, best, options = searched(three_step_site())
    held = np.array([name == size for name, _ in part.keys])
    found = cheapest_there(apart, np.where(held, amount, best.x[apart.links]), held, most, options)
    whole, at = part.program, np.asarray(apart.links)[held]
    lower, upper = whole.lower.copy(), whole.upper.copy()
    (lower if most else upper)[at] = amount
    alone = highs.run(replace(whole, lower=lower, upper=upper), options)
    assert found.objective == pytest.approx(alone.objective, rel=1e-6)
    assert found.objective > best.objective + 1e-3 * abs(best.objective)  # holding it costs something


def test_alternatives_are_extremes_of_sizes(run):
    assert any("least" in one.what or "most" in one.what for one in run.sites[0].others)


def test_portfolio_limits_are_not_ignored(tmp_path):
    with pytest.raises(InputError, match="take `portfolio` out"):
        alternatives(variant(tmp_path, {"portfolio": {"budget": 1e6}}))


@pytest.mark.parametrize(("count", "within"), [(0, 0.01), (5, 0.0), (5, float("nan"))])
def test_limits_that_make_no_sense_are_refused(count, within):
    with pytest.raises(InputError):
        alternatives(TINY, count=count, within=within)


def test_the_command_line_writes_and_prints_every_plan(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        app(["alternatives", str(TINY), "--count", "1", "--output", str(tmp_path)])
    assert ended.value.code == 0
    said = json.loads((tmp_path / "summary.json").read_text())
    table = pd.read_csv(tmp_path / "alternatives.csv")
    assert table["site"].tolist() == ["gate-city", "gate-city", "rock-creek", "rock-creek"]
    assert table["objective"].iloc[1] == pytest.approx(said["sites"]["gate-city"]["plans"][1]["objective"])
    assert "plans near the best; amounts in USD" in capsys.readouterr().out

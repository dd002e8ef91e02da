"""Stages: one decomposition against one program, what stands stays, waiting never costs, cash flows that meet, faults."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from support import TINY, variant

from evplan.cli import app
from evplan.errors import InputError, InstanceError
from evplan.finance.worth import npv
from evplan.instance.catalogue import Incentives
from evplan.instance.finance import Finance
from evplan.instance.read import read
from evplan.instance.schema import Horizon
from evplan.parameters.money import schedule
from evplan.parameters.stages import stages_of
from evplan.plan import solve
from evplan.solver import highs
from evplan.solver.outcome import Options
from evplan.studies.stage_site import staged_site
from evplan.studies.stages import solve_stages

GROWTH = "sites[gate-city].demand.growth_per_year"
STAGED = {"horizon.operating_years": None, "horizon.stages": [1, 6]}
BARE = STAGED | {"catalogue.battery": None, "catalogue.solar": None}


@pytest.fixture(scope="module")
def growing(tmp_path_factory):
    return solve_stages(variant(tmp_path_factory.mktemp("stages"), STAGED | {GROWTH: 0.2}), gap=1e-4)


def test_stages_together_are_what_one_program_finds(tmp_path):
    run = solve(variant(tmp_path, STAGED | {GROWTH: 0.2}), gap=1e-4)
    options = Options(1e-5, 60.0, threads=2)
    staged = staged_site(run, 0, stages_of(run.read.instance.horizon), options)
    found, whole = staged.search(options, {}), highs.run(staged.program, options)
    assert found.status == whole.status == "optimal"
    assert found.objective == pytest.approx(whole.objective, rel=2e-5)


def test_waiting_is_never_worth_less_than_building_at_once(growing):
    for site in growing.sites:
        assert site.objective >= site.at_once - 1e-4 * abs(site.objective)
    assert growing.sites[0].objective > 1.02 * growing.sites[0].at_once  # a fifth more demand every year


def test_what_stands_stays_and_every_stage_is_checked_against_it(growing):
    for site in growing.sites:
        first, second = site.stages
        assert first.verdict.passed and second.verdict.passed
        assert second.site.existing.chargers == first.plan.chargers
        assert second.numbers.existing_kw == first.plan.connection_kw
        for name, count in first.plan.chargers.items():
            assert second.plan.chargers[name] >= count
        for size in ("connection_kw", "solar_kw", "battery_kwh", "battery_kw"):
            assert getattr(second.plan, size) >= getattr(first.plan, size) - 1e-6
        assert first.numbers.years == (1, 5) and second.numbers.years == (6, 15)


def test_objectives_and_net_present_value_meet_where_no_battery_wears(tmp_path):
    run = solve_stages(variant(tmp_path, BARE | {GROWTH: 0.2}), gap=1e-4)
    for site, flow in zip(run.sites, run.flows, strict=True):
        assert npv(flow.net, 0.08) == pytest.approx(site.objective, rel=1e-9)
        built = [stage.plan.chargers["dc50"] * 58000 + stage.plan.chargers["dc150"] * 150000 for stage in site.stages]
        steps = {50: 0, 100: 0, 300: 60000 if site.name == "gate-city" else 120000, 150: 80000, 750: 140000}
        lines = [steps[stage.plan.connection_kw] for stage in site.stages]
        assert flow.capex[0] == pytest.approx(built[0] + lines[0])
        later = built[1] - built[0] + (lines[1] if lines[1] != lines[0] else 0)
        assert flow.capex[5] == pytest.approx(later * 1.02**4)  # prices of the first year, four years on
        assert np.delete(flow.capex, [0, 5]).sum() == 0


def test_battery_power_added_alone_is_paid_for(tmp_path):
    stands = {
        "sites[gate-city].existing": {"battery_kwh": 200, "battery_kw": 20},
        "catalogue.battery.replaced_in_years": [8],
    }
    run = solve(
        variant(tmp_path, stands | {"catalogue.battery.cost_per_kwh": 2000.0}), gap=1e-3
    )  # reconciled to its cash flow
    plan = run.plans[0]
    assert plan.battery_kw > 25 and plan.battery_kwh == pytest.approx(200)
    assert run.appraisal.sites[0].metrics.capex > 968 * (plan.battery_kw - 20)


def test_what_stands_is_taken_off_in_both_ways_of_building(tmp_path):
    stands = BARE | {"sites[gate-city].existing": {"chargers": {"dc50": 3}}, GROWTH: 0.1}
    run = solve_stages(variant(tmp_path, stands), gap=1e-4)
    staged, at_once = run.metrics.npv, run.at_once.appraisal.portfolio.metrics.npv
    assert staged - at_once == pytest.approx(run.objective - run.at_once.objective, abs=1.0)  # nothing wears here
    assert staged >= at_once - 1e-4 * abs(run.objective)


def test_a_table_of_sites_with_other_chargers_holds_whole_numbers(tmp_path):
    from evplan.show.stages import stages_table

    kinds = BARE | {"sites[gate-city].chargers": ["dc150"], "sites[rock-creek].chargers": ["dc50"]}
    table = stages_table(solve_stages(variant(tmp_path, kinds), gap=1e-2))
    assert table["dc50_added"].tolist()[:2] == [0, 0] and table["dc150_count"].dtype == int


def test_without_growth_and_with_steady_prices_nothing_waits(tmp_path):
    still = BARE | {GROWTH: 0.0, "sites[rock-creek].demand.growth_per_year": 0.0}
    run = solve_stages(variant(tmp_path, still), gap=1e-5)
    for site in run.sites:
        assert site.objective == pytest.approx(site.at_once, rel=1e-5)
        assert site.stages[1].plan.chargers == site.stages[0].plan.chargers


def test_energy_over_the_years_of_a_stage_grows_as_the_file_says(tmp_path):
    grown = BARE | {
        GROWTH: 0.2,
        "horizon.years": 11,
        "horizon.stages": [1, 11],
        "sites[gate-city].demand.min_served": 0.99,
    }
    run = solve_stages(variant(tmp_path, grown), gap=1e-3)
    served, stage = run.flows[0].served_kwh[1:11], 1.2 ** np.arange(10)
    assert served[-1] / served[0] == pytest.approx(stage[-1], rel=0.05)  # the draw is one of many
    way = (served - served[0]) / (served[-1] - served[0])
    assert way == pytest.approx((stage - 1) / (stage[-1] - 1), rel=1e-9)
    assert (served[0] + served[-1]) * 5 > 1.15 * served.sum()  # what a straight line would sell


def test_five_stages_stand_on_each_other(tmp_path):
    run = solve_stages(variant(tmp_path, BARE | {GROWTH: 0.15, "horizon.stages": [1, 4, 7, 10, 13]}), gap=1e-3)
    counts = {site.name: [sum(stage.plan.chargers.values()) for stage in site.stages] for site in run.sites}
    assert all(own == sorted(own) for own in counts.values()) and counts["gate-city"][-1] > counts["gate-city"][0]
    for site in run.sites:
        assert all(stage.verdict.passed for stage in site.stages)
        assert [stage.numbers.years for stage in site.stages] == [(1, 3), (4, 6), (7, 9), (10, 12), (13, 15)]


def test_panels_whose_price_falls_fast_are_bought_later(tmp_path):
    changes = STAGED | {"catalogue.battery": None, "catalogue.solar.cost_change_per_year": -0.2}
    run = solve_stages(variant(tmp_path, changes), gap=1e-4)
    first, second = run.sites[0].stages
    assert second.plan.solar_kw > first.plan.solar_kw + 20


def test_what_a_later_stage_buys_is_summed_by_hand():
    # 1,000 bought at the end of year 4 at the prices of year 1: 1,000 x 1.02^3. It lasts 6 years and is replaced in year 10 at
    # 1,000 x 1.02^9; of the second life a sixth is left after year 15, so the last price paid comes back to a sixth.
    bought = schedule(1000.0, 1000.0, 6.0, 15, Finance(), bought=4)
    assert bought.first_cost[4] == pytest.approx(1000 * 1.02**3)
    assert np.flatnonzero(bought.replacements).tolist() == [10]
    assert bought.replacements[10] == pytest.approx(1000 * 1.02**9)
    assert bought.residual == pytest.approx(1000 * 1.02**9 / 6)
    assert bought.depreciation[4] == 0 and bought.depreciation[5] == pytest.approx(100 * 1.02**3)
    credit = schedule(1000.0, 0.0, 30.0, 15, Finance(), Incentives(investment_tax_credit=0.3), bought=4).credit
    assert np.flatnonzero(credit).tolist() == [5] and credit[5] == pytest.approx(300 * 1.02**3)


def test_stages_have_their_own_years_and_speak_for_all():
    horizon = Horizon(start="2027-01-01", years=15, stages=(1, 6, 11))
    assert horizon.modelled_years() == (1, 5, 6, 10, 11, 15)
    assert [(stage.first, stage.last, stage.bought) for stage in stages_of(horizon)] == [
        (1, 5, 0),
        (6, 10, 5),
        (11, 15, 10),
    ]
    assert Horizon(start="2027-01-01", years=8, stages=(1, 2)).modelled_years() == (1, 2, 8)


def test_cells_bought_later_are_younger_and_hold_more(tmp_path):
    changes = {
        "horizon.operating_years": None,
        "horizon.stages": [1, 4, 7],
        "catalogue.battery.cost_change_per_year": -0.15,
    }
    run = solve_stages(variant(tmp_path, changes | {GROWTH: 0.2, "sites[rock-creek].demand.min_served": 0.0}), gap=1e-3)
    site, central = run.sites[0], run.at_once.parameters.sites[0].battery
    kwh = [stage.plan.battery_kwh for stage in site.stages]
    assert kwh[0] < kwh[1] < kwh[2]
    third = site.stages[2].numbers.battery
    assert third.usable_by_age is None and (third.usable_fraction > central.usable_fraction[4:] + 1e-3).any()
    assert all(stage.verdict.worst < 1e-6 for stage in site.stages)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"horizon.stages": [1, 6]}, "cannot stand beside operating_years"),
        ({"horizon.operating_years": None, "horizon.stages": [2, 6]}, r"must ascend and begin with 1 \(got \[2, 6\]\)"),
        ({"horizon.operating_years": None, "horizon.stages": [1, 16]}, "must be at most horizon.years = 15"),
        ({"horizon.operating_years": None, "horizon.stages": [1]}, "horizon.stages"),
    ],
)
def test_stages_without_a_meaning_are_refused(changes, words, tmp_path):
    with pytest.raises(InstanceError, match=words):
        read(variant(tmp_path, changes))


def test_a_file_without_stages_is_told_how_to_name_them():
    with pytest.raises(InputError, match="says nothing of stages"):
        solve_stages(TINY)


def test_the_command_line_says_what_to_build_when(tmp_path, capsys):
    path = variant(tmp_path, BARE | {GROWTH: 0.2, "solver.gap": 0.001})
    with pytest.raises(SystemExit) as ended:
        app(["stages", str(path), "--output", str(tmp_path / "out")])
    assert ended.value.code == 0
    assert "what to build when" in capsys.readouterr().out
    table, said = (
        pd.read_csv(tmp_path / "out" / "stages.csv"),
        json.loads((tmp_path / "out" / "summary.json").read_text()),
    )
    assert table["built_in_year"].tolist() == [0, 5, 0, 5]
    assert table["objective"].sum() == pytest.approx(said["objective"])
    dispatch = pd.read_parquet(tmp_path / "out" / "dispatch.parquet")
    assert sorted(dispatch["operating_year"].unique()) == [1, 5, 6, 15]
    flows = pd.read_csv(tmp_path / "out" / "cashflow.csv")
    assert npv(flows.groupby("year")["net"].sum().to_numpy(), 0.08) == pytest.approx(said["npv"])

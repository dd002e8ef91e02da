"""Futures: one decomposition against one program, orders that must hold, faults, and the command line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array, hstack, vstack
from support import three_step_site, variant

from evplan.cli import app
from evplan.errors import InputError, InstanceError
from evplan.formulation import site as formulation
from evplan.instance.read import read
from evplan.plan import solve
from evplan.planning.parts import part_of
from evplan.solver import highs
from evplan.solver.compile import Program
from evplan.solver.join import Risk, join
from evplan.solver.outcome import Options
from evplan.solver.several import Several
from evplan.studies.futures import solve_futures

GAP = 1e-6
GROWTH = "sites[gate-city].demand.growth_per_year"
CASES = {
    "slow": {"probability": 0.5, "changes": {"sites[gate-city].demand.growth_per_year": 0.0}},
    "fast": {"changes": {"sites[gate-city].demand.growth_per_year": 0.3, "finance.electricity_escalation": 0.05}},
}


def sites():
    """Return a site by hand in three futures: as it is, with more demand, with dearer sales."""
    first = three_step_site()
    more = replace(first, demand_kwh=1.6 * first.demand_kwh, expected_kwh=1.6 * first.expected_kwh, min_served=0.3)
    return [first, more, replace(first, price_per_kwh=0.3)]


def in_one_program(joined, parts) -> Program:
    """Return the futures and the tail as one program, written from the definition (Rockafellar and Uryasev 2000)."""
    risk, columns, futures = joined.risk, joined.program.matrix.shape[1], len(parts)
    cost = np.zeros((futures, columns))
    for f, (part, place) in enumerate(zip(parts, joined.place, strict=True)):
        cost[f, place] = part.program.cost
    over = np.hstack([-cost, np.ones((futures, 1)), np.eye(futures)])  # over + eta - cost >= offset
    beside = csc_array((len(joined.program.row_lower), 1 + futures))
    return replace(
        joined.program,
        matrix=csc_array(vstack([hstack([joined.program.matrix, beside]), csc_array(over)])),
        cost=np.concatenate([
            (1 - risk.weight) * risk.probability @ cost, [risk.weight], risk.weight / risk.tail * risk.probability]),
        offset=float((1 - risk.weight) * risk.probability @ joined.offsets),
        row_lower=np.append(joined.program.row_lower, joined.offsets),
        row_upper=np.append(joined.program.row_upper, np.full(futures, np.inf)),
        lower=np.concatenate([joined.program.lower, [-np.inf], np.zeros(futures)]),
        upper=np.append(joined.program.upper, np.full(1 + futures, np.inf)),
        integer=np.append(joined.program.integer, np.zeros(1 + futures, bool)),
    )  # fmt: skip


@pytest.mark.parametrize(("weight", "tail"), [(0.0, 0.1), (0.5, 0.4), (1.0, 0.3)])
def test_sizes_for_all_futures_are_those_of_the_whole_problem_in_one_program(weight, tail):
    parts = [part_of(site)[0] for site in sites()]
    risk = Risk(np.array([0.5, 0.3, 0.2]), tail, weight)
    joined = join(parts, formulation.BUILT, risk)
    options = Options(GAP, 60.0)
    found = Several(joined, parts, options).for_all(options)
    whole = highs.run(in_one_program(joined, parts), options)
    assert found.status == whole.status == "optimal"
    assert found.objective == pytest.approx(whole.objective, rel=1e-5)
    costs = Several(joined, parts, options).costs(found.x)
    assert risk.of(costs) == pytest.approx(found.objective, rel=1e-6)


def test_what_is_built_is_kept_and_what_follows_is_the_best_of_each_future_by_itself():
    parts = [part_of(site)[0] for site in sites()]
    joined, options = join(parts, formulation.BUILT, Risk(np.array([0.5, 0.3, 0.2]))), Options(GAP, 60.0)
    several = Several(joined, parts, options)
    known = dict(zip(parts[1].keys, several.for_all(options).x[joined.place[1]][parts[1].linking], strict=True))
    given = [several.given(f, known, formulation.BUILT, options) for f in range(3)]
    for part, found in zip(parts, given, strict=True):
        lower, upper = part.program.lower.copy(), part.program.upper.copy()
        for key, column in part.columns(formulation.BUILT).items():
            lower[column] = upper[column] = known[key]
        fixed = highs.run(replace(part.program, lower=lower, upper=upper), options)
        assert found.objective == pytest.approx(fixed.objective, rel=1e-5)
    start = several.together(given)
    at = {key: i for i, key in enumerate(np.flatnonzero(joined.linking))}
    for part, place in zip(parts, joined.place, strict=True):
        for key, column in part.columns(formulation.BUILT).items():
            assert start[at[place[column]]] == pytest.approx(known[key], abs=1e-6)
    assert several.for_all(replace(options, start=start)).objective == pytest.approx(
        several.for_all(options).objective, rel=1e-5
    )


def test_a_future_that_cannot_be_run_leaves_no_plan_together():
    free, owing = replace(sites()[0], min_served=0.0), sites()[1]
    parts, options = [part_of(site)[0] for site in (free, owing)], Options(GAP, 60.0)
    several = Several(join(parts, formulation.BUILT, Risk(np.full(2, 0.5))), parts, options)
    nothing = {("connection_kw", None): free.existing_kw}
    given = [several.given(f, nothing, formulation.BUILT, options) for f in range(2)]
    assert [found.status for found in given] == ["optimal", "infeasible"]
    assert several.together(given) is None


def test_a_future_alone_is_its_own_program():
    parts = [part_of(site)[0] for site in sites()]
    options = Options(GAP, 60.0)
    several = Several(join(parts, formulation.BUILT, Risk(np.full(3, 1 / 3))), parts, options)
    for f, part in enumerate(parts):
        assert several.alone(f, options).objective == pytest.approx(
            highs.run(part.program, options).objective, rel=1e-5
        )


def test_the_worst_futures_mean_is_summed_by_hand():
    risk = Risk(np.array([0.1, 0.4, 0.5]), tail=0.3, weight=0.25)
    costs = np.array([100.0, 40.0, 10.0])
    assert risk.worst(costs) == pytest.approx((0.1 * 100 + 0.2 * 40) / 0.3)
    assert risk.of(costs) == pytest.approx(0.75 * (10 + 16 + 5) + 0.25 * 60)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return solve_futures(variant(tmp_path_factory.mktemp("futures"), {"futures": {"cases": CASES}}))


def test_central_is_never_better_than_planned_for_all_and_that_never_better_than_known(run):
    for site in run.sites:
        slack = site.known_to + 1.0
        assert -site.risk.of(-site.central) <= site.objective + slack
        assert -site.risk.of(-site.worth) == pytest.approx(site.objective, abs=1.0)
        assert (site.worth <= site.known_bound + 1e-6 * abs(site.known_bound) + 0.01).all()
        assert site.information_value >= -slack and site.stochastic_value >= -slack


def test_every_future_runs_the_same_sizes(run):
    for site in run.sites:
        first = site.plans[0]
        for plan in site.plans:
            assert (plan.chargers, plan.connection_kw) == (first.chargers, first.connection_kw)
            assert (plan.solar_kw, plan.battery_kwh) == pytest.approx((first.solar_kw, first.battery_kwh))
    assert run.sites[0].demand_kwh[1] > run.sites[0].demand_kwh[0]
    assert run.risk.probability.tolist() == [0.5, 0.5]


def test_the_file_as_it_stands_as_the_only_future_is_the_plan_itself(tmp_path):
    same = {
        "changes": {
            "sites[gate-city].price_per_kwh": json.loads(variant(tmp_path).read_text())["sites"][0]["price_per_kwh"]
        }
    }
    found = solve_futures(variant(tmp_path, {"futures": {"cases": {"as-is": same}}}))
    plain = solve(variant(tmp_path))
    for site, plan in zip(found.sites, plain.plans, strict=True):
        assert site.objective == pytest.approx(plan.objective, rel=3e-4)
        assert abs(site.stochastic_value) + abs(site.information_value) <= 2 * site.known_to + 3e-4 * abs(
            plan.objective
        )


def test_a_future_that_the_central_sizes_fail_is_told(tmp_path):
    owed = "sites[rock-creek].demand.min_served"
    cases = {"free": {"changes": {GROWTH: 0.0}}, "owed": {"changes": {owed: 0.5}}}
    found = solve_futures(variant(tmp_path, {"futures": {"cases": cases}, owed: 0.0}))
    rural = found.sites[1]
    assert np.isinf(rural.stochastic_value)
    assert np.isfinite(rural.central).tolist() == [True, False]
    assert sum(rural.plans[0].chargers.values()) > 0


def test_draws_are_seeded_and_of_the_mean_they_say(tmp_path):
    from evplan.studies.future_cases import futures_of

    def factors(seed):
        draws = {"count": 200, "seed": seed, "demand_sd": 0.3}
        cases = futures_of(read(variant(tmp_path, {"futures": {"draws": draws}})))
        return np.array([future.read.instance.sites[0].demand.sessions_per_day for future in cases])

    said = read(variant(tmp_path)).instance.sites[0].demand.sessions_per_day
    assert factors(1).tolist() == factors(1).tolist() != factors(2).tolist()
    assert factors(1).mean() / said == pytest.approx(1.0, abs=4 * 0.3 / np.sqrt(200))
    assert factors(1).std() / said == pytest.approx(0.3, rel=0.25)


@pytest.mark.parametrize(("futures", "told"), [
    ({"cases": CASES, "draws": {"count": 3}}, "one of them only"),
    ({"tail": 0.2}, "one of them only"),
    ({"cases": {"a": {"probability": 0.5, "changes": {"finance.inflation": 0.0}}}}, "must sum to 1"),
    ({"cases": {"a": {"probability": 1.0, "changes": {"finance.inflation": 0.0}}, "b": {"changes": {"finance.inflation": 0.01}}}},
     "leave nothing"),
    ({"cases": {"a": {"changes": {"catalogue.battery.cost_per_kwh": 1.0}}}}, "known before anything is built"),
    ({"cases": {"a": {"changes": {"sites[gate-city].connection.existing_kw": 1.0}}}}, "known before anything is built"),
    ({"cases": {"a": {"changes": {"sites[gate-city].demand.growth_per_year": 99.0}}}}, "at most 1"),
    ({"cases": {"a": {"changes": {"sites[nowhere].price_per_kwh": 1.0}}}}, "nowhere"),
])  # fmt: skip
def test_faults_of_futures_are_told_with_their_line(tmp_path, futures, told):
    with pytest.raises(InstanceError, match=told):
        read(variant(tmp_path, {"futures": futures}))


def test_a_file_without_futures_is_told_what_to_add(tmp_path):
    with pytest.raises(InputError, match="draws"):
        solve_futures(variant(tmp_path))


def test_the_command_writes_tables_that_agree(tmp_path, capsys):
    path = variant(tmp_path, {"futures": {"cases": CASES, "tail": 0.5}})
    with pytest.raises(SystemExit) as ended:
        app(["futures", str(path), "--output", str(tmp_path / "out")])
    assert ended.value.code == 0
    table, said = (
        pd.read_csv(tmp_path / "out" / "futures.csv"),
        json.loads((tmp_path / "out" / "summary.json").read_text()),
    )
    by_future = table.groupby("future", sort=False)["npv"].sum()
    assert said["npv_expected"] == pytest.approx((0.5 * by_future).sum())
    assert said["npv_worst_mean"] == pytest.approx(by_future.min())
    assert said["worst_residual"] <= 1e-5
    shown = capsys.readouterr().out
    assert "knowing the future would bring" in shown and "USD" in shown

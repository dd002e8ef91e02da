"""Plans are the best there are: every plan of small regions is counted, and laws of money and distance hold."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import geopandas
import numpy as np
import pytest
from regions import TYPE, line
from shapely.geometry import box

from evplan.errors import InfeasibleError
from evplan.siting.measure import Plan, as_it_stands
from evplan.siting.run import seek, signed
from evplan.siting.sensitivity import studies
from evplan.siting.solve import least_steps, solve
from evplan.solver.outcome import Options

EXACT = Options(1e-6, 60.0)
CLOSE = 2e-6  # the gap asked for, and what whole numbers of flows leave


def every_plan(problem):
    """Yield all plans of a small region that keep its budget, by counting."""
    phases, sites, types = problem.shape
    most = np.maximum(problem.sites.most, problem.sites.ports)
    choices = [range(int(n) + 1) for _ in range(phases) for n in most.ravel()]
    fewest = np.array([one.ports[0] for one in problem.study.types])
    stood, zones = problem.sites.ports > 0, np.zeros((phases, len(problem.sites.zone_names)), int)
    for chosen in itertools.product(*choices):
        ports = np.array(chosen).reshape(phases, sites, types)
        plan = Plan(problem, ports, zones)
        falls = ports < plan.before
        if (falls & ~(stood & problem.removable)).any() or ((ports > 0) & (ports < fewest) & ~stood).any():
            continue
        if ((ports > 0) & (plan.before == 0) & stood)[1:].any():
            continue
        budget, kept = [phase.budget for phase in problem.study.phases], 0.0
        for spent, given in zip(plan.works, budget, strict=True):
            kept = kept + given - spent if problem.study.rules.carry else given - spent
            if kept < -1e-9:
                break
        else:
            yield plan


def test_no_site_is_paid_for_before_a_station_comes(tmp_path):
    """Budgets that lapse tempt to pay a part early: the plan is the best of all that each phase can pay by itself."""
    problem = line(
        tmp_path, [0.0, 2.5, 5.0], [0.1, 2.4, 5.2], site_cost=12, rules={"carry": False}, sought=[{"goal": "coverage"}],
        phases=[{"name": "1", "years": 1, "budget": 30}, {"name": "2", "years": 1, "budget": 22}],
    )  # fmt: skip
    best = max(plan.goals["coverage"] for plan in every_plan(problem))
    found = seek(problem, EXACT)[-1]
    assert found.plan.affordable
    assert found.value == pytest.approx(best)
    assert found.bound == pytest.approx(best, rel=CLOSE)


def test_no_step_of_reinforcement_is_bought_that_carries_nothing(tmp_path):
    zone = geopandas.GeoDataFrame({"name": ["z"], "capacity_kw": [5.0]}, geometry=[box(8, 47, 10, 49)], crs="EPSG:4326")
    zone.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    problem = line(
        tmp_path, [0.0, 2.5], [0.1, 2.4], zones={"file": "zones.geojson", "step_kw": 10, "step_cost": 1, "most_steps": 9,
        "coincidence": 1.0},        phases=[{"name": "1", "years": 1, "budget": 500}, {"name": "2", "years": 1, "budget": 500}],
    )  # fmt: skip
    plan = seek(problem, EXACT)[-1].plan
    needed = np.ceil((10 * plan.ports.sum(axis=(1, 2)) - 5) / 10)
    assert plan.goals["coverage"] == 1.0
    assert plan.steps[:, 0].tolist() == np.maximum.accumulate(needed).tolist()
    wasteful = replace(plan, steps=plan.steps + 5)
    assert (least_steps(wasteful).steps == plan.steps).all()


@pytest.mark.parametrize("goal", ["coverage", "served", "npv", "emissions", "equity"])
def test_the_plan_is_the_best_of_all_that_can_be_counted(tmp_path, goal):
    problem = line(
        tmp_path, [0.0, 0.7, 1.5, 2.6, 3.4], [0.3, 1.2, 2.2, 3.0, 5.0], {1.8: 2}, sought=[{"goal": goal}],
        fields={"group": ["a", "a", "b", "b", "b"]}, site_cost=3, types=[{**TYPE, "removal_cost": 1, "resale": 0.5}],
    )  # fmt: skip
    best = max(signed(goal) * plan.goals[goal] for plan in every_plan(problem))
    found = seek(problem, EXACT)[-1]
    assert signed(goal) * found.plan.goals[goal] == pytest.approx(best, rel=CLOSE, abs=CLOSE)
    assert found.status == "optimal"


def test_phases_and_two_types_are_the_best_that_can_be_counted(tmp_path):
    fast = {
        **TYPE, "name": "l3", "kwh_per_port_day": 60, "cover": [{"km": 1.2}, {"km": 2.0, "share": 0.5}], "ports": [1, 1], "port_cost": 9,
        "demand_share": 0.5,
    }  # fmt: skip
    problem = line(
        tmp_path, [0.0, 1.0, 2.4], [0.4, 2.0], types=[{**TYPE, "demand_share": 0.5}, fast],
        phases=[{"name": "1", "years": 2, "budget": 20}, {"name": "2", "years": 3, "budget": 25}],
        sought=[{"goal": "coverage"}, {"goal": "served", "weight": 0.5}],
    )  # fmt: skip
    sought = {"coverage": 1.0, "served": 1e-4}
    best = max(sum(w * plan.goals[g] for g, w in sought.items()) for plan in every_plan(problem))
    assert solve(problem, sought, {}, EXACT).value == pytest.approx(best, rel=CLOSE)


def test_goals_one_after_the_other_keep_what_was_found(tmp_path):
    sought = [{"goal": "coverage", "keep": 1.0}, {"goal": "cost"}]
    problem = line(tmp_path, [0.0, 0.7, 1.5], [0.3, 1.1, 1.3], sought=sought, order="one after the other")
    first, last = seek(problem, EXACT)
    assert last.plan.goals["coverage"] == pytest.approx(first.plan.goals["coverage"])
    least = first.plan.goals["coverage"] - 1e-9
    cheapest = min(p.goals["cost"] for p in every_plan(problem) if p.goals["coverage"] >= least)
    assert last.plan.goals["cost"] == pytest.approx(cheapest, rel=CLOSE)


def test_a_point_without_a_site_in_range_is_never_covered(tmp_path):
    plan = seek(line(tmp_path, [0.0, 9.0], [0.5]), EXACT)[-1].plan
    assert plan.covered[0, 0].tolist() == [1.0, 0.0]
    assert plan.goals["coverage"] == pytest.approx(0.5)


def test_prices_and_budgets_seven_times_as_high_change_no_plan(tmp_path):
    dear = {**TYPE, **{name: 7 * TYPE[name] for name in ("station_cost", "port_cost", "om_per_port_year")}}
    places = [0.0, 0.7, 1.5, 2.6], [0.3, 1.2, 2.2]
    own = seek(line(tmp_path, *places), EXACT)[-1].plan
    phases = [{"name": "1", "years": 1, "budget": 280, "ev_factor": 1.0}]
    more = seek(line(tmp_path, *places, types=[dear], phases=phases), EXACT)[-1].plan
    assert more.goals["coverage"] == pytest.approx(own.goals["coverage"])
    assert more.goals["cost"] == pytest.approx(7 * own.goals["cost"])


def test_more_money_never_covers_less(tmp_path):
    covered = []
    for budget in (0, 15, 30, 45, 60):
        phases = [{"name": "1", "years": 1, "budget": budget, "ev_factor": 1.0}]
        covered.append(
            seek(line(tmp_path, [0.0, 2.5, 5.0, 7.5], [0.1, 2.4, 5.2, 7.7], phases=phases), EXACT)[-1].plan.goals[
                "coverage"
            ]
        )
    assert covered == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])


def test_what_is_left_of_a_budget_is_spent_later_only_if_it_may(tmp_path):
    phases = [{"name": "1", "years": 1, "budget": 20}, {"name": "2", "years": 1, "budget": 25}]
    ends = []
    for carry in (True, False):
        plan = seek(line(tmp_path, [0.0, 2.5, 5.0], [0.1, 2.4, 5.2], phases=phases, rules={"carry": carry}), EXACT)[
            -1
        ].plan
        ends.append(int((plan.ports[-1] > 0).sum()))
    assert ends == [3, 2]


def test_new_stations_keep_their_distance_and_old_ones_may_stand_close(tmp_path):
    wide = {**TYPE, "spacing_km": 1.5}
    phases = [{"name": "1", "years": 1, "budget": 1000, "ev_factor": 1.0}]
    places = [0.0, 0.6, 1.2, 1.8], [0.0, 0.7, 1.4, 2.1]
    plan = seek(line(tmp_path, *places, standing={2.4: 1, 2.6: 1}, types=[wide], phases=phases), EXACT)[-1].plan
    km = (plan.problem.sites.point[:, 0] - 48) * 111.195
    open_ = np.flatnonzero(plan.ports[0, :, 0] > 0)
    for a, b in itertools.combinations(open_, 2):
        if not (plan.problem.sites.standing[a] and plan.problem.sites.standing[b]):
            assert abs(km[a] - km[b]) > 1.5 - 1e-6


def test_no_more_stations_than_an_area_may_have(tmp_path):
    phases = [{"name": "1", "years": 1, "budget": 1000, "ev_factor": 30.0}]
    plan = seek(line(tmp_path, [0.0, 5.0], [0.0, 0.1, 0.2, 5.0], phases=phases, sought=[{"goal": "served"}], rules={"most_per_area": 2}),
                EXACT)[-1].plan  # fmt: skip
    assert np.bincount(plan.problem.of_area[plan.ports[0, :, 0] > 0]).tolist() == [2, 1]


def test_a_group_that_cannot_be_covered_is_told(tmp_path):
    problem = line(
        tmp_path, [0.0, 9.0], [0.5], fields={"group": ["near", "far"]}, rules={"least_coverage": {"far": 0.5}}
    )
    with pytest.raises(InfeasibleError, match="least_coverage"):
        seek(problem, EXACT)


def test_ports_are_taken_from_where_they_help_least(tmp_path):
    # Two stations stand at one area; what one of them earns pays for a station at the other.
    phases = [{"name": "1", "years": 1, "budget": 10, "ev_factor": 1.0}]
    own = {**TYPE, "resale": 1.0}
    plan = seek(line(tmp_path, [0.0, 5.0], [5.1], standing={0.0: 1, 0.1: 1}, types=[own], phases=phases), EXACT)[
        -1
    ].plan
    assert plan.goals["coverage"] == pytest.approx(1.0)
    assert plan.works[0] <= 10 + 1e-9


def test_a_stop_that_comes_before_any_plan_says_so(tmp_path):
    from evplan.errors import StoppedError

    stopped = replace(EXACT, stop=threading.Event())
    stopped.stop.set()
    with pytest.raises(StoppedError):
        seek(line(tmp_path, [0.0, 0.7], [0.3]), stopped)


def test_what_the_plan_built_is_not_sold_again(tmp_path):
    # Ports pay only in the first phase; nothing but what stood may go, over all phases together.
    phases = [
        {"name": str(t), "years": 1, "budget": 50, "ev_factor": factor} for t, factor in enumerate((1.0, 6.0, 0.01))
    ]
    own = {**TYPE, "ports": [1, 8], "resale": 1.0, "om_per_port_year": 900}
    plan = seek(
        line(tmp_path, [0.0], [0.9], standing={0.1: 3}, types=[own], phases=phases, sought=[{"goal": "npv"}],
             economics={"price_per_kwh": 9.0, "energy_cost_per_kwh": 0.0}), EXACT,
    )[-1].plan  # fmt: skip
    assert np.maximum(plan.before - plan.ports, 0).sum() <= 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"types": [{**TYPE, "cover": [{"km": 1}, {"km": 2, "share": 0.9}], "backup_share": 0.5}]}, "backup_share"),
        (
            {"sought": [{"goal": "npv"}], "economics": {"price_per_kwh": 0.1, "energy_cost_per_kwh": 0.9}},
            "price_per_kwh",
        ),
    ],
)
def test_what_programs_cannot_count_is_refused(change, words):
    from evplan.siting.read import validated

    tree = {
        "kind": "siting", "format": 1, "areas": {"file": "a.csv"}, "candidates": {"grid_m": 500}, "types": [TYPE],
        "phases": [{"name": "1", "budget": 1}], **change,
    }  # fmt: skip
    assert [words in str(fault.loc) for fault in validated(tree)[1]] == [True]


def test_sensitivity_is_what_the_file_says(tmp_path):
    problem = line(
        tmp_path,
        [0.0, 1.0],
        [0.1],
        sensitivity={"budget": [0.5], "distances": [], "growth": [], "demand": [2.0], "costs": [0.1]},
    )
    own = dict(studies(problem.study))
    assert set(own) == {"budget x 0.5", "demand x 2", "costs x 0.1"}
    assert own["budget x 0.5"].phases[0].budget == problem.study.phases[0].budget / 2
    assert own["demand x 2"].demand.kwh_per_ev_day == 2 * problem.study.demand.kwh_per_ev_day
    assert own["costs x 0.1"].types[0].port_cost == pytest.approx(0.1 * problem.study.types[0].port_cost)
    assert problem.study.types == own["demand x 2"].types


def test_what_cannot_be_paid_is_no_beginning(tmp_path):
    problem = line(
        tmp_path,
        [0.0, 1.0],
        [0.1, 1.1],
        phases=[{"name": "1", "years": 1, "budget": 15}, {"name": "2", "years": 1, "budget": 15}],
    )
    none = as_it_stands(problem)
    early = np.array([[[1], [1]], [[1], [1]]])  # 30 in the first phase, which has 15
    late = np.array([[[0], [0]], [[1], [1]]])  # 30 in the second, which has 15 and the first phase's
    assert none.affordable
    assert not Plan(problem, early, none.steps).affordable
    assert Plan(problem, late, none.steps).affordable

"""Control keeps what it promises, and beats doing nothing by exact power flow, or says to do nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feeders import day_on, street
from support import ROOT

from evplan.feeder.checked import check
from evplan.feeder.control.baselines import at_once, greedy, nothing, panels_off
from evplan.feeder.control.evolved import decoded, hypervolume, judged
from evplan.feeder.control.front import front, rank_of_limits, score, undominated
from evplan.feeder.control.operation import Operation
from evplan.feeder.control.tangent import tangent
from evplan.feeder.invented import invent, invent_tables
from evplan.feeder.plain import read_tables
from evplan.feeder.read import read_feeder
from evplan.feeder.reading import day_of
from evplan.feeder.tables import figures

HOMES = [("h1", "b1", "1", 1.0, 0.2), ("h2", "b2", "2", 1.0, 0.2), ("h3", "b3", "3", 1.0, 0.2)]
CARS = [("b1", 1, 4, 18, 14.0, 3.7), ("b2", 1, 5, 19, 20.0, 7.4), ("b3", 2, 6, 20, 12.0, 7.4)]
SUN = [0.0, 4.0, 5.0, 5.0, 3.0]
NOON = [0.0, 9.0, 10.0, 9.0]


@pytest.fixture(scope="module")
def village():
    found = read_feeder(ROOT / "instances" / "feeder.yaml")
    return front(day_of(found.study, found.path.parent))


def test_every_point_keeps_energy_voltages_and_ratings(village):
    assert len(village.points) >= 15
    for one in village.points:
        assert one.lacking_kwh.sum() == 0
        assert one.violation_pu <= 3e-4
        assert one.overload <= 1e-4
        assert [claim.claim for claim in check(one) if not claim.holds] == []


def test_giving_up_more_leaves_less_unbalance(village):
    shares = [one.curtailed_share for one in village.points]
    assert shares == sorted(shares)
    unbalances = [one.unbalance_a2 for one in village.points]
    assert unbalances == sorted(unbalances, reverse=True)
    assert undominated([*village.points]) == list(village.points)


def test_the_village_is_run_better_than_by_no_control_and_by_greed(village):
    none, off, greed = village.baselines
    assert (none.name, off.name, greed.name) == ("no control", "panels off", "greedy")
    assert village.points[0].unbalance_a2 < min(none.unbalance_a2, greed.unbalance_a2)
    assert none.overload > 0.1 and village.points[0].overload == 0
    assert score(village.chosen, none) < score(none, none) == 0.5


@pytest.mark.parametrize("seed", range(6))
def test_a_control_scheme_never_loses_to_doing_nothing_on_its_own_objective(tmp_path, seed):
    random = np.random.default_rng(seed)
    network = read_tables(tmp_path, invent_tables(tmp_path, 20, seed))
    own = read_feeder(ROOT / "instances" / "feeder.yaml").study
    own = own.model_copy(update={"control": own.control.model_copy(update={"points": 5})})
    found = front(invent(network, own, int(random.integers(0, 20)), int(random.integers(0, 20)), seed))
    none, own = found.nothing, found.chosen
    if own is none:
        assert none.excess <= 3e-4  # limits are kept without control, and nothing is better
        return
    assert own.excess <= max(none.excess, 3e-4)
    weight, flow = 0.5, own.day.flow  # the score once more, from powers by another flow of the same network
    sums = []
    for one in (own, none):
        volts = flow.factor.solve(flow.network.injected[:, None] - flow.legs.incidence.T @ one.solved.current)
        currents = (flow.network.through[flow.network.head_rows] @ volts)[
            np.argsort(flow.network.row_phase[flow.network.head_rows])
        ]
        zero = currents.sum(axis=0) / 3
        turn = np.exp(2j * np.pi / 3)
        negative = (currents[0] + turn**2 * currents[1] + turn * currents[2]) / 3
        sums.append((np.abs(zero) ** 2 + np.abs(negative) ** 2).sum())
    if none.excess <= 3e-4:
        assert weight * sums[0] / sums[1] + (1 - weight) * own.curtailed_share < weight


def test_nothing_is_done_where_nothing_can_be(tmp_path):
    network, _ = street(tmp_path, HOMES)
    found = front(day_on(network, [], []))
    assert found.chosen is found.nothing
    assert found.points == ()


def test_the_answer_is_a_least_by_exact_flow(tmp_path):
    """No way to move energy between two hours of a stay that exact power flow finds better, beyond the rounds' tolerance."""
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, CARS, [], control={"points": 2})
    best = front(day).points[-1]
    random, worse = np.random.default_rng(0), []
    for _ in range(400):
        s = int(random.integers(len(day.sessions)))
        one = day.sessions[s]
        a, b = random.choice(np.arange(one.first, one.last), 2, replace=False)
        moved = min(best.charge_kw[s, a], one.kw - best.charge_kw[s, b], random.uniform(0.05, 2.0))
        charge = best.charge_kw.copy()
        charge[s, a] -= moved
        charge[s, b] += moved
        worse.append(Operation(day, "moved", charge, best.curtailed_kw).unbalance_a2 - best.unbalance_a2)
    assert min(worse) > -2e-3 * nothing(day).unbalance_a2
    assert np.mean(np.array(worse) >= 0) > 0.8


def test_voltage_makes_panels_give_up_what_is_too_much(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=500.0)
    day = day_on(network, [], [("b3", 1, [0, 9.0, 10.0, 9.0])], limits={"highest_pu": 1.06}, control={"points": 3})
    none, found = nothing(day), front(day)
    assert none.violation_pu > 0.01
    assert all(one.violation_pu <= 3e-4 for one in found.points)
    least = found.points[0]
    assert 0 < least.curtailed_share < 1
    assert least.metrics.highest_pu.max() == pytest.approx(1.06, abs=4e-4)  # no more is given up than must be


def test_limits_come_before_the_score(tmp_path):
    """Balanced panels that lift voltages: there is no unbalance to win, and still doing nothing is no answer."""
    network, _ = street(tmp_path, [("h", "b3", "123", 1.0, 0.0)], metres=500.0)
    base = day_on(network, [], [("b3", 1, NOON)], limits={"highest_pu": 1.05}, control={"points": 3, "weight": 0.0})
    day = replace(base, panels=(replace(base.panels[0], phases=(1, 2, 3)),), panel_kw=4 * base.panel_kw)
    found = front(day)
    assert found.nothing.excess > 0.01
    assert found.chosen is not found.nothing
    assert found.chosen.excess <= 3e-4


def test_a_day_that_collapses_without_control_is_told_and_helped(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=900.0)
    day = day_on(network, [("b3", 1, 4, 20, 20.0, 60.0)], [], limits={"lowest_pu": 0.85}, control={"points": 2})
    found = front(day)
    assert found.nothing.unsolved >= 1 and found.nothing.excess == np.inf
    assert found.chosen.unsolved == 0 and found.chosen.excess <= 3e-4
    assert [one.claim for one in check(found.nothing) if not one.holds] == []


def test_what_a_vehicle_cannot_get_is_named(tmp_path):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, [("b1", 1, 4, 6, 30.0, 7.4)], [])
    none = nothing(day)
    assert none.lacking_kwh == pytest.approx([30 - 2 * 7.4])
    assert front(day).chosen.lacking_kwh == pytest.approx([30 - 2 * 7.4], abs=1e-3)


def test_baselines_are_what_they_say(tmp_path):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, CARS, [("b2", 2, SUN)])
    charge = at_once(day)
    assert charge[0, :9].tolist() == pytest.approx([0, 0, 0, 0, 3.7, 3.7, 3.7, 14 - 3 * 3.7, 0])
    assert panels_off(day).curtailed_share == 1.0
    greed = greedy(day)
    assert greed.charge_kw.sum(axis=1) == pytest.approx([14, 20, 12])
    assert (greed.charge_kw[~day.there] == 0).all()


def test_tangents_are_slopes(tmp_path):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, CARS, [("b2", 2, SUN)])
    base, step = nothing(day), 0.01
    bends = tangent(base)
    for v in range(len(CARS) + 1):
        charge, curtailed = base.charge_kw.copy(), base.curtailed_kw.copy()
        (charge if v < len(CARS) else curtailed)[v % len(CARS)] += step
        other = Operation(day, "more", charge, curtailed)
        slope = (np.abs(other.solved.voltage) - np.abs(base.solved.voltage)) / day.flow.base_v[:, None] / step
        assert np.abs(slope - bends.voltage[:, :, v]).max() < 2e-5
        assert np.abs((other.sequence - base.sequence) / step - bends.sequence[:, :, v]).max() < 2e-3


@pytest.mark.parametrize("bend", ["away", "over", "panel", "energy"])
def test_an_operation_that_was_bent_is_caught(tmp_path, bend):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, CARS, [("b2", 2, SUN)])
    one = nothing(day)
    charge, curtailed = one.charge_kw.copy(), one.curtailed_kw.copy()
    if bend == "away":
        charge[0, 0] = 1.0
    elif bend == "over":
        charge[0, 5] = 5.0
    elif bend == "panel":
        curtailed[0, 2] = 6.0
    else:
        charge[0, 10] += 2.0
    wrong = [claim for claim in check(replace(one, charge_kw=charge, curtailed_kw=curtailed)) if not claim.holds]
    assert wrong


@pytest.mark.parametrize(("bend", "claim"), [
    ("voltage", "voltages leave their band"), ("current", "lines and transformers carry"), ("current", "voltages are those of the powers"),
    ("sequence", "unbalance is that of"),
])  # fmt: skip
def test_figures_that_were_bent_are_caught(tmp_path, bend, claim):
    """What is said of an operation is set beside a recomputation: a smaller violation, overload or unbalance is refused."""
    network, _ = street(tmp_path, HOMES, metres=300.0)
    day = day_on(network, CARS, [("b2", 2, SUN)], limits={"lowest_pu": 0.99, "line_loading": 0.05})
    one = nothing(day)
    assert one.violation_pu > 0.01 and one.overload > 0.1
    assert all(claim.holds for claim in check(one))
    bent = nothing(day)
    if bend == "sequence":
        vars(bent)["sequence"] = 0.9 * one.sequence
    else:
        factor = {"voltage": 1.01, "current": 0.5}[bend]
        vars(bent)["solved"] = replace(one.solved, **{bend: factor * getattr(one.solved, bend)})
    assert [own.claim.startswith(claim) for own in check(bent) if not own.holds].count(True) == 1


def test_genes_give_every_vehicle_its_energy(tmp_path):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, CARS, [("b2", 2, SUN)])
    genes = np.random.default_rng(0).random((20, 2 * len(CARS) + 1))
    charge, curtailed = decoded(day, genes)
    assert charge.sum(axis=2) == pytest.approx(np.tile([14.0, 20.0, 12.0], (20, 1)))
    assert (charge[:, ~day.there] == 0).all()
    goals, _ = judged(day, charge, curtailed)
    own = Operation(day, "one", charge[3], curtailed[3])
    assert goals[3] == pytest.approx([own.curtailed_kwh, own.unbalance_a2])


def test_hypervolume_is_an_area(village):
    none, one = village.nothing, village.points[-1]
    share, unbalance = one.curtailed_share, one.unbalance_a2 / none.unbalance_a2
    assert hypervolume([one], none) == pytest.approx((1 - share) * (1 - unbalance))
    assert hypervolume([none], none) == 0
    assert hypervolume(list(village.points), none) > hypervolume([one], none)


def test_limits_come_before_energy(tmp_path):
    """Twice the energy that the transformer could bring: limits hold, and what vehicles lack is named."""
    network, _ = street(tmp_path, HOMES, kva=30.0)
    cars = [(f"b{1 + k % 3}", 1 + k % 3, 2, 12, 90.0, 11.0) for k in range(9)]
    day = day_on(network, cars, [], limits={"lowest_pu": 0.9}, control={"points": 3})
    found = front(day)
    assert found.nothing.excess > 0.3
    assert found.chosen.excess <= 3e-4
    assert 0 < found.chosen.lacking_kwh.sum() < sum(one.kwh for one in day.sessions)
    assert max(one.excess for one in found.points) <= 3e-4
    rated = found.chosen.metrics.transformer_loading
    assert rated[2:12].min() > 0.9  # and no more is lacking than limits ask for


def test_a_day_that_nothing_carries_is_not_searched(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=900.0)
    base = day_on(network, CARS, [])
    found = front(replace(base, load=60 * base.load))
    assert found.points == () and found.chosen is found.nothing
    assert found.nothing.unsolved == 24
    own = figures(found.nothing)
    assert own["unbalance_a"] is own["losses_kwh"] is own["ageing_days"] is own["lowest_pu"] is None


def test_fewer_steps_without_a_voltage_come_first(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=900.0)
    day = day_on(network, [("b3", 1, 4, 8, 20.0, 60.0)], [], limits={"lowest_pu": 0.85}, control={"points": 2})
    load = day.load.copy()
    load[:, 20] *= 60  # that no control helps
    found = front(replace(day, load=load))
    assert found.nothing.unsolved == 2
    assert found.chosen.unsolved == 1
    assert rank_of_limits(found.chosen) < rank_of_limits(found.nothing)

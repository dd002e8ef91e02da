"""Hosting, envelopes, phases, volt-var and transformers, each against a second way to the same answer."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from feeders import day_on, street
from support import ROOT

from evplan.errors import InputError
from evplan.feeder.control.baselines import nothing
from evplan.feeder.control.front import front
from evplan.feeder.control.operation import Operation
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.network import Customer
from evplan.feeder.planning.connection import connection_kw, require_base, write_instance
from evplan.feeder.planning.envelopes import envelopes
from evplan.feeder.planning.exchanges import Ways
from evplan.feeder.planning.hosting import CAUSES, hosting, takers
from evplan.feeder.planning.phases import assign
from evplan.feeder.planning.upgrade import choices
from evplan.feeder.planning.voltvar import CURVE_GIVES, CURVE_PU, voltvar
from evplan.feeder.ratings import binding
from evplan.feeder.read import read_feeder
from evplan.feeder.reading import day_of
from evplan.instance.read import read
from evplan.solver.outcome import Options

HOMES = [("h1", "b1", "1", 1.0, 0.2), ("h2", "b2", "2", 1.0, 0.2), ("h3", "b3", "3", 1.0, 0.2)]
NOON = [0.0, 4.0, 5.0, 5.0, 3.0]


def highest(day, kw):
    """Return the highest voltage when customers give kW at noon, p.u."""
    flow = Flow(day.network, legs_of(day.network, day.customers))
    power = day.load[:, [0]] - 1000 * np.array(kw)[:, None]
    return float((np.abs(flow.solve(flow.legs.of(power)).voltage) / flow.base_v[:, None]).max())


def test_hosting_ends_where_voltages_do(tmp_path):
    network, _ = street(tmp_path, HOMES[:1], metres=400.0)
    limit = 1.05
    for kw in (5.0, 12.0, 20.0):
        day = day_on(network, [], [], limits={"highest_pu": limit}, hosting={"kw": kw, "orders": 3})
        found = hosting(day)
        fits = highest(day, [kw]) <= limit
        assert found.kw.tolist() == [kw if fits else 0.0] * 3
        assert [CAUSES[k] for k in found.cause if k >= 0] == ([] if fits else ["voltage"] * 3)


def test_hosting_counts_orders_as_flows_one_by_one_do(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=300.0)
    day = day_on(network, [], [], limits={"highest_pu": 1.055}, hosting={"kw": 12.0, "orders": 40, "seed": 3})
    found = hosting(day)
    orders = np.argsort(np.random.default_rng(3).random((40, 3)), axis=1)
    alone = []
    for order in orders:
        given, kw = np.zeros(3), 0.0
        for home in order:
            given[home] += 12.0
            if highest(day, given) > 1.055:
                break
            kw += 12.0
        alone.append(kw)
    assert found.kw.tolist() == alone
    assert set(alone) == {0.0, 12.0} and found.flows >= 160
    assert found.passed[0] == 0 and (np.diff(found.passed) >= 0).all()


@pytest.mark.parametrize(("kind", "metres", "kw"), [("panels", 250.0, 8.0), ("chargers", 180.0, 4.0)])
def test_hosting_holds_in_every_step_of_the_day(tmp_path, kind, metres, kw):
    """Loads, sun and vehicles change: what fits is what every step by itself lets through, one flow after the other."""
    network, _ = street(tmp_path, [(name, bus, "1", 1.0, 0.2) for name, bus, *_ in HOMES], metres=metres)
    sun = [0.0, 2.0, 3.0, 2.6, 1.0]
    cars = [("b3", 1, 9, 14, 20.0, 5.0), ("b2", 2, 15, 20, 12.0, 4.0)]
    limits = {"highest_pu": 1.06, "lowest_pu": 0.90}
    base = day_on(
        network, cars, [("b1", 1, sun)], limits=limits, hosting={"kind": kind, "kw": kw, "orders": 30, "seed": 1}
    )
    factor = np.random.default_rng(0).uniform(0.2, 3.0, base.load.shape)
    factor[:, 2] = 3.0  # people cook while the sun shines most: other steps are worse
    day = replace(base, load=base.load * factor)
    found, shape = hosting(day), np.pad(sun, (0, 19)) / 3.0 if kind == "panels" else np.ones(24)
    charging, curtailed = nothing(day).charge_kw * (kind == "chargers"), day.panel_kw * (kind == "chargers")
    there, random = day.drawn(charging, curtailed), np.random.default_rng(1)

    def holds(more):
        drawn = there.copy()
        drawn[:3] += (1000 if kind == "chargers" else -1000) * more[:, None] * shape
        solved = day.flow.solve(day.flow.legs.of(drawn))
        pu = np.abs(solved.voltage) / day.flow.base_v[:, None]
        return bool(solved.settled.all() and pu.min() >= 0.90 and pu.max() <= 1.06)

    alone = []
    for order in np.argsort(random.random((30, 3)), axis=1):
        counts = [k for k in range(4) if not holds(kw * np.isin(np.arange(3), order[:k]))]
        alone.append(kw * (max(counts[0] - 1, 0) if counts else 3))
    assert found.kw.tolist() == alone
    assert len(set(alone)) > 1


def test_hosting_is_beside_what_is_there(tmp_path):
    network, _ = street(tmp_path, HOMES[:1], metres=400.0)
    limits = {"limits": {"highest_pu": 1.05}, "hosting": {"kw": 6.0, "orders": 2}}
    assert hosting(day_on(network, [], [], **limits)).kw.tolist() == [6.0, 6.0]
    assert hosting(day_on(network, [], [("b1", 1, [0, 8.0])], **limits)).kw.tolist() == [0.0, 0.0]


def test_a_transformer_is_passed_before_voltages_where_it_is_small(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=20.0, kva=30.0)
    found = hosting(day_on(network, [], [], hosting={"kind": "chargers", "kw": 11.0, "orders": 5}))
    assert set(found.cause.tolist()) == {CAUSES.index("transformer")}
    assert set(found.kw.tolist()) == {0.0}  # 11 kW on one phase of 10 kVA


@pytest.mark.parametrize("rating_a", [25.0, 60.0, 400.0])
def test_whatever_connections_do_within_envelopes_voltages_and_ratings_hold(tmp_path, rating_a):
    network, _ = street(tmp_path, HOMES, metres=250.0, rating_a=rating_a)
    day = day_on(network, [], [])
    found = envelopes(day, 20.0)
    assert found.worst_pu.max() <= 1e-4
    assert found.worst_loading.max() <= 1 + 1e-4
    assert 0 < found.draw_kw.min() <= found.draw_kw.max() <= 20
    flow, random = Flow(network, legs_of(network, network.customers)), np.random.default_rng(0)
    kw = random.uniform(-found.give_kw[:, [0]], found.draw_kw[:, [0]], (3, 500))
    corners = np.where(random.random((3, 500)) < 0.5, found.draw_kw[:, [0]], -found.give_kw[:, [0]])
    solved = flow.solve(flow.legs.of(1000 * np.hstack([kw, corners]) + 1j * day.load[:, [0]].imag))
    pu = np.abs(solved.voltage) / flow.base_v[:, None]
    assert pu.min() >= 0.94 - 1e-4 and pu.max() <= 1.10 + 1e-4
    keep, rated = day.binding
    currents = np.abs(flow.branch_idle[keep, None] + flow.branch_spread[keep] @ solved.current)
    assert (currents <= rated[:, None] * 1.0005).all()
    floor = min(found.draw_kw[:, 0].min(), found.give_kw[:, 0].min())
    signs = np.array(list(itertools.product((1, -1), repeat=3))).T
    pushed = flow.solve(flow.legs.of(1000 * 1.2 * floor * signs + 1j * day.load[:, [0]].imag))
    pushed_pu = np.abs(pushed.voltage) / flow.base_v[:, None]
    loaded = np.abs(flow.branch_idle[keep, None] + flow.branch_spread[keep] @ pushed.current) / rated[:, None]
    assert (
        floor > 19.9 or pushed_pu.min() < 0.94 or pushed_pu.max() > 1.10 or loaded.max() > 0.95
    )  # the least of all could not be a fifth more
    tight = max(0.94 - pu.min(), pu.max() - 1.10, (currents / rated[:, None]).max() - 1)
    assert tight > -0.06  # and not by much: envelopes are as wide as they may be


def test_phases_are_the_best_that_can_be_counted(tmp_path):
    network, _ = street(tmp_path, HOMES)
    cars = [("b1", 1, 4, 10, 14.0, 3.7), ("b2", 1, 5, 11, 20.0, 7.4), ("b3", 1, 4, 12, 12.0, 3.7)]
    day = day_on(network, cars, [])
    found = assign(day, Options(1e-4, 30.0))
    every = []
    for code in range(27):
        phases = [code % 3 + 1, code // 3 % 3 + 1, code // 9 + 1]
        moved = tuple(
            replace(one, at=replace(one.at, phases=(p,))) for one, p in zip(day.sessions, phases, strict=True)
        )
        every.append(nothing(replace(day, sessions=moved)).unbalance_a2)
    assert found.after.unbalance_a2 < 0.5 * found.before.unbalance_a2
    moved = [sum(code // 3**k % 3 + 1 != 1 for k in range(3)) for code in range(27)]
    cost = [one + 1e-3 * found.before.unbalance_a2 * count for one, count in zip(every, moved, strict=True)]
    assert found.after.unbalance_a2 + 1e-3 * found.before.unbalance_a2 * found.moved == pytest.approx(
        min(cost), rel=1e-6
    )
    assert found.moved >= 1 and "27 ways" in found.how


def test_exchanges_end_where_no_exchange_is_better(tmp_path):
    """Eleven vehicles are too many to count all ways: the answer is better than the program's start, and than any move by itself."""
    network, _ = street(tmp_path, HOMES)
    random = np.random.default_rng(0)
    cars = [
        (f"b{1 + k % 3}", 1 + k % 2, int(random.integers(0, 9)), 16, float(random.uniform(6, 25)), 3.7)
        for k in range(11)
    ]
    day = day_on(network, cars, [])
    found = assign(day, Options(1e-2, 20.0))
    assert found.how == "no exchange of one or two is better"
    ways = Ways(nothing(day), list(range(11)))
    best = found.phases
    assert ways.unbalance(best[None])[0] == pytest.approx(
        found.after.unbalance_a2 - (nothing(day).unbalance_a2 - ways.now), rel=1e-9
    )
    moves = [np.where(np.arange(11) == k, (best + turn - 1) % 3 + 1, best) for k in range(11) for turn in (1, 2)]
    assert ways.cost(best[None])[0] <= ways.cost(np.array(moves)).min()
    assert found.after.unbalance_a2 < 0.7 * found.before.unbalance_a2


def test_phases_stay_where_nothing_is_better(tmp_path):
    network, _ = street(tmp_path, [(name, "b1", phases, *kva) for name, _, phases, *kva in HOMES])
    cars = [("b1", p, 4, 10, 10.0, 3.7) for p in (1, 2, 3)]
    found = assign(day_on(network, cars, []), Options(1e-4, 30.0))
    assert found.moved == 0
    assert found.after is found.before


def test_volt_var_is_where_the_curve_and_the_flow_agree(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=500.0)
    day = day_on(network, [], [("b3", 1, NOON)])
    none = nothing(day)
    own, far = voltvar(none)
    assert far < 1e-3
    assert own.metrics.highest_pu.max() < none.metrics.highest_pu.max() - 0.002
    leg = day.flow.legs.names.index(("b3", 1, 0))
    pu = np.abs(own.solved.voltage[leg]) / day.flow.base_v[leg]
    assert own.panel_kvar[0] == pytest.approx(-5.0 * np.interp(pu, CURVE_PU, CURVE_GIVES), abs=1e-3)
    assert (own.panel_kvar[0][pu > 1.02] > 0).all()  # drawn where voltages are high


def test_a_larger_transformer_is_weighed():
    found = read_feeder(ROOT / "instances" / "feeder.yaml")
    study = found.study.model_copy(update={"control": found.study.control.model_copy(update={"points": 3})})
    day = day_of(study, found.path.parent)
    traded = front(day)
    none, control, larger = choices(day, traded, found.path.parent)
    assert (none.kva, larger.kva) == (160, 250)
    ratio = none.operation.metrics.transformer_loading.max() / larger.operation.metrics.transformer_loading.max()
    assert ratio == pytest.approx(250 / 160, rel=0.02)
    assert larger.investment_yearly == pytest.approx(28000 * 0.05 / (1 - 1.05**-30))
    assert control.curtailed_yearly == pytest.approx(365.25 * 0.08 * control.operation.curtailed_kwh)
    assert control.operation is traded.points[0]  # the cheapest that keeps limits, not the knee
    assert control.operation.excess <= 3e-4 < none.operation.excess
    assert none.curtailed_yearly == 0 < none.losses_yearly
    with pytest.raises(InputError, match="says no larger transformer"):
        choices(replace(day, study=study.model_copy(update={"upgrade": None})), traded, found.path.parent)


def test_operations_know_their_reactive_power(tmp_path):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, [], [("b3", 1, NOON)])
    kvar = np.full_like(day.panel_kw, 2.0)
    one = Operation(day, "reactive", nothing(day).charge_kw, nothing(day).curtailed_kw, kvar)
    drawn = (one.solved.voltage * np.conj(one.solved.current)).sum(axis=0)
    assert drawn.imag == pytest.approx(day.load.imag.sum(axis=0) + 2000)


def test_a_station_may_draw_what_no_step_minds(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=200.0)
    day = day_on(network, [("b1", 1, 4, 10, 14.0, 3.7)], [("b2", 2, NOON)])
    kw = connection_kw(day, "b3")
    everybody = [*day.customers, *day.panels, day.sessions[0].at, Customer("station", "b3", (1, 2, 3))]
    flow = Flow(network, legs_of(network, everybody))
    for more, holds in ((-0.2, True), (0.3, False)):
        drawn = np.vstack(
            [day.drawn(nothing(day).charge_kw, nothing(day).curtailed_kw), np.full((1, 24), 1000 * (kw + more) + 0j)]
        )
        solved = flow.solve(flow.legs.of(drawn))
        pu = np.abs(solved.voltage) / flow.base_v[:, None]
        keep, rated = binding(flow, day.rated)
        currents = np.abs(flow.branch_idle[keep, None] + flow.branch_spread[keep] @ solved.current)
        assert (
            bool(solved.settled.all() and pu.min() >= 0.94 and pu.max() <= 1.10 and (currents <= rated[:, None]).all())
            == holds
        )


def test_an_instance_has_the_connection_of_its_bus(tmp_path):
    found = read_feeder(ROOT / "instances" / "feeder.yaml")
    day = day_of(found.study, found.path.parent)
    base = ROOT / "evplan" / "instance" / "templates" / "plan.yaml"
    own = day.study.model_copy(update={"currency": read(base).instance.finance.currency})
    limits = write_instance(replace(day, study=own), "s1-2", base, found.path.parent, tmp_path / "site.yaml")
    site = read(tmp_path / "site.yaml").instance.sites[0]
    assert (
        0 <= limits["now"] - site.connection.existing_kw < 0.1 + 1e-9
    )  # written down to a tenth, never above what holds
    assert 0 <= limits["upgraded"] - site.connection.steps[0].power_kw < 0.1 + 1e-9
    assert limits["upgraded"] > limits["now"] == 0  # its transformer carries too much without control already
    with pytest.raises(InputError, match="there is no bus 's1-99'"):
        require_base(day, "s1-99", base)
    with pytest.raises(InputError, match="the feeder in EUR"):
        write_instance(day, "s1-2", base, found.path.parent, tmp_path / "other.yaml")


def test_an_instance_keeps_the_files_of_its_base(tmp_path):
    found = read_feeder(ROOT / "instances" / "feeder.yaml")
    base = ROOT / "instances" / "office.yaml"
    study = found.study.model_copy(update={"currency": read(base).instance.finance.currency})
    day = replace(day_of(found.study, found.path.parent), study=study)
    write_instance(day, "lv", base, found.path.parent, tmp_path / "deep" / "site.yaml")
    assert read(tmp_path / "deep" / "site.yaml").instance.sites


def test_what_is_stopped_is_left_where_it_is(tmp_path):
    network, _ = street(tmp_path, HOMES)
    day = day_on(network, [], [])
    assert envelopes(day, 10.0, stopped=lambda: True) is None
    assert hosting(day, stopped=lambda: True) is None
    asked = iter([False, False, True])
    found = envelopes(day, 10.0, stopped=lambda: next(asked))
    assert found.draw_kw.shape == (3, 2) and found.worst_pu.shape == (2,)


def test_phases_help_where_no_voltage_carries_what_is_drawn(tmp_path):
    """Four vehicles on one phase of a weak street: other phases carry them, and fewer steps without a voltage come first."""
    network, _ = street(tmp_path, HOMES, metres=450.0)
    day = day_on(network, [(f"b{1 + k % 3}", 1, 4, 8, 40.0, 15.0) for k in range(4)], [])
    found = assign(day, Options(1e-3, 20.0))
    assert found.before.unsolved > 0
    assert found.after.unsolved < found.before.unsolved
    assert found.moved >= 1


def test_envelopes_of_a_step_that_nothing_carries_are_nothing(tmp_path):
    network, _ = street(tmp_path, HOMES, metres=900.0)
    day = day_on(network, [], [])
    load = day.load.copy()
    load[:, 3] = 1j * 400_000
    found = envelopes(replace(day, load=load), 10.0)
    assert found.draw_kw[:, 3].tolist() == found.give_kw[:, 3].tolist() == [0.0, 0.0, 0.0]
    assert np.isinf(found.worst_pu[3]) and np.isfinite(found.worst_pu[:3]).all()
    assert found.draw_kw[:, 2].min() > 0


def test_who_is_there_to_give_gets_neither_panels_nor_envelopes(tmp_path):
    network, _ = street(tmp_path, HOMES)
    base = day_on(network, [], [])
    customers = (*base.customers[:2], replace(base.customers[2], kw=0.0, plant=True))
    assert takers(replace(base, customers=customers)).tolist() == [0, 1]

"""Voltages of a radial feeder: as by hand with one bus, power balances with several, and what cannot be carried is told."""

from __future__ import annotations

import numpy as np
import pytest
from garages import WORLD, scene, setting

from evplan.instance.faults import InstanceError
from evplan.v2x.feeder import COLLAPSED, Feeder, Network
from evplan.v2x.read import read_world, validated
from evplan.v2x.run import act, policy_named

LINE = {"to": "main", "r_ohm": 1.2, "x_ohm": 0.9}


@pytest.mark.parametrize(("power_kw", "factor"), [(50.0, 1.0), (1500.0, 0.9), (-2000.0, 1.0)])
def test_one_bus_is_as_by_hand(power_kw, factor):
    # |V|^2 solves x^2 + (2 (r P + x Q) - 1) x + |z|^2 |S|^2 = 0, its higher root.
    feeder = Feeder.model_validate({"rated_kv": 10.0, "load_power_factor": factor, "lines": [LINE]})
    found = Network(feeder, ["main"]).voltages(np.array([[power_kw]]), np.array([[power_kw]]))[0, 0]
    r, x, p = 1.2 / 100, 0.9 / 100, power_kw / 1000
    q = p * np.tan(np.arccos(factor))
    middle = 2 * (r * p + x * q) - 1
    square = (-middle + np.sqrt(middle**2 - 4 * (r * r + x * x) * (p * p + q * q))) / 2
    assert found == pytest.approx(np.sqrt(square), abs=1e-11)


def test_power_balances_at_every_bus_of_a_tree():
    lines = [{"to": "a", "r_ohm": 0.5, "x_ohm": 0.4}, {"to": "b", "start": "a", "r_ohm": 0.9, "x_ohm": 0.2},
             {"to": "c", "start": "a", "r_ohm": 1.5, "x_ohm": 1.0}]  # fmt: skip
    network = Network(Feeder.model_validate({"lines": lines}), ["b", "c"])
    net = np.array([[600.0, 900.0], [0.0, -800.0]])
    v = network.voltages(net, 0 * net)
    # Losses are what the source gives beyond what is drawn: sum of r |I|^2 over lines, by currents from the voltages' magnitudes.
    assert (v[0] < 1).all()
    assert v[1, 2] > 1
    far = network.voltages(np.array([[600.0, 0.0]]), np.zeros((1, 2)))[0]
    assert far[0] > far[1]
    assert far[2] == pytest.approx(far[0], abs=1e-12)  # nothing flows to c: it has a's voltage


def test_twice_the_voltage_sags_a_quarter_of_it():
    small, large = (
        Network(Feeder.model_validate({"rated_kv": kv, "lines": [LINE]}), ["main"]).voltages(
            np.array([[10.0]]), np.zeros((1, 1))
        )[0, 0]
        for kv in (10.0, 20.0)
    )
    assert (1 - small) / (1 - large) == pytest.approx(4, rel=1e-3)


def test_more_than_a_feeder_can_carry_is_told_as_collapsed():
    network = Network(Feeder.model_validate({"lines": [LINE]}), ["main"])
    assert network.voltages(np.array([[100_000.0]]), np.zeros((1, 1)))[0, 0] == COLLAPSED


def test_voltages_are_told_after_every_step_and_outside_the_band_they_count():
    feeder = {"rated_kv": 0.4, "lowest_pu": 0.97, "lines": [{"to": "main", "r_ohm": 0.12, "x_ohm": 0.05}]}
    worlds = scene(range(4), feeder=feeder)
    fast, idle = (act(worlds, name, policy_named(name, worlds)) for name in ("as-fast", "nothing"))
    assert (fast.lowest_pu < idle.lowest_pu - 0.005).any()
    assert fast.books.sag.sum() > idle.books.sag.sum()


def test_rewards_may_count_voltages():
    pytest.importorskip("gymnasium")
    from evplan.v2x.gym.env import V2XEnv

    feeder = {"rated_kv": 0.4, "lowest_pu": 0.99, "lines": [{"to": "main", "r_ohm": 0.12}]}
    env = V2XEnv(
        setting(
            days=1,
            feeder=feeder,
            reward={"profit": 0.0, "shortfall": 0.0, "overload": 0.0, "voltage": 1.0},
            voltage_price_per_pu_h=50.0,
        )
    )
    env.reset(seed=1)
    total, over = 0.0, False
    while not over:
        _, worth, over, _, told = env.step(np.ones(env.action_space.shape, np.float32))
        assert worth == pytest.approx(-50 * told["sag"])
        total += worth
    assert total < 0


def test_faults_of_lines_are_told():
    lines = [{"to": "a", "start": "b", "r_ohm": 1.0}, {"to": "a", "r_ohm": 1.0}]
    _, faults = validated({**WORLD, "feeder": {"lines": lines}})
    said = " ".join(fault.message for fault in faults)
    for words in ("there is no 'b'", "a second time", "none leads to main"):
        assert words in said


def test_a_file_with_a_broken_feeder_is_refused(tmp_path):
    from evplan.v2x.read import TEMPLATE

    (tmp_path / "w.yaml").write_text(TEMPLATE.read_text() + "feeder: {lines: [{to: elsewhere, r_ohm: 1}]}\n")
    with pytest.raises(InstanceError, match="must feed every transformer"):
        read_world(tmp_path / "w.yaml")

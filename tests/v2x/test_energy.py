"""Energy is neither made nor lost but where the books say so, in worlds of any kind."""

from __future__ import annotations

import numpy as np
import pytest
from garages import WORLD, setting
from hypothesis import given, settings
from hypothesis import strategies as st

from evplan.v2x.worlds import Orders, Worlds

KWH = 1e-9

vehicles = st.builds(
    lambda name, battery, ac, dc, eta, back, taper, give, share: {
        "name": name, "battery_kwh": battery, "ac_kw": ac, "dc_kw": dc, "ac_efficiency": eta, "v2g_efficiency": back, "taper_soc": taper,
        "v2g_kw": give, "share": share, "target_soc": [0.5, 1.0],
    },
    st.just("v"), st.floats(10, 150), st.floats(2, 43), st.floats(0, 300), st.floats(0.3, 1), st.floats(0.3, 1), st.floats(0.1, 1),
    st.floats(0, 20), st.floats(0.1, 2),
)  # fmt: skip
stations = st.builds(
    lambda power, ports, current, eta, count: {
        "name": "s", "place": "office", "power_kw": power, "ports": ports, "current": current, "efficiency": eta, "count": count,
    },
    st.floats(3, 350), st.integers(1, 4), st.sampled_from(["ac", "dc"]), st.floats(0.5, 1), st.integers(1, 5),
)  # fmt: skip
worlds = st.fixed_dictionaries({
    "step_minutes": st.sampled_from([1, 5, 12, 15, 30, 60]),
    "stations": stations.map(lambda one: [one]),
    "vehicles": vehicles.map(lambda one: [one]),
    "transformers": st.builds(
        lambda limit, hard, load: [{"name": "main", "limit_kw": limit, "hard": hard, "load_kw": load}],
        st.floats(5, 500), st.booleans(), st.floats(0, 100),
    ),
    "places": st.builds(lambda many, kind: {"office": {"arrivals_per_day": many, "behaviour": kind}}, st.floats(1, 60),
                        st.sampled_from(["home", "workplace", "public"])),
    "hours": st.just(12.0),
    "driver_price_per_kwh": st.floats(0, 1),
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(worlds, st.integers(0, 1000))
def test_what_is_bought_is_stored_or_lost(changes, seed):
    own = setting(**changes)
    run = Worlds(own.equipment.layout, own.draw([seed, seed + 1]))
    numbers = np.random.default_rng(seed)
    while not run.over:
        before, who = run.ports.stored.copy(), run.ports.who.copy()
        losses = run.ports.efficiency.copy(), run.ports.give_efficiency.copy()
        books = run.step(Orders(numbers.uniform(-1, 1, run.flow_kw.shape) * 400))
        t, taken, place = run.t - 1, who >= 0, np.maximum(who, 0).astype(int)
        left = np.take_along_axis(run.outcome.left, place, 1)
        gone = taken & (np.take_along_axis(run.traces.stays.last, place, 1) == t)
        change = np.where(taken, np.where(gone, left, run.ports.stored) - before, 0.0)
        drawn, given = np.maximum(run.flow_kw, 0) * run.traces.step_h, np.maximum(-run.flow_kw, 0) * run.traces.step_h
        each = (drawn * losses[0] - given / np.where(taken, losses[1], 1.0))[taken]
        assert np.abs(change[taken] - each).max(initial=0) < KWH
        assert np.abs(books.drawn - books.given - books.lost - change.sum(axis=1)).max() < KWH
        assert (books.lost >= -KWH).all()
        bare = run.traces.nodes.load_kw[t] - run.traces.nodes.solar_kw[t]
        assert np.abs((run.net_kw - bare).sum(axis=1) * run.traces.step_h - (books.drawn - books.given)).max() < KWH
        assert np.abs(books.bought - books.sold - (books.drawn - books.given)).max() < KWH


@settings(max_examples=30, deadline=None)
@given(worlds, st.integers(0, 1000))
def test_no_limit_is_passed_and_no_battery_leaves_its_walls(changes, seed):
    own = setting(**changes)
    run = Worlds(own.equipment.layout, own.draw([seed]))
    numbers, layout = np.random.default_rng(seed), own.equipment.layout
    hard, limit = changes["transformers"][0]["hard"], changes["transformers"][0]["limit_kw"]
    while not run.over:
        who = run.ports.who.copy()
        walls = run.ports.least.copy(), run.ports.most.copy(), run.ports.charge_kw.copy(), run.ports.give_kw.copy()
        run.step(Orders(numbers.uniform(-1, 1, run.flow_kw.shape) * 400))
        taken = who >= 0
        assert (run.flow_kw <= np.where(taken, walls[2], 0) + KWH).all()
        assert (run.flow_kw >= -np.where(taken, walls[3], 0) - KWH).all()
        for way in (1, -1):
            station = np.add.reduceat(np.maximum(way * run.flow_kw, 0), layout.start[:-1], axis=1)
            assert (station <= layout.station_kw + KWH).all()
        load = changes["transformers"][0]["load_kw"]
        if hard:
            assert abs(run.net_kw[0, 0]) <= max(limit, load) + 1e-6
    there = run.traces.stays.there[0]
    outcome, stays = run.outcome.left[0, there], run.traces.stays
    assert (outcome >= stays.least[0, there] - KWH).all()
    assert (outcome <= stays.most[0, there] + KWH).all()


def test_a_world_is_the_same_in_any_batch():
    own = setting()
    seeds = [5, 17, 3, 900, 42]

    def run(these):
        worlds, seen = Worlds(own.equipment.layout, own.draw(these)), []
        while not worlds.over:
            part = np.sin(np.arange(worlds.flow_kw.shape[1]) + worlds.t)
            books = worlds.step(Orders(np.tile(20 * part, (len(these), 1))))
            seen.append(np.concatenate([worlds.flow_kw, np.array(books).T], axis=1))
        return np.array(seen)

    together = run(seeds)
    for place, seed in enumerate(seeds):
        assert (run([seed])[:, 0] == together[:, place]).all()
    big = run(list(range(100)))
    assert (big[:, 42] == together[:, 4]).all()


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_step_length_changes_little_of_what_is_charged(minutes):
    from evplan.v2x.policies import AsFast

    changes = {"step_minutes": minutes, "stations": [{**WORLD["stations"][0], "power_kw": 22, "count": 60}]}
    own = setting(**changes)
    run, policy, drawn = Worlds(own.equipment.layout, own.draw(range(50))), AsFast(), 0.0
    while not run.over:
        drawn += run.step(policy(run)).drawn.sum()
    hour = setting(**{**changes, "step_minutes": 1})
    fine, policy, exact = Worlds(hour.equipment.layout, hour.draw(range(50))), AsFast(), 0.0
    while not fine.over:
        exact += fine.step(policy(fine)).drawn.sum()
    assert drawn == pytest.approx(exact, rel=2e-3)

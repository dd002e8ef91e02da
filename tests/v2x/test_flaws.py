"""Flaws that were found in a public environment of this kind, each shown not to be here."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from garages import WORLD, scene, setting, site

from evplan.errors import InputError
from evplan.v2x.policies import AsFast
from evplan.v2x.run import act, policy_named
from evplan.v2x.setting import setting_of
from evplan.v2x.worlds import Orders, Worlds

HALF = [{"name": "half", "battery_kwh": 60, "ac_kw": 11, "ac_efficiency": 0.5, "v2g_efficiency": 0.5, "v2g_kw": 10}]


def test_at_half_efficiency_twice_what_is_stored_is_billed():
    # There, 1.386 kWh were billed and 1.39 stored.
    own = setting(vehicles=HALF)
    run, policy, drawn, gained = Worlds(own.equipment.layout, own.draw([1, 2])), AsFast(), 0.0, 0.0
    while not run.over:
        books = run.step(policy(run))
        drawn, gained = drawn + books.drawn, gained + books.gained
        assert np.abs(books.bought - 2 * books.gained).max() < 1e-9
    assert gained.min() > 10
    assert drawn == pytest.approx(2 * gained)


def test_nothing_is_rounded_up_into_batteries():
    # There, levels were rounded up to a hundredth in every step: 0.33 kWh billed became 1.00 kWh gained.
    own = setting(step_minutes=1, vehicles=[{"name": "slow", "battery_kwh": 60, "ac_kw": 11, "ac_efficiency": 1.0}])
    run, billed = Worlds(own.equipment.layout, own.draw([3])), np.zeros(1)
    while not run.over:
        billed += run.step(Orders(np.full(run.flow_kw.shape, 0.05))).drawn
    stays, there = run.traces.stays, run.traces.stays.there
    gained = (run.outcome.left - stays.came)[there].sum()
    assert gained > 0.1
    assert gained == pytest.approx(billed[0], abs=1e-9)


def test_a_step_of_a_thousand_ports_costs_no_more_than_its_share():
    # There, a step of 1,000 ports took 39 times as long as one of 25. Here it may take 15 times as long at most.
    import time

    def seconds(count):
        stations = [{**WORLD["stations"][0], "ports": 1, "count": count}]
        own = setting(stations=stations, places={"office": {"arrivals_per_day": 2.0 * count}})
        best = np.inf
        for _ in range(5):
            run, policy = Worlds(own.equipment.layout, own.draw([1])), AsFast()
            begun = time.perf_counter()
            while not run.over:
                run.step(policy(run))
            best = min(best, time.perf_counter() - begun)
        return best

    assert seconds(1000) < 15 * seconds(25)


def test_dates_in_two_forms_are_refused_not_misread(tmp_path):
    # There, a price file whose later rows were day first gave 132 of 363 days another day's prices.
    times = [
        *pd.date_range("2026-05-31", periods=300, freq="h").strftime("%Y-%m-%d %H:%M"),
        "13/06/2026 00:00",
        "14/06/2026 00:00",
    ]
    pd.DataFrame({"time": times, "eur": 0.1}).to_csv(tmp_path / "prices.csv", index=False)
    own = site(prices={"file": "prices.csv", "column": "eur"})
    with pytest.raises(InputError, match=r"prices\.csv.*row 30[12]"):
        setting_of(own, tmp_path)


def test_prices_of_every_day_are_those_of_the_file(tmp_path):
    times = pd.date_range("2026-05-31", periods=24 * 12, freq="h")
    values = np.random.default_rng(1).normal(0.1, 0.05, len(times)).round(4)
    pd.DataFrame({"time": times.strftime("%Y-%m-%d %H:%M"), "eur": values}).to_csv(tmp_path / "prices.csv", index=False)
    own = setting_of(
        site(prices={"file": "prices.csv", "column": "eur"}, tariff={"energy": [{"price_per_kwh": 0.0}]}), tmp_path
    )
    traces = own.draw(range(30))
    for world in range(30):
        day = own.calendar.clock.start[traces.begin[world]].tz_localize(None)
        at = int((day - times[0]) / pd.Timedelta(hours=1))
        assert np.allclose(traces.outside.buy[:, world], np.repeat(values[at : at + 24], 4))


def test_draining_cars_earns_less_than_charging_them():
    # There, a random policy that drained vehicles had a higher reward than one that charged them.
    pytest.importorskip("gymnasium")
    from evplan.v2x.gym.play import Play

    own = setting(driver_price_per_kwh=0.3, days=1)
    numbers, total = np.random.default_rng(0), {}
    for name in ("charge", "random", "drain"):
        play = Play(own)
        play.begin(np.arange(50))
        worth = np.zeros(50)
        for _ in range(96):
            shape = 50, len(play.port_kw)
            action = {"charge": np.ones(shape), "random": numbers.uniform(-1, 1, shape), "drain": -np.ones(shape)}[name]
            worth += play.step(action)[1]
        total[name] = worth
    assert (total["charge"] > total["random"]).all()
    assert (total["random"] > total["drain"]).mean() > 0.9


def test_the_optimum_needs_no_licence_and_no_size_is_too_large():
    # There, a free solver's size was passed by four vehicles.
    worlds = scene([0], places={"office": {"arrivals_per_day": 60}}, stations=[{**WORLD["stations"][0], "count": 40}])
    best = act(worlds, "optimum", policy_named("optimum", worlds))
    assert worlds.traces.stays.there.sum() > 30
    assert best.bounds is not None
    assert np.isfinite(best.bounds).all()


def test_direct_current_is_there():
    station = {"name": "fast", "place": "stop", "current": "dc", "power_kw": 150, "count": 2, "efficiency": 0.94}
    own = setting(stations=[station], places={"stop": {"arrivals_per_day": 20, "behaviour": "public"}},
                  transformers=[{"name": "main", "limit_kw": 400}])  # fmt: skip
    run, policy, highest = Worlds(own.equipment.layout, own.draw(range(5))), AsFast(), 0.0
    drawn = gained = 0.0
    while not run.over:
        books = run.step(policy(run))
        highest = max(highest, run.flow_kw.max())
        drawn, gained = drawn + books.drawn.sum(), gained + books.gained.sum()
    assert highest > 50
    assert gained == pytest.approx(0.94 * drawn)


def test_the_world_is_there_without_gymnasium(monkeypatch):
    # There, the package could not be imported as it was installed.
    import subprocess

    code = "import sys; sys.modules['gymnasium'] = None; from evplan.v2x.run import act; from evplan.commands.simulate import simulate"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert ran.returncode == 0, ran.stderr

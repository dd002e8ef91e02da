"""Traces go out and come back: as they were drawn, as sessions of ACN-Data, and in the form of recorded instances."""

from __future__ import annotations

import json

import numpy as np
import pytest
from garages import WORLD, scene, setting

from evplan.errors import InputError
from evplan.v2x.exchange.benchmark import write_benchmark
from evplan.v2x.exchange.sessions import write_acn
from evplan.v2x.exchange.trace import write_trace
from evplan.v2x.metrics import cost_of
from evplan.v2x.run import act, linear_bounds, policy_named
from evplan.v2x.scene import scene_of
from evplan.v2x.stays import of_world

SINGLE = {"stations": [{"name": "one", "place": "office", "count": 12, "power_kw": 11}]}


@pytest.mark.parametrize("number", range(10))
def test_recorded_instances_cost_what_was_recorded(shared_data, number):
    # Within 1 %: what is left is that levels were rounded up to a hundredth of a kWh there, in every step.
    worlds = scene_of(shared_data / "v2x_benchmark" / f"v2gprofitmax_25cs_seed0{number}.json", [0])
    for name in ("as-fast", "as-late-rated"):
        cost = float(act(worlds, name, policy_named(name, worlds)).books.energy[0])
        assert cost == pytest.approx(worlds.recorded[name], rel=0.01)
    assert float(linear_bounds(worlds)[0]) == pytest.approx(worlds.recorded["linear"], rel=1e-5)
    best = act(worlds, "optimum", policy_named("optimum", worlds))
    assert worlds.recorded["linear"] <= best.bounds[0] + 1e-4


def test_a_trace_read_again_is_the_world_that_was_written(tmp_path):
    event = {"per_day": 3, "start_hour": [8, 16], "minutes": 60}
    tariff = {**WORLD["tariff"], "demand": [{"price_per_kw_month": 2.0}]}
    worlds = scene([7, 8], events=[event], tariff=tariff, driver_price_per_kwh=0.2)
    write_trace(worlds, 1, tmp_path / "trace")
    again = scene_of(tmp_path / "trace", [0])
    for name in ("as-fast", "random", "optimum"):
        first, second = (act(own, name, policy_named(name, own)) for own in (worlds, again))
        assert cost_of(first.books, worlds.prices)[1] == cost_of(second.books, again.prices)[0]


def test_a_broken_trace_is_told(tmp_path):
    write_trace(scene([7]), 0, tmp_path / "trace")
    (tmp_path / "trace" / "stays.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError, match="no whole trace"):
        scene_of(tmp_path / "trace", [0])


def test_sessions_of_acn_data_come_back(tmp_path):
    worlds = scene([3], days=1)
    write_acn(worlds, 0, tmp_path / "sessions.json", None)
    own = setting_of_sessions(tmp_path, "sessions.json")
    before, after = of_world(worlds.traces.stay_table, 0), of_world(own.draw([0]).stay_table, 0)
    assert np.array_equal(after.port, before.port)
    for name in ("arrival_h", "departure_h"):
        assert np.abs(getattr(after, name) - getattr(before, name)).max() < 1 / 3600
    for name in ("capacity", "came", "target"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-5)


def setting_of_sessions(folder, file, **changes):
    from evplan.v2x.setting import setting_of
    from evplan.v2x.site import WorldSite

    return setting_of(WorldSite.model_validate({**WORLD, "days": 1, "sessions": file, **changes}), folder)


def test_real_sessions_are_a_world(shared_data, tmp_path):
    import gzip

    text = gzip.decompress((shared_data / "sessions" / "acn" / "caltech_2019-05-01_2019-08-31.csv.gz").read_bytes())
    (tmp_path / "acn.csv").write_bytes(text)
    from evplan.v2x.setting import setting_of
    from evplan.v2x.site import WorldSite

    said = {**WORLD, "start": "2019-05-06T00:00", "timezone": "America/Los_Angeles", "days": 1, "sessions": "acn.csv",
            "stations": [{"name": "caltech", "count": 54, "power_kw": 6.7}]}  # fmt: skip
    stays = setting_of(WorldSite.model_validate(said), tmp_path).draw([0]).stays
    import io

    import pandas as pd

    rows = pd.read_csv(io.BytesIO(text))
    day = (
        pd.to_datetime(rows.arrival, utc=True).dt.tz_convert("America/Los_Angeles").dt.strftime("%Y-%m-%d")
        == "2019-05-06"
    )
    assert stays.there.sum() == day.sum()
    wish = ((stays.target - stays.came) / stays.efficiency)[stays.there]
    assert wish.sum() == pytest.approx(rows["requested_energy (kWh)"][day].sum(), rel=0.05)


def test_no_session_in_the_episode_is_told(tmp_path):
    write_acn(scene([3], days=1), 0, tmp_path / "sessions.json", None)
    from evplan.v2x.setting import setting_of
    from evplan.v2x.site import WorldSite

    with pytest.raises(InputError, match="no session begins"):
        setting_of(
            WorldSite.model_validate({**WORLD, "days": 1, "start": "2030-01-01T00:00", "sessions": "sessions.json"}),
            tmp_path,
        )


def test_a_world_goes_into_the_benchmark_form_and_back(tmp_path):
    lossless = [{"name": "a", "battery_kwh": 58, "ac_kw": 11, "ac_efficiency": 1.0, "v2g_efficiency": 1.0, "v2g_kw": 10, "taper_soc": 1.0,
                 "wear_per_kwh": 0.0}]  # fmt: skip
    worlds = scene([3], days=1, vehicles=lossless, shortfall_price_per_kwh=10.0, export_share=1.0, **SINGLE,
                   transformers=[{"name": "main", "limit_kw": 1000}])  # fmt: skip
    write_benchmark(worlds, 0, tmp_path / "one.json")
    again = scene_of(tmp_path / "one.json", [0])
    fast, slow = (float(act(own, "as-fast", policy_named("as-fast", own)).books.energy[0]) for own in (worlds, again))
    assert slow == pytest.approx(fast, rel=0.05)  # whole steps instead of minutes
    assert len(json.loads((tmp_path / "one.json").read_text())["evs"]) == int(worlds.traces.stays.there.sum())


def test_shared_stations_do_not_go_into_the_benchmark_form(tmp_path):
    with pytest.raises(InputError, match="stations of one port"):
        write_benchmark(scene([3]), 0, tmp_path / "one.json")


FAULTS = {
    "charger": (lambda said: said["evs"][0].update(charger=99), "there is no charger 99"),
    "price": (lambda said: said["price_eur_per_kwh"].pop(), "one for each step"),
    "order": (lambda said: said["evs"][0].update(departure=0, arrival=5), "before it comes"),
    "negative": (lambda said: said["evs"][0].update(p_ch=-1), "p_ch"),
    "full": (lambda said: said["evs"][0].update(e0=1000.0), "at most cap"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_an_instance_is_told(tmp_path, fault):
    write_benchmark(scene([3], days=1, **SINGLE), 0, tmp_path / "one.json")
    said = json.loads((tmp_path / "one.json").read_text())
    spoil, words = FAULTS[fault]
    spoil(said)
    (tmp_path / "one.json").write_text(json.dumps(said))
    with pytest.raises(InputError, match=words):
        scene_of(tmp_path / "one.json", [0])


def test_a_setting_of_the_garage_draws_no_fixed_stays():
    assert setting().fixed is None


def test_a_trace_that_does_not_fit_its_ports_is_refused(tmp_path):
    import pandas as pd

    write_trace(scene([7]), 0, tmp_path / "trace")
    stays = pd.read_parquet(tmp_path / "trace" / "stays.parquet")
    stays.loc[0, "port"] = 3e7
    stays.to_parquet(tmp_path / "trace" / "stays.parquet")
    with pytest.raises(InputError, match="column port"):
        scene_of(tmp_path / "trace", [0])


def test_what_a_table_says_of_energy_is_drawn_at_the_port(tmp_path):
    (tmp_path / "one.csv").write_text("arrival,departure,energy_kwh\n2026-06-01T08:00,2026-06-01T18:00,9\n")
    from evplan.v2x.setting import setting_of
    from evplan.v2x.site import WorldSite

    own = setting_of(WorldSite.model_validate({**WORLD, "days": 1, "sessions": "one.csv"}), tmp_path)
    from evplan.v2x.policies import AsFast
    from evplan.v2x.worlds import Worlds

    run, policy, drawn = Worlds(own.equipment.layout, own.draw([0])), AsFast(), 0.0
    while not run.over:
        drawn += float(run.step(policy(run)).drawn[0])
    assert drawn == pytest.approx(9.0, abs=1e-9)


def test_who_comes_as_the_only_port_is_left_waits_for_the_next_step(tmp_path):
    rows = ("08:00,2026-06-01T09:05", "09:07,2026-06-01T11:00", "12:00,2026-06-01T12:00:30", "10:59,2026-06-01T11:10")
    text = "".join(f"2026-06-01T{row},5\n" for row in rows)
    (tmp_path / "one.csv").write_text("arrival,departure,energy_kwh\n" + text)
    own = setting_of_sessions(tmp_path, "one.csv", stations=[{"name": "only", "power_kw": 11}])
    stays = own.draw([0]).stays
    assert stays.arrival_h[stays.there] == pytest.approx([8, 9.25])
    assert stays.first[stays.there].tolist() == [32, 37]
    assert own.without_port == 1  # who came before it was left; who stayed for half a minute did not ask for one

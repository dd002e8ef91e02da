"""The optimum: no policy is below it, what it says is what comes about, and small ones are as by hand."""

from __future__ import annotations

import numpy as np
import pytest
from garages import WORLD, scene

from evplan.v2x.metrics import cost_of
from evplan.v2x.policies import POLICIES
from evplan.v2x.run import act, linear_bounds, policy_named
from evplan.v2x.stays import of_world

KINDS = {
    "as it is": {},
    "tight transformer": {"transformers": [{"name": "main", "limit_kw": 22, "load_kw": 10}], "overload_price_per_kwh": 2.0},
    "hard transformer": {"transformers": [{"name": "main", "limit_kw": 25, "load_kw": 10, "hard": True}]},
    "demand charge": {"tariff": {**WORLD["tariff"], "demand": [{"price_per_kw_month": 2.0}]}},
    "negative prices": {"prices": {"values": [-0.4, 0.2, -0.3], "minutes": 480, "begin": "2026-06-01T00:00"}, "days": 1},
    "two transformers": {
        "stations": [{**WORLD["stations"][0], "count": 3}, {**WORLD["stations"][0], "name": "yard", "transformer": "side", "count": 3}],
        "transformers": [{"name": "main", "limit_kw": 20, "load_kw": 5}, {"name": "side", "limit_kw": 15, "hard": True}],
    },
    "events": {"events": [{"per_day": 3, "start_hour": [8, 16], "minutes": 90, "reduction": 0.8}]},
    "sun above a limit": {
        "places": {"office": {"arrivals_per_day": 7}},
        "transformers": [{"name": "main", "limit_kw": 30, "load_kw": 5, "solar": {"values": [0, 0, 90, 0], "minutes": 360,
                                                                                "begin": "2026-06-01T00:00"}}], "days": 1,
    },
    "sun above a hard limit": {
        "transformers": [{"name": "main", "limit_kw": 30, "hard": True, "solar": {"values": [0, 0, 50, 0], "minutes": 360,
                                                                                 "begin": "2026-06-01T00:00"}}], "days": 1,
    },
    "load above a hard limit": {
        "transformers": [{"name": "main", "limit_kw": 45, "hard": True, "load_kw": 40}],
        "events": [{"per_day": 3, "start_hour": [8, 16], "minutes": 90, "reduction": 0.5}],
    },
    "nobody comes": {"places": {"office": {"arrivals_per_day": 0}}},
    "cold": {"temperature": {"values": [-15.0], "minutes": 1440, "begin": "2026-06-01T00:00"}, "days": 1},
}  # fmt: skip


LOSING_PAYS = (
    "negative prices",
    "sun above a limit",
    "sun above a hard limit",
)  # and is searched for with whole numbers


@pytest.mark.parametrize("kind", KINDS)
def test_no_policy_is_below_the_optimum_and_it_comes_about(kind):
    changes = KINDS[kind]
    worlds = scene(range(2 if kind in LOSING_PAYS else 6), **{"driver_price_per_kwh": 0.2, **changes})
    best = act(worlds, "optimum", policy_named("optimum", worlds))
    cost = cost_of(best.books, worlds.prices)
    assert best.bounds is not None
    assert (cost <= best.bounds + 1e-4 * np.maximum(1, np.abs(best.bounds))).all()
    assert (cost >= best.bounds - 1e-6).all()
    for name in POLICIES if kind in LOSING_PAYS else (*POLICIES, "mpc-perfect"):
        other = cost_of(act(worlds, name, policy_named(name, worlds)).books, worlds.prices)
        assert (best.bounds <= other + 1e-6).all(), name
    if kind not in LOSING_PAYS:
        assert (linear_bounds(worlds) <= best.bounds + 1e-6).all()


def test_plans_made_anew_with_right_forecasts_are_near_the_optimum():
    worlds = scene(range(8), driver_price_per_kwh=0.2)
    best, plans = (
        cost_of(act(worlds, name, policy_named(name, worlds)).books, worlds.prices)
        for name in ("optimum", "mpc-perfect")
    )
    assert plans.mean() - best.mean() <= 0.05 * abs(best.mean())


def test_a_vehicle_buys_where_it_is_cheap_and_sells_where_it_is_dear():
    # One vehicle, no losses, no wear, no taper: it charges 10 kW in the cheap half and gives 10 kW in the dear one.
    worlds = scene(
        [3], days=1, stations=[{"name": "one", "place": "office", "power_kw": 10}], driver_price_per_kwh=0.0,
        transformers=[{"name": "main", "limit_kw": 100}], places={"office": {"arrivals_per_day": 8, "stay_scale": 3.0}}, export_share=0.9,
        vehicles=[{"name": "a", "battery_kwh": 300, "ac_kw": 10, "v2g_kw": 10, "ac_efficiency": 1.0, "v2g_efficiency": 1.0,
                   "taper_soc": 1.0, "wear_per_kwh": 0.0, "reserve_soc": 0.0, "target_soc": [0.5, 0.5], "most_soc": 1.0}],
        tariff={"energy": [{"price_per_kwh": 0.1}, {"price_per_kwh": 0.3, "start": "12:00", "end": "24:00"}]},
    )  # fmt: skip
    best = act(worlds, "optimum", policy_named("optimum", worlds), recorded=True)
    assert best.record is not None
    own = of_world(worlds.traces.stay_table, 0)
    cheap_h = np.maximum(np.minimum(own.departure_h, 12) - own.arrival_h, 0)
    dear_h = np.maximum(own.departure_h - np.maximum(own.arrival_h, 12), 0)
    given = 10 * np.clip(cheap_h - (own.target - own.came) / 10, 0, dear_h)
    assert given.max() > 5
    assert best.books.given[0] == pytest.approx(given.sum(), abs=1e-6)


def test_more_of_the_same_costs_in_proportion():
    once = scene([1], driver_price_per_kwh=0.0)
    tripled = {
        **WORLD["tariff"],
        "energy": [{**line, "price_per_kwh": 3 * line["price_per_kwh"]} for line in WORLD["tariff"]["energy"]],
    }
    vehicles = [{**one, "wear_per_kwh": 0.15} for one in WORLD["vehicles"]]
    dear = scene([1], driver_price_per_kwh=0.0, tariff={**tripled, "export_per_kwh": 0.36}, vehicles=vehicles, shortfall_price_per_kwh=3.0,
                 overload_price_per_kwh=3.0)  # fmt: skip
    cost = [float(act(own, "optimum", policy_named("optimum", own)).bounds[0]) for own in (once, dear)]
    assert cost[1] == pytest.approx(3 * cost[0], rel=1e-6)


def test_every_month_has_its_peak():
    tariff = {"energy": [{"price_per_kwh": 0.0}], "demand": [{"price_per_kw_month": 10.0}]}
    worlds = scene(
        [1], days=1, hours=24.0 * 61, tariff=tariff, transformers=[{"name": "main", "limit_kw": 1000, "load_kw": 0}]
    )
    one = act(worlds, "as-fast", policy_named("as-fast", worlds), recorded=True)
    june = one.record.net_kw[: 30 * 96, 0, 0].max()
    july = one.record.net_kw[30 * 96 :, 0, 0].max()
    assert one.books.demand[0] == pytest.approx(10 * (june + july))

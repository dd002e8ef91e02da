"""Policies do what they say."""

from __future__ import annotations

import numpy as np
import pytest
from garages import WORLD, scene

from evplan.v2x.ageing import aged
from evplan.v2x.metrics import served_share, table
from evplan.v2x.policies import POLICIES
from evplan.v2x.record import uses
from evplan.v2x.run import act, policy_named

WIDE = {
    "transformers": [{"name": "main", "limit_kw": 1000}],
    "stations": [{**WORLD["stations"][0], "power_kw": 22, "count": 20}],
}
TIGHT = {**WIDE, "transformers": [{"name": "main", "limit_kw": 20}], "places": {"office": {"arrivals_per_day": 60}}}


def became(worlds, name, recorded=False):
    return act(worlds, name, policy_named(name, worlds), recorded=recorded)


def test_fast_and_late_serve_alike_where_nothing_is_shared():
    worlds = scene(range(30), **WIDE)
    fast, late = (became(worlds, name) for name in ("as-fast", "as-late"))
    apart = np.abs(fast.outcome.left - late.outcome.left)[fast.stays.there]
    assert (apart <= 1.001e-3 * fast.stays.capacity[fast.stays.there]).all()  # full is never quite reached
    assert np.nanmean(served_share(late.stays, late.outcome)) > 0.9


def test_late_draws_nothing_that_could_wait():
    worlds = scene([4], **WIDE)
    late = became(worlds, "as-late", recorded=True)
    fast = became(worlds, "as-fast", recorded=True)
    step = np.arange(96)
    mean = [
        float((step @ one.record.flow_kw[:, 0].clip(0)).sum() / one.record.flow_kw[:, 0].clip(0).sum())
        for one in (late, fast)
    ]
    assert mean[0] > mean[1] + 4


def test_policies_in_turn_keep_a_limit_that_others_pass():
    worlds = scene(range(10), **TIGHT)
    assert became(worlds, "as-fast").books.over.sum() > 10
    for name in ("round-robin", "earliest-deadline", "least-laxity"):
        assert became(worlds, name).books.over.max() < 1e-9, name


def test_least_laxity_serves_the_urgent_better_than_turns_do():
    worlds = scene(range(30), **TIGHT)
    least = {
        name: served_share((one := became(worlds, name)).stays, one.outcome) for name in ("least-laxity", "round-robin")
    }
    assert (least["least-laxity"] > 0.99).sum() > 0


def test_doing_nothing_costs_what_everybody_lacks():
    worlds = scene(range(5))
    one = became(worlds, "nothing")
    stays = worlds.traces.stays
    wish = np.where(stays.there, stays.target - stays.came, 0).sum(axis=1)
    assert one.books.short == pytest.approx(wish)
    assert (one.books.energy == 0).all()


def test_random_is_the_same_for_a_seed_in_any_batch():
    many, alone = scene([3, 4, 5]), scene([5])
    assert became(many, "random").books.drawn[2] == became(alone, "random").books.drawn[0]


@pytest.mark.parametrize("name", POLICIES)
def test_no_policy_takes_below_the_reserve(name):
    worlds = scene(range(5), vehicles=[{**WORLD["vehicles"][0], "reserve_soc": 0.5, "consents": 1.0}])
    one = became(worlds, name)
    there = one.stays.there
    assert (one.outcome.left[there] >= one.stays.least[there] - 1e-9).all()


def test_a_record_adds_up_to_the_books_and_the_outcome():
    worlds = scene(range(4))
    one = became(worlds, "random", recorded=True)
    h = worlds.traces.step_h
    assert h * one.record.flow_kw.clip(0).sum(axis=(0, 2)) == pytest.approx(one.books.drawn)
    used = uses(one.record, one.stays, h)
    fec = np.zeros(one.stays.first.shape)
    fec[used.world, used.stay] = used.fec * one.stays.capacity[used.world, used.stay] * 2
    assert fec.sum(axis=1) == pytest.approx(one.books.gained + one.books.taken)
    assert (used.low_soc >= -1e-9).all()
    assert (used.high_soc <= 1 + 1e-9).all()
    assert ((used.mean_soc >= used.low_soc - 1e-9) & (used.mean_soc <= used.high_soc + 1e-9)).all()


def test_giving_back_ages_batteries_more_and_time_ages_full_ones_more():
    worlds = scene(range(4), vehicles=[{**WORLD["vehicles"][0], "consents": 1.0}])
    air = np.full(1000, 20.0)
    lost = {}
    for name in ("nothing", "random", "as-fast"):
        one = became(worlds, name, recorded=True)
        used = uses(one.record, one.stays, worlds.traces.step_h)
        own = aged(worlds.site, one.stays, used, air[: len(used.hours)])
        lost[name] = own.calendar.sum(), own.cycling.sum(), own.resistance.sum()
    assert lost["nothing"][1] == 0
    assert lost["random"][1] > lost["as-fast"][1] > 0
    assert lost["as-fast"][0] > lost["nothing"][0] > 0
    assert lost["random"][2] > 0


def test_twice_the_prices_are_twice_the_cost_of_energy():
    tariff = {
        **WORLD["tariff"],
        "energy": [{**line, "price_per_kwh": 2 * line["price_per_kwh"]} for line in WORLD["tariff"]["energy"]],
    }
    once, twice = (became(scene([1, 2], **changes), "as-fast") for changes in ({}, {"tariff": tariff}))
    assert twice.books.energy == pytest.approx(2 * once.books.energy)


def test_the_table_has_a_row_for_each_world_and_adds_up():
    worlds = scene(range(3), driver_price_per_kwh=0.3)
    made = table(became(worlds, "as-fast"), worlds.prices, 0.5)
    assert len(made) == 3
    cost = made.energy_cost + made.demand_cost + made.wear_cost + made.short_kwh + made.over_kwh - made.revenue
    assert made.cost.to_numpy() == pytest.approx(cost.to_numpy())
    assert made.co2_kg.to_numpy() == pytest.approx(0.5 * (made.bought_kwh - made.sold_kwh).to_numpy())
    assert made.revenue.to_numpy() == pytest.approx(0.3 * (made.charged_kwh - made.lost_kwh).to_numpy())

"""The balance: energy is kept in every hour of any inputs, years follow on, rules are those of a plain loop, least cost is no dearer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evplan.city.balance import Supply, balance, before, conserved
from evplan.city.least_cost import least_cost
from evplan.city.prices import Prices, operating_cost

KEPT = 1e-9  # of an hour's energy
EQUAL = 1e-6  # relative: the bar for imports


def supply_of(columns: int, rng: np.random.Generator, years: int = 1) -> Supply:
    def some(most: float) -> np.ndarray:
        return rng.uniform(0, most, columns) * rng.integers(0, 2, columns)

    power = some(5.0)
    efficiency = rng.uniform(0.7, 1.0, columns)
    return Supply(some(30.0), power, power, efficiency, efficiency, rng.uniform(0, 15, columns), some(5.0), some(20.0),
                  rng.uniform(10, 25, columns), np.arange(columns) % years == 0)  # fmt: skip


def series(hours: int, columns: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    demand = rng.uniform(0, 10, (hours, columns)) * rng.integers(0, 2, (hours, columns))
    renewable = rng.uniform(0, 20, (hours, columns)) * rng.integers(0, 2, (hours, columns))
    return demand, renewable, rng.random((hours, columns)) < 0.2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120), st.integers(1, 4), st.integers(1, 3))
def test_energy_is_kept_in_every_hour_of_any_inputs(seed, hours, cities, years):
    rng = np.random.default_rng(seed)
    found = balance(*series(hours, cities * years, rng), supply_of(cities * years, rng, years))
    assert conserved(found) <= KEPT


def by_hand(demand, renewable, cheap, supply, column):
    """Return import, stored, unmet and export of one year, hour after hour in plain Python."""
    stored, backlog, rows = 0.0, 0.0, []
    for t in range(len(demand)):
        wanted = min(demand[t, column] + backlog, supply.serve_kw[column])
        held = demand[t, column] + backlog - wanted
        given_ = min(renewable[t, column], wanted)
        lacking, surplus = wanted - given_, renewable[t, column] - given_
        charge = min(
            surplus, supply.charge_kw[column], (supply.storage_kwh[column] - stored) / supply.charge_efficiency[column]
        )
        discharge = 0.0 if cheap[t, column] else min(
            lacking, supply.discharge_kw[column], stored * supply.discharge_efficiency[column]
        )  # fmt: skip
        lacking -= discharge
        bought = min(lacking, supply.import_kw[column])
        lacking += held - bought
        backlog = min(lacking, supply.put_off_kwh[column])
        export = min(surplus - charge, supply.export_kw[column])
        if cheap[t, column]:
            room = (supply.storage_kwh[column] - stored) / supply.charge_efficiency[column]
            more = max(0.0, min(supply.charge_kw[column] - charge, room - charge, supply.import_kw[column] - bought))
            charge, bought = charge + more, bought + more
        stored += supply.charge_efficiency[column] * charge - discharge / supply.discharge_efficiency[column]
        stored = min(max(stored, 0.0), supply.storage_kwh[column])
        last = t == len(demand) - 1  # what still waits then never comes
        rows.append((bought, stored, lacking - (0.0 if last else backlog), export))
    return np.array(rows)


@pytest.mark.parametrize("seed", range(6))
def test_the_rules_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    demand, renewable, cheap = series(200, 3, rng)
    supply = replace(supply_of(3, rng), begins=np.ones(3, bool))
    found = balance(demand, renewable, cheap, supply)
    for c in range(3):
        hand = by_hand(demand, renewable, cheap, supply, c)
        ours = np.array([found.imported[:, c], found.stored[:, c], found.unmet[:, c], found.exported[:, c]]).T
        assert ours == pytest.approx(hand, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_years_side_by_side_are_years_one_after_the_other(seed):
    rng = np.random.default_rng(seed)
    demand, renewable, cheap = series(300, 4, rng)
    one = supply_of(1, rng)
    supply = Supply(**{name: np.repeat(value, 4) for name, value in vars(one).items()} | {"begins": np.arange(4) == 0})
    found = balance(demand, renewable, cheap, supply)

    def joined(series_: np.ndarray) -> np.ndarray:
        return series_.T.reshape(-1, 1)

    whole = balance(joined(demand), joined(renewable), joined(cheap), one)
    for name in ("imported", "stored", "backlog", "unmet", "exported"):
        assert joined(getattr(found, name)) == pytest.approx(getattr(whole, name), abs=1e-12)
    assert before(found.stored, supply)[0, 1] == found.stored[-1, 0]


def sunny(rng: np.random.Generator, hours: int = 24 * 60) -> tuple[np.ndarray, np.ndarray, Supply]:
    """Return a summer of demand and sun with a grid that is never short."""
    hour = np.arange(hours)[:, None]
    sun = np.maximum(0, np.sin((hour % 24 - 6) / 12 * np.pi)) * rng.uniform(5, 40, 2)
    demand = rng.uniform(2, 10, (hours, 2))
    two = np.ones(2)
    supply = Supply(
        40 * two, 10 * two, 10 * two, 0.93 * two, 0.93 * two, 100 * two, 20 * two, 30 * two, 1e3 * two, np.ones(2, bool)
    )
    return demand, sun, supply


@pytest.mark.parametrize("seed", range(3))
def test_rules_import_as_little_as_the_least_at_a_flat_price(seed):
    demand, sun, supply = sunny(np.random.default_rng(seed))
    rules = balance(demand, sun, np.zeros_like(demand, bool), supply)
    flat = Prices(np.full_like(demand, 0.2), np.full_like(demand, 0.05), 2.0, np.zeros(2), np.zeros(2))
    least = least_cost(rules, flat)
    assert conserved(least) <= KEPT
    assert rules.imported.sum(axis=0) == pytest.approx(least.imported.sum(axis=0), rel=EQUAL)


@pytest.mark.parametrize("seed", range(3))
def test_least_cost_is_never_dearer_where_prices_differ_by_hour(seed):
    rng = np.random.default_rng(seed)
    demand, sun, supply = sunny(rng)
    price = np.tile(rng.uniform(0.05, 0.5, 24), len(demand) // 24)[:, None] * np.ones(2)
    rules = balance(demand, sun, price < np.quantile(price, 0.2), supply)
    prices = Prices(price, np.full_like(price, 0.03), 2.0, np.zeros(2), np.zeros(2))
    least = least_cost(rules, prices)
    assert conserved(least) <= KEPT
    ahead = (
        supply.storage_kwh * price.max()
    )  # what the last hours' stored energy may be worth, which rules may have kept
    assert (operating_cost(least, prices) <= operating_cost(rules, prices) + ahead).all()
    assert operating_cost(least, prices).sum() < 0.999 * operating_cost(rules, prices).sum()


def test_what_cannot_be_served_waits_as_long_as_batteries_allow_and_then_is_unmet_never_gone():
    demand = np.zeros((10, 1))
    demand[0] = 30.0
    one = np.ones(1)
    supply = Supply(0 * one, 0 * one, 0 * one, one, one, 5 * one, 0 * one, 12 * one, 1e3 * one, np.ones(1, bool))
    found = balance(demand, np.zeros_like(demand), np.zeros_like(demand, bool), supply)
    # 5 at once, 12 wait, 13 never come; then 5, 5 and 2 of those that waited.
    assert found.unmet[:, 0].tolist() == [13.0, *[0.0] * 9]
    assert found.served[:5, 0].tolist() == [5.0, 5.0, 5.0, 2.0, 0.0]
    assert found.served.sum() + found.unmet.sum() == demand.sum()


def test_storage_loses_energy_both_ways():
    renewable, demand, one = np.zeros((2, 1)), np.zeros((2, 1)), np.ones(1)
    renewable[0], demand[1] = 10.0, 10.0
    supply = Supply(
        100 * one, 50 * one, 50 * one, 0.9 * one, 0.8 * one, 50 * one, 0 * one, 0 * one, 1e3 * one, np.ones(1, bool)
    )
    found = balance(demand, renewable, np.zeros((2, 1), bool), supply)
    assert found.stored[0, 0] == pytest.approx(9.0) and found.discharge[1, 0] == pytest.approx(7.2)
    assert found.imported[1, 0] == pytest.approx(2.8)

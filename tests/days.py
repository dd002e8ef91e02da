"""A day of charging sessions at a site, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from evplan.schedule.prepare import prepare
from evplan.schedule.problem import Problem
from evplan.schedule.sessions import Sessions
from evplan.schedule.site import Battery, Giving, ScheduleSite

MIDNIGHT = 1796083200.0  # 2026-12-01 00:00 UTC
TARIFF = {
    "energy": [{"price_per_kwh": 0.12}, {"price_per_kwh": 0.3, "start": "16:00", "end": "21:00"}],
    "demand": [{"price_per_kw_month": 12.0}],
    "export_per_kwh": 0.05,
}
FLAT = {"energy": [{"price_per_kwh": 0.2}]}


def sessions_of(arrival_h, departure_h, energy_kwh, max_kw=11.0, **more) -> Sessions:
    """Return sessions by hours after midnight."""
    count = len(arrival_h)
    usual = {
        "name": np.array([f"ev{k}" for k in range(count)]), "arrival_s": MIDNIGHT + 3600 * np.asarray(arrival_h, float),
        "departure_s": MIDNIGHT + 3600 * np.asarray(departure_h, float), "energy_kwh": np.asarray(energy_kwh, float),
        "max_kw": np.broadcast_to(np.asarray(max_kw, float), count), "min_kw": np.zeros(count), "priority": np.ones(count),
        "phases": np.full(count, 3), "phase": np.zeros(count, int), "charger": np.full(count, ""),
        "gives": np.zeros(count, bool), "battery_kwh": np.full(count, np.nan),
        "arrival_soc": np.full(count, np.nan),
    }  # fmt: skip
    usual |= more
    return Sessions(**{"left_s": usual["departure_s"], **usual})


def site_of(hours: float = 24.0, **changes) -> ScheduleSite:
    """Return a site of one day."""
    said = {
        "kind": "schedule",
        "format": 1,
        "start": "2026-12-01T00:00:00",
        "hours": hours,
        "connection": {"limit_kw": 100.0},
        "tariff": TARIFF,
    }
    return ScheduleSite.model_validate(said | changes)


def drawn(seed: int) -> Problem:
    """Return a random problem: few or many vehicles, any step, limits that bind or not, prices below 0, panels, peaks."""
    random = np.random.default_rng(seed)
    count, hours = int(random.integers(1, 60)), float(random.choice([6, 24, 30]))
    arrival = random.uniform(-2, hours, count)
    sessions = sessions_of(
        arrival, arrival + random.exponential(6, count) + 1 / 60, random.uniform(0, 80, count) * (random.random(count) > 0.05),
        random.choice([3.7, 7.4, 11, 22, 50], count), priority=10 ** random.uniform(-1, 1, count),
    )  # fmt: skip
    connection = {"limit_kw": float(10 ** random.uniform(0, 3.3)), "export_kw": float(random.choice([0, 20, 500]))}
    if random.random() < 0.5:
        connection["excess_price_per_kwh"] = float(random.uniform(0, 2))
    late = {"price_per_kwh": float(random.uniform(0.11, 1)), "start": "16:00", "end": "21:00"}
    tariff = {
        "energy": [{"price_per_kwh": 0.12}, late], "export_per_kwh": float(random.choice([0, 0.05, 0.1])),
        "demand": [{"price_per_kw_month": float(random.uniform(0, 30))}] * int(random.integers(0, 3)),
    }  # fmt: skip
    site = site_of(
        hours, step_minutes=int(random.choice([15, 30, 60])), connection=connection, tariff=tariff,
        load_kw=float(random.choice([0, 5, 100])), peak_so_far_kw=float(random.choice([0, 10, 200])),
        shortfall_price_per_kwh=float(10 ** random.uniform(-1, 2)),
    )  # fmt: skip
    found = prepare(site, sessions, Path())
    price = found.price + (random.normal(0, 0.2, found.steps) if random.random() < 0.5 else 0.0)
    solar = np.maximum(0, random.normal(0, 10, found.steps)) * (random.random() < 0.5)
    return replace(found, price=price, solar_kwh=solar, export_price=np.minimum(found.export_price, price))


def with_all(seed: int) -> Problem:
    """Return a random problem in which half of the vehicles give back, beside a battery."""
    problem, random = drawn(seed), np.random.default_rng(seed)
    own = problem.sessions
    battery = own.energy_kwh + random.uniform(5, 60, len(own))
    soc = random.uniform(0, 1, len(own)) * (1 - own.energy_kwh / battery)
    sessions = replace(own, gives=random.random(len(own)) < 0.5, battery_kwh=battery, arrival_soc=soc)
    giving = Giving(efficiency=0.9, wear_per_kwh=0.02, depth=0.3)
    store = Battery(energy_kwh=40.0, power_kw=15.0, efficiency=0.93, stored_kwh=10.0)
    return replace(problem, sessions=sessions, giving=giving, battery=store)

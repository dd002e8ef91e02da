"""Invented feeders, and days on a network, seeded: vehicles that come home in the evening, panels on some roofs under a clear sky."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.feeder.day import Day, Session
from evplan.feeder.network import Customer, Network
from evplan.feeder.series import fits, minute_of, on_horizon
from evplan.feeder.study import FeederStudy, Source, Tables, Transformer


def invent(network: Network, study: FeederStudy, vehicles: int, panels: int, seed: int) -> Day:
    """Return a day: `vehicles` and `panels` at random customers, at the customer's phase."""
    random, horizon = np.random.default_rng(seed), study.horizon
    homes = network.customers
    steps = horizon.steps
    load = np.stack([_load(one, study) for one in homes])
    sun = on_horizon(
        np.maximum(np.sin(np.linspace(-np.pi / 2, 1.5 * np.pi, 1440, endpoint=False)) - 0.1, 0) / 0.9, horizon
    )
    roofs = random.choice(len(homes), panels, replace=panels > len(homes))
    kw = random.uniform(3, 8, panels)
    pv = tuple(
        Customer(f"pv{k + 1}", homes[i].bus, homes[i].phases, float(size))
        for k, (i, size) in enumerate(zip(roofs, kw, strict=True))
    )
    sessions = []
    for k, i in enumerate(random.choice(len(homes), vehicles, replace=vehicles > len(homes))):
        first = int(np.clip(random.normal(18 * 60, 120) - minute_of(horizon.start), 0, 1200) // horizon.minutes)
        last = int(np.clip(first + random.normal(11 * 60, 90) // horizon.minutes, first + 8, steps))
        power = float(random.choice([3.7, 7.4]))
        kwh = float(min(random.uniform(4, 22), 0.9 * power * horizon.hours * (last - first)))
        sessions.append(Session(Customer(f"ev{k + 1}", homes[i].bus, homes[i].phases, power), first, last, kwh, power))
    return Day(study, network, homes, load, pv, kw[:, None] * sun, tuple(sessions))


def _load(one: Customer, study: FeederStudy) -> np.ndarray:
    """Return what a customer draws, VA, shape (T,): its own series, or a share of what it may draw that rises in the evening."""
    horizon = study.horizon
    if one.kw_series is not None and one.kvar_series is not None and fits(len(one.kw_series), horizon):
        return 1000 * (on_horizon(one.kw_series, horizon) + 1j * on_horizon(one.kvar_series, horizon))
    shape = 0.3 + 0.7 * np.exp(-(((np.arange(1440) / 60 - 19) / 3) ** 2))
    return 1000 * on_horizon(shape, horizon) * (one.kw + 1j * one.kvar)


def invent_tables(folder: Path, homes: int, seed: int) -> Tables:
    """Write a feeder that branches at random, with a customer at every bus; return what a file would say of it."""
    import pandas as pd

    random = np.random.default_rng(seed)
    lines, customers = [], []
    for k in range(homes):
        start = "lv" if k == 0 else f"b{int(random.integers(max(0, k - 6), k))}"
        r1 = float(random.uniform(0.2, 0.9))
        lines.append(
            (f"l{k}", start, f"b{k}", float(random.uniform(15, 60)), r1, 0.08, r1 * random.uniform(2, 4), 0.3, 275)
        )
        phases = "123" if random.random() < 0.2 else str(random.integers(1, 4))
        kw = float(random.uniform(0.5, 4))
        customers.append((f"home{k}", f"b{k}", phases, kw, kw * float(random.uniform(0, 0.4))))
    head = ["name", "from", "to", "length_m", "r1", "x1", "r0", "x0", "rating_a"]
    pd.DataFrame(lines, columns=head).to_csv(folder / "lines.csv", index=False)
    pd.DataFrame(customers, columns=["name", "bus", "phases", "kw", "kvar"]).to_csv(
        folder / "customers.csv", index=False
    )
    source = Source(kv=20.0, pu=float(random.uniform(0.98, 1.04)), short_circuit_mva=float(random.uniform(50, 300)))
    kva = float(random.choice([160, 250, 400]))
    return Tables(lines="lines.csv", customers="customers.csv", source=source, transformer=Transformer(kva=kva))

"""Small feeders to try flows and control on."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from evplan.feeder.day import Day, Session
from evplan.feeder.network import Customer, Network
from evplan.feeder.plain import read_tables
from evplan.feeder.study import FeederStudy, Source, Tables, Transformer

ROW = {"r1": 0.32, "x1": 0.08, "r0": 1.28, "x0": 0.32, "rating_a": 200.0, "phases": "123"}


def street(
    folder: Path,
    customers: list[tuple[str, str, str, float, float]],
    spans: int = 3,
    metres: float = 60.0,
    kva: float = 250.0,
    **row: float,
) -> tuple[Network, Tables]:
    """Return a street of buses b1, b2, ... behind a transformer. customers : name, bus, phases, kW, kvar."""
    buses = ["lv", *(f"b{k + 1}" for k in range(spans))]
    lines = [
        {"name": f"l{k + 1}", "from": a, "to": b, "length_m": metres, **ROW, **row}
        for k, (a, b) in enumerate(itertools.pairwise(buses))
    ]
    pd.DataFrame(lines).to_csv(folder / "lines.csv", index=False)
    pd.DataFrame(customers, columns=["name", "bus", "phases", "kw", "kvar"]).to_csv(
        folder / "customers.csv", index=False
    )
    said = Tables(
        lines="lines.csv",
        customers="customers.csv",
        source=Source(kv=20, short_circuit_mva=200),
        transformer=Transformer(kva=kva),
    )
    return read_tables(folder, said), said


def study(**changes) -> FeederStudy:
    """Return a study of hours."""
    return FeederStudy.model_validate(
        {
            "kind": "feeder",
            "format": 1,
            "network": {"dss": "none"},
            "horizon": {"start": "12:00", "minutes": 60},
            **changes,
        }
    )


def day_on(
    network: Network,
    sessions: list[tuple[str, int, int, int, float, float]],
    panels: list[tuple[str, int, list[float]]],
    **changes,
) -> Day:
    """Return a day of hours. sessions : bus, phase, first, last, kWh, kW.  panels : bus, phase, kW by hour."""
    own = study(**changes)
    steps = own.horizon.steps
    load = np.array([[1000 * (one.kw + 1j * one.kvar)] * steps for one in network.customers])
    cars = tuple(
        Session(Customer(f"car{k}", bus, (phase,), kw), first, last, kwh, kw)
        for k, (bus, phase, first, last, kwh, kw) in enumerate(sessions)
    )
    roofs = tuple(Customer(f"pv{k}", bus, (phase,), max(kw)) for k, (bus, phase, kw) in enumerate(panels))
    series = np.array([np.pad(kw, (0, steps - len(kw))) for _, _, kw in panels]).reshape(len(panels), steps)
    return Day(own, network, network.customers, load, roofs, series, cars)

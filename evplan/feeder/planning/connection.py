"""What a charging station at a bus may draw at any time of the day without passing a limit: the connection limit of a site plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.feeder.control.baselines import at_once
from evplan.feeder.day import Day
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.network import PHASES, Customer
from evplan.feeder.planning.hosting import Judge
from evplan.feeder.planning.upgrade import larger
from evplan.feeder.reading import network_of
from evplan.instance.brought import write_alone
from evplan.instance.read import read
from evplan.instance.source import plain, read_source
from evplan.instance.suggest import did_you_mean

LEVELS, FINE_KW, MOST_KW = 16, 0.1, 100_000.0


def connection_kw(day: Day, bus: str) -> float:
    """Return the highest power, alike on all phases of a bus, with which every step keeps its limits without control; 0 where none does."""
    phases = tuple(phase for phase in PHASES if (bus, phase) in day.network.at)
    everybody = [*day.customers, *day.panels, *(one.at for one in day.sessions), Customer("station", bus, phases)]
    flow = Flow(day.network, legs_of(day.network, everybody))
    drawn, judge = day.drawn(at_once(day), np.zeros_like(day.panel_kw)), Judge(flow, day)
    low, high = 0.0, 1.0
    while high < MOST_KW and judge.holds(_with(flow, drawn, [high]))[0]:
        low, high = high, 4 * high
    if low == 0.0 and not judge.holds(_with(flow, drawn, [0.0]))[0]:
        return 0.0
    while high - low > FINE_KW:
        levels = np.linspace(low, high, LEVELS + 1)[1:]
        fits = judge.holds(_with(flow, drawn, levels.tolist()))
        first = int(np.argmin(fits)) if not fits.all() else LEVELS - 1
        low, high = (levels[first - 1] if first else low), levels[first]
    return float(low)


def _with(flow: Flow, drawn: np.ndarray, levels: list[float]) -> np.ndarray:
    """Return what legs draw with a station of each power, VA, shape (levels, legs, T)."""
    steps = drawn.shape[1]
    return np.stack([flow.legs.of(np.vstack([drawn, np.full((1, steps), 1000 * kw + 0j)])) for kw in levels])


def require_base(day: Day, bus: str, base: Path) -> None:
    """Raise what keeps a base from being a station's: InstanceError if it is not sound, InputError for its currency or an unknown bus."""
    if bus not in day.network.buses:
        raise InputError(f"--bus: there is no bus {bus!r}{did_you_mean(bus, list(day.network.buses))}")
    own, currency = read(base).instance.finance.currency, day.study.currency
    if own != currency:
        raise InputError(f"{base}: counts in {own}, the feeder in {currency}; give a base in {currency}")


def rounded_down(kw: float) -> float:
    """Return a limit as it is written: to a tenth of a kW, never above it."""
    return float(np.floor(10 * kw + 1e-9) / 10)


def write_instance(day: Day, bus: str, base: Path, data: Path, file: Path) -> dict[str, float]:
    """Write an instance like a base whose first site has the connection of a bus; return its limits, kW, now and with the upgrade.

    Raises: InstanceError if the base is not sound, InputError if it counts in another currency or the bus is not there.
    """
    require_base(day, bus, base)
    study = day.study
    limits = {"now": connection_kw(day, bus)}
    if study.upgrade is not None and study.network.tables is not None:
        own = larger(study, study.upgrade.kva)
        limits["upgraded"] = connection_kw(replace(day, study=own, network=network_of(own.network, data)), bus)
    connection = connection_of(limits["now"], limits.get("upgraded"), study.upgrade.cost if study.upgrade else None)
    tree = plain(read_source(base).tree)
    title = f"A station at bus {bus} of {study.title or 'a feeder'}"
    write_alone(file, tree, base.parent, {**tree["sites"][0], "connection": connection}, title)
    return limits


def connection_of(now_kw: float, upgraded_kw: float | None, cost: float | None) -> dict[str, Any]:
    """Return what a plan file says of a connection that is what a network carries, now and with its upgrade where that is more."""
    made: dict[str, Any] = {"existing_kw": rounded_down(now_kw)}
    if upgraded_kw is not None and cost is not None and rounded_down(upgraded_kw) > made["existing_kw"]:
        made["steps"] = [{"power_kw": rounded_down(upgraded_kw), "cost": cost}]
    return made

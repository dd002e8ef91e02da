"""What networks carry at the buses of stations: each beside those before it, drawing all that they may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from evplan.feeder.control.baselines import at_once
from evplan.feeder.day import Day, Session
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.network import PHASES, Customer
from evplan.feeder.planning.connection import connection_kw
from evplan.feeder.planning.hosting import Judge
from evplan.feeder.planning.upgrade import larger
from evplan.feeder.read import ReadFeeder
from evplan.feeder.reading import day_of, network_of
from evplan.region.study import RegionStudy


@dataclass(frozen=True)
class Limit:
    """What a station may draw at any time. now_kw : with the network as it is.  upgraded_kw, upgrade_cost : None without one."""

    station: str
    feeder: str
    bus: str
    now_kw: float
    upgraded_kw: float | None = None
    upgrade_cost: float | None = None


def limits(study: RegionStudy, feeders: Iterable[ReadFeeder], names: Iterable[str]) -> dict[str, Limit]:
    """Return the limits of stations that hang on a network, in the order in which they are planned. names : of stations, in that order."""
    order, found = list(names), dict[str, Limit]()
    for said, read in zip(study.feeders, feeders, strict=True):
        day = day_of(read.study, read.path.parent)
        bigger = _upgraded(read, day)
        for name in (name for name in order if name in said.stations):
            bus = said.stations[name]
            now = connection_kw(day, bus)
            more = connection_kw(bigger, bus) if bigger is not None else None
            cost = read.study.upgrade.cost if read.study.upgrade is not None and more is not None else None
            found[name] = Limit(name, said.file, bus, now, more, cost)
            day = _with(day, name, bus, now)
            bigger = _with(bigger, name, bus, more or 0.0) if bigger is not None else None
    return found


def carries(read: ReadFeeder, stations: dict[str, tuple[str, float]], bigger: bool) -> bool:
    """Return whether a network keeps its limits all day while stations draw all that they may. stations : bus and kW of each.

    bigger : with the larger transformer of its file.
    """
    day: Day | None = day_of(read.study, read.path.parent)
    if bigger:
        day = _upgraded(read, day) if day is not None else None
    if day is None:
        return False
    for name, (bus, kw) in stations.items():
        day = _with(day, name, bus, kw)
    flow = Flow(day.network, legs_of(day.network, [*day.customers, *day.panels, *(one.at for one in day.sessions)]))
    return bool(Judge(flow, day).holds(flow.legs.of(day.drawn(at_once(day), np.zeros_like(day.panel_kw)))[None])[0])


def _upgraded(read: ReadFeeder, day: Day) -> Day | None:
    """Return the day with the larger transformer of its file, None where it says none."""
    said = read.study.upgrade
    if said is None or read.study.network.tables is None:
        return None
    own = larger(read.study, said.kva)
    return replace(day, study=own, network=network_of(own.network, read.path.parent, own.horizon.date))


def _with(day: Day, name: str, bus: str, kw: float) -> Day:
    """Return the day with a station that draws all that it may, always."""
    phases = tuple(phase for phase in PHASES if (bus, phase) in day.network.at)
    steps, hours = day.study.horizon.steps, day.hours
    station = Session(Customer(name, bus, phases, kw), 0, steps, kw * hours * steps, max(kw, 1e-9))
    return replace(day, sessions=(*day.sessions, station))

"""Policies that hand out the room at each transformer in an order."""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x.core import Layout, Ports, Series, possible_kw
from evplan.v2x.worlds import Orders, Worlds

LAST = 1e18  # the rank of a port with nobody at it


class EarliestDeadline:
    """Who leaves first is served first."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return powers by departure."""
        return _handed_out(worlds, _left_h(worlds))


class LeastLaxity:
    """Who could wait least is served first: hours that are left, less those needed at full power."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return powers by laxity."""
        ports = worlds.ports
        full = np.minimum(ports.charge_kw * ports.efficiency, ports.curve_kw)
        needed = np.maximum(ports.target - ports.stored, 0.0) / np.maximum(full, 1e-9)
        return _handed_out(worlds, _left_h(worlds) - needed)


class RoundRobin:
    """Vehicles are served in turn: who was served last comes last."""

    def __init__(self) -> None:
        self._served: np.ndarray | None = None
        self._who: np.ndarray | None = None

    def __call__(self, worlds: Worlds) -> Orders:
        """Return powers by when each was served last."""
        who = worlds.ports.who.copy()
        if self._served is None or self._who is None:
            self._served = np.full(who.shape, -1.0)
        else:
            self._served[worlds.flow_kw > 0] = worlds.t
            self._served[who != self._who] = -1.0  # new at this port
        self._who = who
        return _handed_out(worlds, self._served)


def _left_h(worlds: Worlds) -> np.ndarray:
    """Return the hours until departure, shape (worlds, ports); for empty ports without meaning."""
    who = np.maximum(worlds.ports.who, 0)
    if not worlds.traces.stays.departure_h.shape[1]:
        return np.zeros(who.shape)
    return np.take_along_axis(worlds.traces.stays.departure_h, who, axis=1) - worlds.t * worlds.traces.step_h


def _handed_out(worlds: Worlds, rank: np.ndarray) -> Orders:
    rank = np.where(worlds.ports.who >= 0, rank, LAST)
    order = np.argsort(rank, axis=1, kind="stable")
    power = np.zeros_like(worlds.flow_kw)
    hand_out(worlds.t, worlds.layout, worlds.traces.series, worlds.ports, order, worlds.station, power)
    return Orders(power, worlds.ports.target)


@compiled
def hand_out(
    t: int, layout: Layout, series: Series, ports: Ports, order: np.ndarray, station: np.ndarray, power: np.ndarray
) -> None:
    """Fill power with what each port gets, kW, the first in an order first. station : of each port."""
    room, left = np.zeros(len(layout.hard)), np.zeros(len(layout.station_kw))
    for w in range(power.shape[0]):
        for x in range(len(room)):
            room[x] = series.limit_kw[t, w, x] - series.load_kw[t, w, x] + series.solar_kw[t, w, x]
        left[:] = layout.station_kw
        for k in range(order.shape[1]):
            p = order[w, k]
            if ports.who[w, p] < 0:
                break
            s = station[p]
            x = layout.transformer[s]
            wanted = possible_kw(w, p, ports.charge_kw[w, p], ports.target[w, p], 0.0, ports, series.derate[t, w])
            got = max(0.0, min(wanted, min(room[x], left[s])))
            power[w, p] = got
            room[x] -= got
            left[s] -= got

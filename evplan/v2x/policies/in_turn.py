"""Policies that hand out the room at each transformer in an order."""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at
from evplan.v2x.powers import possible_kw
from evplan.v2x.worlds import Orders, Worlds

EMPTY = 1e18  # the rank of a port with nobody at it


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
        full = np.minimum(
            ports.charge_kw * ports.efficiency, ports.curve_kw * worlds.traces.outside.derate[worlds.t][:, None]
        )
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
    who = np.maximum(worlds.ports.who, 0).astype(int)
    return np.take_along_axis(worlds.traces.stays.departure_h, who, axis=1) - worlds.t * worlds.traces.step_h


def _handed_out(worlds: Worlds, rank: np.ndarray) -> Orders:
    rank = np.where(worlds.ports.who >= 0, rank, EMPTY)
    order = np.argsort(rank, axis=1, kind="stable")
    power = np.zeros_like(worlds.flow_kw)
    hand_out(
        worlds.t, worlds.layout.station_kw, worlds.layout.transformer, worlds.station, worlds.traces.outside_table,
        worlds.traces.node_table, worlds.port_table, order, power,
    )  # fmt: skip
    return Orders(power, worlds.ports.target)


@compiled
def hand_out(
    t: int, station_kw: np.ndarray, transformer: np.ndarray, station: np.ndarray, outside: np.ndarray, nodes: np.ndarray,
    ports: np.ndarray, order: np.ndarray, power: np.ndarray,
) -> None:  # fmt: skip
    """Fill power with what each port gets, kW, the first in an order first. station : of each port."""
    room, left = np.zeros(nodes.shape[3]), np.zeros(len(station_kw))
    for w in range(power.shape[0]):
        for x in range(len(room)):
            room[x] = nodes[at.LIMIT_KW, t, w, x] - nodes[at.LOAD_KW, t, w, x] + nodes[at.SOLAR_KW, t, w, x]
        left[:] = station_kw
        for k in range(order.shape[1]):
            p = order[w, k]
            if ports[at.WHO, w, p] < 0.0:
                break
            s, x = station[p], transformer[station[p]]
            wanted = possible_kw(
                ports, w, p, ports[at.CHARGE_KW, w, p], ports[at.TARGET, w, p], 0.0, outside[at.DERATE, t, w]
            )
            power[w, p] = max(0.0, min(wanted, min(room[x], left[s])))
            room[x] -= power[w, p]
            left[s] -= power[w, p]

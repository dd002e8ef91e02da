"""The powers of a step: what is asked for, within what vehicles, stations, and hard transformers can carry.

Powers are means while a vehicle is there: what one battery leaves within a step, as it fills up, another at the station may take. At a
station whoever is there in a step counts as there together; transformers carry means of the step.
"""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at
from evplan.v2x.curve import gain_kwh

TINY = 1e-12  # kWh, and kW


@compiled
def possible_kw(
    ports: np.ndarray, w: int, p: int, asked_kw: float, up_to: float, down_to: float, derate: float
) -> float:
    """Return the power at a port that a vehicle takes, mean while it is there, kW; below 0 it gives. asked_kw : of the port."""
    stored, hours = ports[at.STORED, w, p], ports[at.HOURS, w, p]
    if asked_kw > 0.0:
        need, efficiency = min(up_to, ports[at.MOST, w, p]) - stored, ports[at.EFFICIENCY, w, p]
        if need <= TINY:
            return 0.0
        curve = ports[at.CURVE_KW, w, p] * derate
        most = min(min(asked_kw, ports[at.CHARGE_KW, w, p]) * efficiency, curve)
        gain = gain_kwh(stored, ports[at.CAPACITY, w, p], ports[at.TAPER_KWH, w, p], curve, most, hours)
        return min(gain, need) / (efficiency * hours)
    if asked_kw < 0.0:
        wall = max(down_to, ports[at.LEAST, w, p])
        if stored <= wall + TINY:
            return 0.0
        return -min(min(-asked_kw, ports[at.GIVE_KW, w, p]), (stored - wall) / hours * ports[at.GIVE_EFFICIENCY, w, p])
    return 0.0


@compiled
def settle(
    begin: int, end: int, t: int, step_h: float, start: np.ndarray, station_kw: np.ndarray, transformer: np.ndarray, hard: np.ndarray,
    outside: np.ndarray, nodes: np.ndarray, ports: np.ndarray, asked_kw: np.ndarray, up_to: np.ndarray, down_to: np.ndarray,
    flow_kw: np.ndarray,
) -> None:  # fmt: skip
    """Fill flow_kw with the powers of step t, mean while vehicles are there."""
    who = ports[at.WHO]
    for w in range(begin, end):
        derate = outside[at.DERATE, t, w]
        for s in range(len(station_kw)):
            into, out = 0.0, 0.0
            for p in range(start[s], start[s + 1]):
                power = 0.0
                if who[w, p] >= 0.0 and asked_kw[w, p] != 0.0:
                    power = possible_kw(ports, w, p, asked_kw[w, p], up_to[w, p], down_to[w, p], derate)
                flow_kw[w, p] = power
                into += max(power, 0.0)
                out -= min(power, 0.0)
            most = station_kw[s]
            if into > most or out > most:
                for p in range(start[s], start[s + 1]):
                    flow_kw[w, p] *= min(1.0, most / into) if flow_kw[w, p] > 0.0 else min(1.0, most / max(out, TINY))
        for x in range(len(hard)):
            if hard[x]:
                base, limit = nodes[at.LOAD_KW, t, w, x] - nodes[at.SOLAR_KW, t, w, x], nodes[at.LIMIT_KW, t, w, x]
                _cut(w, x, base, limit, step_h, start, transformer, ports[at.HOURS], flow_kw)


@compiled
def _cut(
    w: int, x: int, base_kw: float, limit_kw: float, step_h: float, start: np.ndarray, transformer: np.ndarray, hours: np.ndarray,
    flow_kw: np.ndarray,
) -> None:  # fmt: skip
    """Cut what drives a transformer above its limit, or above what flows without vehicles where that is more, alike at all its ports.

    hours : shape (worlds, ports).
    """
    into, out = 0.0, 0.0
    for s in range(len(transformer)):
        if transformer[s] == x:
            for p in range(start[s], start[s + 1]):
                mean = flow_kw[w, p] * hours[w, p] / step_h
                into += max(mean, 0.0)
                out -= min(mean, 0.0)
    net = base_kw + into - out
    sign, driving = (1.0, into) if net > 0.0 else (-1.0, out)
    most = max(limit_kw, sign * base_kw)
    if abs(net) <= most or driving <= TINY:
        return
    part = max(0.0, 1.0 - (abs(net) - most) / driving)
    for s in range(len(transformer)):
        if transformer[s] == x:
            for p in range(start[s], start[s + 1]):
                if sign * flow_kw[w, p] > 0.0:
                    flow_kw[w, p] *= part

"""One step of many worlds: vehicles come, powers are kept within every limit, energy flows, money is counted, vehicles leave.

    drawn = gain / efficiency          given = efficiency_back taken          lost = drawn - gain + taken - given
    net   = load - solar + sum of (drawn - given) / step                      at every transformer's meter

Tables are those of state.py and stays.py; w is a world, p a port, s a station, x a transformer, k a demand charge. A world is not
touched by those beside it, so a batch of any size gives the same.
"""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x.curve import gain_kwh, pilot_for
from evplan.v2x.state import (
    AT_CHARGED, AT_GIVEN, AT_LEFT, B_ASTRAY, B_BOUGHT, B_DEMAND, B_DRAWN, B_ENERGY, B_GAINED, B_GIVEN, B_LEFT, B_LOST, B_OVER, B_PAID,
    B_SHORT, B_SOLD, B_TAKEN, B_WEAR, BARE, BUY, CAPACITY, CHARGE_KW, CHARGED, CURVE_KW, DERATE, EFFICIENCY, GIVE_EFFICIENCY, GIVE_KW,
    GIVEN, HOURS, LEAST, LIMIT_KW, LOAD_KW, MOST, NOBODY, SELL, SETPOINT_KW, SOLAR_KW, STORED, TAPER_KWH, TARGET, UNTIL, WEAR, WHO, WITH,
)  # fmt: skip
from evplan.v2x.stays import FIRST, FIRST_H, LAST, LAST_H, OF_VEHICLE, PORT
from evplan.v2x.stays import CAME as AT_FIRST

TINY = 1e-12  # kWh
BLOCK = 32  # worlds that are taken through a step together: their state stays near the processor


@compiled
def step(
    t: int, step_h: float, driver_price: float, tracked: bool, start: np.ndarray, station_kw: np.ndarray, transformer: np.ndarray,
    hard: np.ndarray, outside: np.ndarray, nodes: np.ndarray, applies: np.ndarray, per_kw: np.ndarray, stays: np.ndarray,
    asked_kw: np.ndarray, up_to: np.ndarray, down_to: np.ndarray, coming: np.ndarray, ports: np.ndarray, flow_kw: np.ndarray,
    net_kw: np.ndarray, peak_kw: np.ndarray, outcome: np.ndarray, books: np.ndarray,
) -> None:  # fmt: skip
    """Take every world through step t, and plug in who comes in the next.

    asked_kw : at each port, below 0 to give, shape (worlds, ports).  up_to, down_to : kWh in the battery at which it ends, same shape.
    coming : the next stay of every world.  flow_kw : mean power at ports, is filled.  net_kw : through transformers' meters, is filled.
    """
    for begin in range(0, len(flow_kw), BLOCK):
        end = min(begin + BLOCK, len(flow_kw))
        settle(
            begin, end, t, start, station_kw, transformer, hard, outside, nodes, ports, asked_kw, up_to, down_to, flow_kw, net_kw
        )  # fmt: skip
        let_flow(begin, end, t, step_h, driver_price, start, transformer, outside, ports, flow_kw, net_kw, books)
        meter(begin, end, t, step_h, tracked, outside, nodes, applies, per_kw, net_kw, peak_kw, books)
        leave(begin, end, t, step_h, stays, ports, outcome, books)
        arrive(begin, end, t + 1, stays, coming, ports)


@compiled
def arrive(begin: int, end: int, t: int, stays: np.ndarray, coming: np.ndarray, ports: np.ndarray) -> None:
    """Plug in who comes in step t. coming : the next stay of every world."""
    for w in range(begin, end):
        i = coming[w]
        while i < stays.shape[2] and stays[FIRST, w, i] <= t:
            p = int(stays[PORT, w, i])
            ports[WHO, w, p], ports[UNTIL, w, p], ports[HOURS, w, p] = i, stays[LAST, w, i], stays[FIRST_H, w, i]
            ports[STORED, w, p], ports[CHARGED, w, p], ports[GIVEN, w, p] = stays[AT_FIRST, w, i], 0.0, 0.0
            for k in range(ports.shape[0] - CAPACITY):
                ports[CAPACITY + k, w, p] = stays[OF_VEHICLE + k, w, i]
            i += 1
        coming[w] = i


@compiled
def possible_kw(ports: np.ndarray, w: int, p: int, asked_kw: float, up_to: float, down_to: float, derate: float) -> float:
    """Return the power at a port that a vehicle takes up when a step begins, kW; below 0 it gives. asked_kw : of the port."""
    stored, hours = ports[STORED, w, p], ports[HOURS, w, p]
    if asked_kw > 0.0:
        wall, efficiency = min(up_to, ports[MOST, w, p]), ports[EFFICIENCY, w, p]
        if stored >= wall - TINY:
            return 0.0
        curve, need = ports[CURVE_KW, w, p] * derate, wall - stored
        most = min(min(asked_kw, ports[CHARGE_KW, w, p]) * efficiency, curve)
        capacity, taper = ports[CAPACITY, w, p], ports[TAPER_KWH, w, p]
        never_full = wall >= capacity > taper
        if most * hours > need and not never_full and gain_kwh(stored, capacity, taper, curve, most, hours) > need:
            most = pilot_for(need, stored, capacity, taper, curve, most, hours)
        if stored > taper:
            most = min(most, curve * (capacity - stored) / (capacity - taper))
        return most / efficiency
    if asked_kw < 0.0:
        wall = max(down_to, ports[LEAST, w, p])
        if stored <= wall + TINY:
            return 0.0
        return -min(min(-asked_kw, ports[GIVE_KW, w, p]), (stored - wall) / hours * ports[GIVE_EFFICIENCY, w, p])
    return 0.0


@compiled
def settle(
    begin: int, end: int, t: int, start: np.ndarray, station_kw: np.ndarray, transformer: np.ndarray, hard: np.ndarray, outside: np.ndarray,
    nodes: np.ndarray, ports: np.ndarray, asked_kw: np.ndarray, up_to: np.ndarray, down_to: np.ndarray, flow_kw: np.ndarray,
    net_kw: np.ndarray,
) -> None:  # fmt: skip
    """Fill flow_kw with the powers at which step t begins: within what vehicles, stations, and hard transformers can carry."""
    who = ports[WHO]
    for w in range(begin, end):
        net_kw[w] = 0.0
        derate = outside[DERATE, t, w]
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
            net_kw[w, transformer[s]] += min(into, most) - min(out, most)
        for x in range(len(hard)):
            if hard[x]:
                base, limit = nodes[LOAD_KW, t, w, x] - nodes[SOLAR_KW, t, w, x], nodes[LIMIT_KW, t, w, x]
                if abs(base + net_kw[w, x]) > limit:
                    _cut(w, x, base + net_kw[w, x], limit, start, transformer, flow_kw)


@compiled
def _cut(
    w: int, x: int, net_kw: float, limit_kw: float, start: np.ndarray, transformer: np.ndarray, flow_kw: np.ndarray
) -> None:  # fmt: skip
    """Cut what drives a transformer above its limit, alike at all its ports."""
    sign, driving = 1.0 if net_kw > 0.0 else -1.0, 0.0
    for s in range(len(transformer)):
        if transformer[s] == x:
            for p in range(start[s], start[s + 1]):
                driving += max(sign * flow_kw[w, p], 0.0)
    part = max(0.0, 1.0 - (abs(net_kw) - limit_kw) / max(driving, TINY))
    for s in range(len(transformer)):
        if transformer[s] == x:
            for p in range(start[s], start[s + 1]):
                if sign * flow_kw[w, p] > 0.0:
                    flow_kw[w, p] *= part


@compiled
def let_flow(
    begin: int, end: int, t: int, step_h: float, driver_price: float, start: np.ndarray, transformer: np.ndarray, outside: np.ndarray, ports: np.ndarray,
    flow_kw: np.ndarray, net_kw: np.ndarray, books: np.ndarray,
) -> None:  # fmt: skip
    """Let energy flow for step t: flow_kw becomes its mean, batteries and books follow."""
    stored, hours, target = ports[STORED], ports[HOURS], ports[TARGET]
    for w in range(begin, end):
        net_kw[w] = 0.0
        derate = outside[DERATE, t, w]
        drawn, given, gained, taken, wear, wish = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for s in range(len(transformer)):
            total = 0.0
            for p in range(start[s], start[s + 1]):
                power = flow_kw[w, p]
                if power == 0.0:
                    continue
                before = stored[w, p]
                if power > 0.0:
                    efficiency, curve = ports[EFFICIENCY, w, p], ports[CURVE_KW, w, p] * derate
                    gain = gain_kwh(
                        before, ports[CAPACITY, w, p], ports[TAPER_KWH, w, p], curve, power * efficiency, hours[w, p]
                    )  # fmt: skip
                    energy = gain / efficiency
                    ports[CHARGED, w, p] += energy
                    drawn += energy
                    gained += gain
                else:
                    energy = power * hours[w, p]
                    gain = energy / ports[GIVE_EFFICIENCY, w, p]
                    ports[GIVEN, w, p] -= energy
                    given -= energy
                    taken -= gain
                    wear -= gain * ports[WEAR, w, p]
                stored[w, p] = before + gain
                wish += min(stored[w, p], target[w, p]) - min(before, target[w, p])
                flow_kw[w, p] = energy / step_h
                total += flow_kw[w, p]
            net_kw[w, transformer[s]] += total
        books[B_DRAWN, w], books[B_GIVEN, w], books[B_GAINED, w], books[B_TAKEN, w] = drawn, given, gained, taken
        books[B_LOST, w], books[B_WEAR, w], books[B_PAID, w] = (drawn - gained) + (taken - given), wear, driver_price * wish


@compiled
def meter(
    begin: int, end: int, t: int, step_h: float, tracked: bool, outside: np.ndarray, nodes: np.ndarray, applies: np.ndarray, per_kw: np.ndarray,
    net_kw: np.ndarray, peak_kw: np.ndarray, books: np.ndarray,
) -> None:  # fmt: skip
    """Count what flows through the meters in step t, beside what would without vehicles; net_kw becomes all that flows.

    tracked : whether there is a setpoint.  applies : shape (steps, worlds, charges).  peak_kw : shape (2, worlds, transformers, charges).
    """
    for w in range(begin, end):
        buy, sell = outside[BUY, t, w], outside[SELL, t, w]
        bought, sold, demand, over, vehicles = 0.0, 0.0, 0.0, 0.0, 0.0
        for x in range(net_kw.shape[1]):
            bare = nodes[LOAD_KW, t, w, x] - nodes[SOLAR_KW, t, w, x]
            vehicles += net_kw[w, x]
            net = bare + net_kw[w, x]
            net_kw[w, x] = net
            bought += step_h * (max(net, 0.0) - max(bare, 0.0))
            sold += step_h * (max(-net, 0.0) - max(-bare, 0.0))
            over += step_h * max(abs(net) - nodes[LIMIT_KW, t, w, x], 0.0)
            for k in range(len(per_kw)):
                if applies[t, w, k]:
                    rise, fall = max(net - peak_kw[WITH, w, x, k], 0.0), max(bare - peak_kw[BARE, w, x, k], 0.0)
                    demand += per_kw[k] * (rise - fall)
                    peak_kw[WITH, w, x, k] += rise
                    peak_kw[BARE, w, x, k] += fall
        books[B_BOUGHT, w], books[B_SOLD, w], books[B_ENERGY, w] = bought, sold, buy * bought - sell * sold
        books[B_DEMAND, w], books[B_OVER, w] = demand, over
        books[B_ASTRAY, w] = step_h * abs(vehicles - outside[SETPOINT_KW, t, w]) if tracked else 0.0


@compiled
def leave(
    begin: int, end: int, t: int, step_h: float, stays: np.ndarray, ports: np.ndarray, outcome: np.ndarray, books: np.ndarray
) -> None:  # fmt: skip
    """Unplug who leaves at the end of step t, and say how long the rest is there in the next."""
    who, until, hours = ports[WHO], ports[UNTIL], ports[HOURS]
    for w in range(begin, end):
        short, left = 0.0, 0.0
        for p in range(who.shape[1]):
            if who[w, p] < 0.0:
                continue
            i = int(who[w, p])
            if until[w, p] > t:
                hours[w, p] = step_h if until[w, p] > t + 1 else stays[LAST_H, w, i]
                continue
            outcome[AT_LEFT, w, i], outcome[AT_CHARGED, w, i] = ports[STORED, w, p], ports[CHARGED, w, p]
            outcome[AT_GIVEN, w, i] = ports[GIVEN, w, p]
            short += max(ports[TARGET, w, p] - ports[STORED, w, p], 0.0)
            left += 1.0
            who[w, p] = NOBODY
        books[B_SHORT, w], books[B_LEFT, w] = short, left

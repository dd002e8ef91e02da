"""One step of many worlds: vehicles come, powers are kept within every limit, energy flows, money is counted, vehicles leave.

    drawn = gain / efficiency          given = efficiency_back taken          lost = drawn - gain + taken - given
    net   = load - solar + sum of (drawn - given) / step                      at every transformer's meter

State is a struct of arrays, (worlds, ports); a world is not touched by those beside it, so a batch of any size gives the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evplan.compiled import compiled
from evplan.v2x.curve import gain_kwh, pilot_for
from evplan.v2x.stays import Stays

NOBODY = -1
TINY = 1e-12  # kWh


class Layout(NamedTuple):
    """What hangs on what. Ports stand by station, stations as in the file.

    start : first port of every station, and the number of ports, shape (stations + 1,).  station_kw, transformer : shape (stations,).
    hard : whether a transformer's limit cuts powers, shape (transformers,).
    """

    start: np.ndarray
    station_kw: np.ndarray
    transformer: np.ndarray
    hard: np.ndarray


class Series(NamedTuple):
    """What comes from outside. Shape (steps, worlds), or (steps, worlds, transformers) of load_kw, solar_kw, limit_kw.

    buy, sell : prices of a kWh at the meters.  derate : part of `curve_kw` that batteries take in the cold.  setpoint_kw : without steps where
    there is none.
    applies : whether a demand charge applies, shape (steps, worlds, charges).  per_kw : its price, shape (charges,).
    """

    buy: np.ndarray
    sell: np.ndarray
    derate: np.ndarray
    setpoint_kw: np.ndarray
    load_kw: np.ndarray
    solar_kw: np.ndarray
    limit_kw: np.ndarray
    applies: np.ndarray
    per_kw: np.ndarray


class Ports(NamedTuple):
    """Who is plugged in where, shape (worlds, ports) each: `who` is a stay, or `NOBODY`; the rest as in `Stays`.

    hours : of this step, in which it is there.  stored, charged, given : kWh in the battery; at the port since it came.
    """

    who: np.ndarray
    last: np.ndarray
    hours: np.ndarray
    stored: np.ndarray
    charged: np.ndarray
    given: np.ndarray
    capacity: np.ndarray
    target: np.ndarray
    most: np.ndarray
    least: np.ndarray
    charge_kw: np.ndarray
    give_kw: np.ndarray
    curve_kw: np.ndarray
    taper_kwh: np.ndarray
    efficiency: np.ndarray
    give_efficiency: np.ndarray
    wear: np.ndarray


class Outcome(NamedTuple):
    """What stays ended with, kWh, shape (worlds, stays): in the battery, and drawn and given at the port. NaN before."""

    left: np.ndarray
    charged: np.ndarray
    given: np.ndarray


class Meters(NamedTuple):
    """State of the meters: the next stay to come, shape (worlds,); net kW, and highest import within each demand charge so far.

    peak_kw, bare_peak_kw : with vehicles and without any, shape (worlds, transformers, charges).
    """

    coming: np.ndarray
    net_kw: np.ndarray
    peak_kw: np.ndarray
    bare_peak_kw: np.ndarray


class Books(NamedTuple):
    """What a step came to, shape (worlds,). kWh, and money.

    drawn, given : at ports.  gained, taken : into and out of batteries.  lost : in between.
    bought, sold : at the meters, more than without vehicles.  energy : their price.  demand : demand charges, more than without.
    paid : by drivers, for what of their wish is in the battery, less where it is taken back.  wear : of batteries.  short : lacking at departure.  wanted, served : of those that left.
    over : above transformers' limits.  astray : from the setpoint.  left : number of vehicles.
    """

    drawn: np.ndarray
    given: np.ndarray
    gained: np.ndarray
    taken: np.ndarray
    lost: np.ndarray
    bought: np.ndarray
    sold: np.ndarray
    energy: np.ndarray
    demand: np.ndarray
    paid: np.ndarray
    wear: np.ndarray
    short: np.ndarray
    wanted: np.ndarray
    served: np.ndarray
    over: np.ndarray
    astray: np.ndarray
    left: np.ndarray


@compiled
def arrive(t: int, step_h: float, stays: Stays, ports: Ports, meters: Meters) -> None:
    """Plug in who comes in step t."""
    for w in range(meters.coming.shape[0]):
        i = meters.coming[w]
        while i < stays.first.shape[1] and stays.first[w, i] <= t:
            p = stays.port[w, i]
            ports.who[w, p], ports.last[w, p], ports.hours[w, p] = i, stays.last[w, i], stays.first_h[w, i]
            ports.stored[w, p], ports.charged[w, p], ports.given[w, p] = stays.came[w, i], 0.0, 0.0
            ports.capacity[w, p], ports.target[w, p] = stays.capacity[w, i], stays.target[w, i]
            ports.most[w, p], ports.least[w, p] = stays.most[w, i], stays.least[w, i]
            ports.charge_kw[w, p], ports.give_kw[w, p] = stays.charge_kw[w, i], stays.give_kw[w, i]
            ports.curve_kw[w, p], ports.taper_kwh[w, p] = stays.curve_kw[w, i], stays.taper_kwh[w, i]
            ports.efficiency[w, p], ports.give_efficiency[w, p] = stays.efficiency[w, i], stays.give_efficiency[w, i]
            ports.wear[w, p] = stays.wear[w, i]
            i += 1
        meters.coming[w] = i


@compiled
def possible_kw(w: int, p: int, asked_kw: float, up_to: float, down_to: float, ports: Ports, derate: float) -> float:
    """Return the power at a port that a vehicle takes up when a step begins, kW; below 0 it gives. asked_kw : of the port."""
    hours, stored = ports.hours[w, p], ports.stored[w, p]
    if asked_kw > 0.0:
        wall = min(up_to, ports.most[w, p])
        if stored >= wall - TINY:
            return 0.0
        efficiency, curve = ports.efficiency[w, p], ports.curve_kw[w, p] * derate
        most = min(min(asked_kw, ports.charge_kw[w, p]) * efficiency, curve)
        capacity, taper = ports.capacity[w, p], ports.taper_kwh[w, p]
        need = wall - stored
        if most * hours > need and gain_kwh(stored, capacity, taper, curve, most, hours) > need:
            most = pilot_for(need, stored, capacity, taper, curve, most, hours)
        if capacity > taper:
            most = min(most, curve * (capacity - stored) / (capacity - taper))
        return most / efficiency
    if asked_kw < 0.0:
        wall = max(down_to, ports.least[w, p])
        if stored <= wall + TINY:
            return 0.0
        return -min(min(-asked_kw, ports.give_kw[w, p]), (stored - wall) / hours * ports.give_efficiency[w, p])
    return 0.0


@compiled
def step(
    t: int, step_h: float, driver_price: float, layout: Layout, series: Series, stays: Stays, ports: Ports, meters: Meters,
    outcome: Outcome, books: Books, asked_kw: np.ndarray, up_to: np.ndarray, down_to: np.ndarray, flow_kw: np.ndarray,
) -> None:  # fmt: skip
    """Take step t of every world.

    asked_kw : at each port, below 0 to give, shape (worlds, ports).  up_to, down_to : kWh in the battery at which it ends, same shape.
    flow_kw : is filled with what flowed, mean of the step, same shape.
    """
    for w in range(asked_kw.shape[0]):
        _settle(w, t, layout, series, ports, meters, asked_kw, up_to, down_to, flow_kw)
        _flow(w, t, step_h, driver_price, layout, series, ports, meters, books, flow_kw)
        _meter(w, t, step_h, series, meters, books)
        _leave(w, t, step_h, ports, stays, outcome, books)


@compiled
def _settle(
    w: int, t: int, layout: Layout, series: Series, ports: Ports, meters: Meters,
    asked_kw: np.ndarray, up_to: np.ndarray, down_to: np.ndarray, flow_kw: np.ndarray,
) -> None:  # fmt: skip
    """Fill flow_kw with the powers at which a step begins: within what vehicles, stations, and hard transformers can carry."""
    derate = series.derate[t, w]
    for x in range(meters.net_kw.shape[1]):
        meters.net_kw[w, x] = 0.0
    for s in range(len(layout.station_kw)):
        into, out, begin, end = 0.0, 0.0, layout.start[s], layout.start[s + 1]
        for p in range(begin, end):
            power = 0.0
            if ports.who[w, p] >= 0:
                power = possible_kw(w, p, asked_kw[w, p], up_to[w, p], down_to[w, p], ports, derate)
            flow_kw[w, p] = power
            into += max(power, 0.0)
            out -= min(power, 0.0)
        most = layout.station_kw[s]
        if into > most or out > most:
            for p in range(begin, end):
                flow_kw[w, p] *= min(1.0, most / into) if flow_kw[w, p] > 0 else min(1.0, most / out) if out > 0 else 1.0
        meters.net_kw[w, layout.transformer[s]] += min(into, most) - min(out, most)
    for x in range(meters.net_kw.shape[1]):
        if layout.hard[x]:
            _cut(w, x, series.load_kw[t, w, x] - series.solar_kw[t, w, x], series.limit_kw[t, w, x], layout, meters, flow_kw)


@compiled
def _cut(w: int, x: int, base_kw: float, limit_kw: float, layout: Layout, meters: Meters, flow_kw: np.ndarray) -> None:
    """Cut what drives a hard transformer above its limit, alike at all its ports."""
    net = base_kw + meters.net_kw[w, x]
    if abs(net) <= limit_kw:
        return
    driving, excess = 0.0, abs(net) - limit_kw
    sign = 1.0 if net > 0 else -1.0
    for s in range(len(layout.station_kw)):
        if layout.transformer[s] == x:
            for p in range(layout.start[s], layout.start[s + 1]):
                driving += max(sign * flow_kw[w, p], 0.0)
    if driving <= 0.0:
        return
    part = max(0.0, 1.0 - excess / driving)
    for s in range(len(layout.station_kw)):
        if layout.transformer[s] == x:
            for p in range(layout.start[s], layout.start[s + 1]):
                if sign * flow_kw[w, p] > 0.0:
                    flow_kw[w, p] *= part


@compiled
def _flow(
    w: int, t: int, step_h: float, driver_price: float, layout: Layout, series: Series, ports: Ports, meters: Meters,
    books: Books, flow_kw: np.ndarray,
) -> None:  # fmt: skip
    """Let energy flow for a step: flow_kw becomes its mean, batteries and books follow."""
    derate, drawn, given, gained, taken, wear, wish = series.derate[t, w], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for x in range(meters.net_kw.shape[1]):
        meters.net_kw[w, x] = 0.0
    for s in range(len(layout.station_kw)):
        total = 0.0
        for p in range(layout.start[s], layout.start[s + 1]):
            power, before = flow_kw[w, p], ports.stored[w, p]
            if power > 0.0:
                efficiency, curve = ports.efficiency[w, p], ports.curve_kw[w, p] * derate
                gain = gain_kwh(
                    ports.stored[w, p], ports.capacity[w, p], ports.taper_kwh[w, p], curve, power * efficiency, ports.hours[w, p]
                )  # fmt: skip
                energy = gain / efficiency
                ports.stored[w, p] += gain
                ports.charged[w, p] += energy
                drawn += energy
                gained += gain
            elif power < 0.0:
                energy = power * ports.hours[w, p]
                out = energy / ports.give_efficiency[w, p]
                ports.stored[w, p] += out
                ports.given[w, p] -= energy
                given -= energy
                taken -= out
                wear -= out * ports.wear[w, p]
            else:
                continue
            wish += min(ports.stored[w, p], ports.target[w, p]) - min(before, ports.target[w, p])
            flow_kw[w, p] = energy / step_h
            total += flow_kw[w, p]
        meters.net_kw[w, layout.transformer[s]] += total
    books.drawn[w], books.given[w], books.gained[w], books.taken[w] = drawn, given, gained, taken
    books.lost[w], books.wear[w] = (drawn - gained) + (taken - given), wear
    books.paid[w] = driver_price * wish


@compiled
def _meter(w: int, t: int, step_h: float, series: Series, meters: Meters, books: Books) -> None:
    """Count what flows through the meters, beside what would without vehicles."""
    buy, sell = series.buy[t, w], series.sell[t, w]
    bought, sold, energy, demand, over, vehicles = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for x in range(meters.net_kw.shape[1]):
        bare = series.load_kw[t, w, x] - series.solar_kw[t, w, x]
        vehicles += meters.net_kw[w, x]
        net = bare + meters.net_kw[w, x]
        meters.net_kw[w, x] = net
        more, less = step_h * (max(net, 0.0) - max(bare, 0.0)), step_h * (max(-net, 0.0) - max(-bare, 0.0))
        bought += more
        sold += less
        energy += buy * more - sell * less
        over += step_h * max(abs(net) - series.limit_kw[t, w, x], 0.0)
        for k in range(len(series.per_kw)):
            if series.applies[t, w, k]:
                rise, fall = max(net - meters.peak_kw[w, x, k], 0.0), max(bare - meters.bare_peak_kw[w, x, k], 0.0)
                demand += series.per_kw[k] * (rise - fall)
                meters.peak_kw[w, x, k] += rise
                meters.bare_peak_kw[w, x, k] += fall
    books.bought[w], books.sold[w], books.energy[w], books.demand[w], books.over[w] = bought, sold, energy, demand, over
    books.astray[w] = step_h * abs(vehicles - series.setpoint_kw[t, w]) if len(series.setpoint_kw) else 0.0


@compiled
def _leave(w: int, t: int, step_h: float, ports: Ports, stays: Stays, outcome: Outcome, books: Books) -> None:
    """Unplug who leaves at the end of step t."""
    short, wanted, served, left = 0.0, 0.0, 0.0, 0.0
    for p in range(ports.who.shape[1]):
        i = ports.who[w, p]
        if i < 0:
            continue
        last = ports.last[w, p]
        if last > t:
            ports.hours[w, p] = step_h if last > t + 1 else stays.last_h[w, i]
            continue
        stored, target, came = ports.stored[w, p], ports.target[w, p], stays.came[w, i]
        outcome.left[w, i], outcome.charged[w, i], outcome.given[w, i] = stored, ports.charged[w, p], ports.given[w, p]
        short += max(target - stored, 0.0)
        wanted += max(target - came, 0.0)
        served += min(max(stored - came, 0.0), max(target - came, 0.0))
        left += 1.0
        ports.who[w, p] = NOBODY
    books.short[w], books.wanted[w], books.served[w], books.left[w] = short, wanted, served, left

"""Draw who comes: a Poisson process in continuous time whose rate follows place, weekday and hour, so that no step length matters.

    A(t) = integral of the rate from the beginning of the episode        arrivals are where A(t) passes sums of exponential gaps

Stay, energy, class and the rest come from uniform numbers of the vehicle's own, by inverse distributions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at
from evplan.v2x import stays as of
from evplan.v2x.behaviour import BLOCK_H

NUMBERS = 8  # uniform numbers a vehicle takes: gap, stay, energy, class, target, consent, port, and one to spare
EMPTIEST = 0.03  # of the battery, with which somebody comes at least
SHORTEST_H = 1 / 60
BEHIND = of.OF_VEHICLE - at.CAPACITY  # rows of the vehicle: where stays have them, from where ports have them
BEGINS_H = 1e-9  # who comes so short before a step comes with it


class Comers(NamedTuple):
    """Who comes to a site. kinds are classes of vehicles.

    expected : arrivals since the calendar began, shape (places, quarters + 1), by quarter of an hour.  hour : of the day, in which
    each quarter begins, shape (quarters,).  most : arrivals of a place that are drawn, shape (places,).
    stay_h : quantiles, shape (places, blocks, levels).  energy_kwh : shape (places, levels).
    share : of classes, summed, shape (kinds,).  The rest by kind: capacity, taper (SoC), low and high target, most, reserve, consent, wear.
    port_place : of each port.  charge_kw and so on : by kind and port.
    """

    expected: np.ndarray
    hour: np.ndarray
    most: np.ndarray
    stay_h: np.ndarray
    energy_kwh: np.ndarray
    share: np.ndarray
    capacity: np.ndarray
    taper_soc: np.ndarray
    low_soc: np.ndarray
    high_soc: np.ndarray
    most_soc: np.ndarray
    reserve_soc: np.ndarray
    consents: np.ndarray
    wear: np.ndarray
    port_place: np.ndarray
    charge_kw: np.ndarray
    give_kw: np.ndarray
    curve_kw: np.ndarray
    efficiency: np.ndarray
    give_efficiency: np.ndarray


@compiled
def draw_all(
    quarter: np.ndarray, steps: int, step_h: float, uniform: np.ndarray, comers: Comers, stays: np.ndarray, refused: np.ndarray
) -> None:  # fmt: skip
    """Draw worlds, their stays in the order of first steps.

    quarter : of the calendar, at which each begins.  uniform : shape (worlds, most, NUMBERS).  stays : a table with room for `most`.
    """
    most = uniform.shape[1]
    drawn, order = np.empty((stays.shape[0], 1, most)), np.empty(most, np.int64)
    for w in range(len(uniform)):
        count = _draw(w, quarter[w], steps, step_h, uniform[w], comers, drawn, refused)
        _sort(drawn[of.FIRST, 0], count, order)
        for k in range(stays.shape[0]):
            for j in range(count):
                stays[k, w, j] = drawn[k, 0, order[j]]
        stays[of.FIRST, w, count:] = of.NEVER


@compiled
def _sort(values: np.ndarray, count: int, order: np.ndarray) -> None:
    """Fill order with the places of values, the lowest first, equals as they stand: by insertion, for they nearly are in order."""
    for i in range(count):
        j = i
        while j > 0 and values[order[j - 1]] > values[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i


@compiled
def _draw(
    world: int, quarter: int, steps: int, step_h: float, uniform: np.ndarray, comers: Comers, stays: np.ndarray, refused: np.ndarray
) -> int:  # fmt: skip
    """Fill the only world of a table of stays, as they are drawn, and return how many; the episode begins at a quarter of the calendar.

    uniform : in [0, 1), shape (sum of most, NUMBERS).  refused : vehicles that found no port, shape (worlds,), is counted up.
    """
    free_step, free_h = np.zeros(len(comers.port_place), np.int64), np.zeros(len(comers.port_place))
    quarters = int(np.ceil(steps * step_h * 4 - BEGINS_H))
    count, begin = 0, 0
    for place in range(len(comers.most)):
        row = comers.expected[place, quarter : quarter + quarters + 1]
        passed, q = row[0], 0
        for k in range(begin, begin + comers.most[place]):
            passed -= np.log1p(-uniform[k, 0])
            if passed >= row[quarters]:
                break
            while row[q + 1] <= passed:
                q += 1
            arrival_h = 0.25 * (q + (passed - row[q]) / (row[q + 1] - row[q]))
            if arrival_h >= steps * step_h:
                break
            block = comers.hour[quarter + q] // BLOCK_H
            stay_h = max(SHORTEST_H, _quantile(comers.stay_h[place, block], uniform[k, 1]))
            kind = 0
            while comers.share[kind] <= uniform[k, 3]:
                kind += 1
            came = _plug_in(
                0, count, place, kind, arrival_h, arrival_h + stay_h, steps, step_h, uniform[k], comers, stays, free_step, free_h
            )  # fmt: skip
            if came:
                _want(0, count, place, kind, stay_h, uniform[k], comers, stays)
                count += 1
            else:
                refused[world] += 1
        begin += comers.most[place]
    return count


@compiled
def _quantile(levels: np.ndarray, u: float) -> float:
    """Return the value of a distribution at u in [0, 1). levels : its quantiles at even distances."""
    x = u * (len(levels) - 1)
    i = int(x)
    return levels[i] + (x - i) * (levels[i + 1] - levels[i])


@compiled
def _plug_in(
    w: int, count: int, place: int, kind: int, arrival_h: float, departure_h: float, steps: int, step_h: float, uniform: np.ndarray,
    comers: Comers, stays: np.ndarray, free_step: np.ndarray, free_h: np.ndarray,
) -> bool:  # fmt: skip
    """Find a port for a vehicle and write when it is there; return whether one was free.

    Who finds only a port that is left within the step of arrival waits for the next step.
    """
    departure_h = min(departure_h, steps * step_h)
    ports, first = len(free_step), int(arrival_h / step_h + BEGINS_H)
    start, chosen, waits = int(uniform[6] * ports), -1, -1
    for i in range(ports):
        p = start + i if start + i < ports else start + i - ports
        if comers.port_place[p] == place and comers.charge_kw[kind, p] > 0.0:
            if free_step[p] <= first:
                chosen = p
                break
            if (
                waits < 0
                and free_step[p] == first + 1
                and free_h[p] <= arrival_h
                and (first + 1) * step_h < departure_h - SHORTEST_H / 2
            ):
                waits = p
    if chosen < 0:
        if waits < 0:
            return False
        chosen, first = waits, first + 1
        arrival_h = first * step_h
    last = max(first, int(np.ceil(departure_h / step_h - BEGINS_H)) - 1)
    if first >= steps or departure_h <= arrival_h:
        return False
    free_step[chosen], free_h[chosen] = last + 1, departure_h
    stays[of.PORT, w, count], stays[of.KIND, w, count] = chosen, kind
    stays[of.FIRST, w, count], stays[of.LAST, w, count] = first, last
    stays[of.ARRIVAL_H, w, count], stays[of.DEPARTURE_H, w, count] = arrival_h, departure_h
    stays[of.FIRST_H, w, count] = min(departure_h, (first + 1) * step_h) - arrival_h
    stays[of.LAST_H, w, count] = departure_h - last * step_h if last > first else stays[of.FIRST_H, w, count]
    return True


@compiled
def _want(
    w: int, i: int, place: int, kind: int, stay_h: float, uniform: np.ndarray, comers: Comers, stays: np.ndarray
) -> None:
    """Write what the vehicle of a stay can and its driver wants; who would stay beyond the end wants in proportion to the time it has."""
    p, capacity = int(stays[of.PORT, w, i]), comers.capacity[kind]
    target_soc = comers.low_soc[kind] + uniform[4] * (comers.high_soc[kind] - comers.low_soc[kind])
    into = comers.efficiency[kind, p] * _quantile(comers.energy_kwh[place], uniform[2])  # what was measured at ports
    energy = min(into, (target_soc - EMPTIEST) * capacity)
    came = target_soc * capacity - energy
    part = min(1.0, (stays[of.DEPARTURE_H, w, i] - stays[of.ARRIVAL_H, w, i]) / stay_h)
    target = came + part * energy
    stays[BEHIND + at.CAPACITY, w, i], stays[of.CAME, w, i], stays[BEHIND + at.TARGET, w, i] = capacity, came, target
    stays[BEHIND + at.MOST, w, i] = max(comers.most_soc[kind] * capacity, target)
    stays[BEHIND + at.LEAST, w, i] = min(came, comers.reserve_soc[kind] * capacity)
    stays[BEHIND + at.CHARGE_KW, w, i] = comers.charge_kw[kind, p]
    stays[BEHIND + at.GIVE_KW, w, i] = comers.give_kw[kind, p] if uniform[5] < comers.consents[kind] else 0.0
    stays[BEHIND + at.CURVE_KW, w, i], stays[BEHIND + at.TAPER_KWH, w, i] = (
        comers.curve_kw[kind, p],
        comers.taper_soc[kind] * capacity,
    )
    stays[BEHIND + at.EFFICIENCY, w, i], stays[BEHIND + at.GIVE_EFFICIENCY, w, i] = (
        comers.efficiency[kind, p],
        comers.give_efficiency[kind, p],
    )
    stays[BEHIND + at.WEAR, w, i] = comers.wear[kind]

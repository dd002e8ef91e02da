"""How many vehicles that stay find a port: whoever comes while all are taken leaves; who comes first is served first.

Let every vehicle take the free port of the lowest number, with as many ports as it takes. What happens at the first n ports then
does not depend on those beyond them, so the vehicles at ports 1 to n are just those that find a place where there are n: one
simulation answers for every number (ordered hunting; Cooper 1981, Introduction to Queueing Theory, section 3.6).
"""

from __future__ import annotations

import heapq
import itertools

import numpy as np

from evplan.parameters.clock import Clock
from evplan.parameters.fleet import Hosting, Stays

FLAT = 1e-12  # a difference of slopes below it is none


def port_numbers(stays: Stays, clock: Clock) -> np.ndarray:
    """Return the number of the port that each vehicle takes, from 1, shape (vehicles,), int.

    Every block is run twice and counted the second time: at its beginning those are there who came before its end.
    """
    begins = np.append(0.0, np.cumsum(clock.step_h))
    arrives, block = begins[stays.step] + stays.offset_h, clock.block[stays.step]
    found = np.zeros(len(stays), int)
    for number in np.unique(block):
        own = np.flatnonzero(block == number)
        own = own[np.argsort(arrives[own], kind="stable")]
        found[own] = _of_block(arrives[own], stays.stay_h[own], float(clock.step_h[clock.block == number].sum()))
    return found


def _of_block(arrives: np.ndarray, stay_h: np.ndarray, length_h: float) -> list[int]:
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    found, ports = [0] * len(arrives), 0
    times, stays = arrives.tolist(), stay_h.tolist()
    for lap in (0.0, length_h):
        for i, time in enumerate(times):
            now = time + lap
            while busy and busy[0][0] <= now:
                heapq.heappush(free, heapq.heappop(busy)[1])
            if free:
                port = heapq.heappop(free)
            else:
                ports += 1
                port = ports
            heapq.heappush(busy, (now + stays[i], port))
            found[i] = port
    return found


def hosting(stays: Stays, clock: Clock) -> Hosting:
    """Return the share of a year's energy that any number of ports hosts."""
    if not stays.energy_kwh.any():
        return Hosting(np.ones(1), np.zeros(0), np.zeros(0))
    by_port = np.bincount(port_numbers(stays, clock), stays.energy_kwh)
    share = np.cumsum(by_port) / by_port.sum()
    return Hosting(share, *majorant(share))


def majorant(share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and intercepts of the least concave line above the points (0, share[0]), (1, share[1]), ..."""
    hull = [0]
    for i in range(1, len(share)):
        while len(hull) > 1 and _slope(share, hull[-2], hull[-1]) <= _slope(share, hull[-1], i) + FLAT:
            hull.pop()
        hull.append(i)
    slopes = np.array([_slope(share, a, b) for a, b in itertools.pairwise(hull)])
    return slopes, share[hull[:-1]] - slopes * np.array(hull[:-1])


def _slope(share: np.ndarray, a: int, b: int) -> float:
    return float((share[b] - share[a]) / (b - a))

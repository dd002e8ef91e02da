"""How many vehicles that stay find a port: whoever comes while all are taken leaves; who comes first is served first.

Let every vehicle take the free port of the lowest number, with as many ports as it takes. What happens at the first n ports then
does not depend on those beyond them, so the vehicles at ports 1 to n are just those that find a place where there are n: one
simulation answers for every number (ordered hunting; Cooper 1981, Introduction to Queueing Theory, section 3.6).
"""

from __future__ import annotations

import heapq

import numpy as np

from evplan.parameters.clock import Clock
from evplan.parameters.fleet import Hosting, Stays

LEVELS = (0.5, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.985, 0.995, 1.0)  # shares of the energy at which groups of ports end
FLAT = 1e-12


def port_numbers(step: np.ndarray, offset_h: np.ndarray, stay_h: np.ndarray, clock: Clock) -> np.ndarray:
    """Return the number of the port that each vehicle takes, from 1, shape (vehicles,), int.

    Every block is run twice and counted the second time: at its beginning those are there who came before its end.
    """
    begins = np.append(0.0, np.cumsum(clock.step_h))
    arrives, block = begins[step] + offset_h, clock.block[step]
    found = np.zeros(len(step), int)
    for number in np.unique(block):
        own = np.flatnonzero(block == number)
        own = own[np.argsort(arrives[own], kind="stable")]
        length_h = float(clock.step_h[clock.block == number].sum())
        found[own] = lowest_free(arrives[own], stay_h[own], (0.0, length_h))
    return found


def lowest_free(arrives: np.ndarray, stay_h: np.ndarray, laps: tuple[float, ...] = (0.0,)) -> list[int]:
    """Return the lowest number, from 1, that is free when each comes, in the order of their coming; the last lap counts.

    arrives, stay_h : shape (vehicles,), h, arrivals rising.  laps : h after which all come again.
    """
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    found, ports = [0] * len(arrives), 0
    times, stays = arrives.tolist(), stay_h.tolist()
    for lap in laps:
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


def hosting(stays: Stays) -> Hosting:
    """Return the share of a year's energy that any number of ports hosts, and ports in groups that share a fate.

    The many ports that are nearly always of use form large groups, the last ones small ones: a plan's ports end among those.
    """
    groups = len(LEVELS)
    if not stays.energy_kwh.any():
        none = np.zeros(groups, int)
        none[-1] = stays.port.max(initial=0)
        return Hosting(np.ones(1), none, np.zeros(groups))
    share = np.cumsum(np.bincount(stays.port, stays.energy_kwh))
    share = share / share[-1]
    ends = np.searchsorted(share, np.array(LEVELS) - FLAT)
    ends[-1] = len(share) - 1  # also of those who want nothing, and take a port
    begins = np.append(0, ends[:-1])
    return Hosting(share, ends - begins, share[ends] - share[begins])


def group_of(stays: Stays, table: Hosting) -> np.ndarray:
    """Return the group that each vehicle's port belongs to, shape (vehicles,), int."""
    return np.minimum(np.searchsorted(np.cumsum(table.ports), stays.port), len(table.ports) - 1)

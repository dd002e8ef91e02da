"""Queue tables: how much energy n ports can carry before drivers wait too long.

    A = lambda / mu          offered load, erlangs; mu = 1 / mean charging time
    B(0) = 1;  B(k) = A B(k-1) / (k + A B(k-1))                     Erlang B
    C(n, A) = B(n) / (1 - (A / n) (1 - B(n)))                       Erlang C
    P(wait > w) = C(n, A) exp(-(n - A) mu w)  <=  wait_probability  M/M/n

Source: Gross, Shortle, Thompson and Harris 2008, Fundamentals of Queueing Theory, chapter 2.
"""

from __future__ import annotations

import math

import numpy as np


def waits_longer(servers: int, load: float, wait_in_services: float) -> float:
    """Return P(wait > w) of M/M/n: `load` in erlangs, w in mean service times."""
    if load >= servers:
        return 1.0
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    waits = blocked / (1 - load / servers * (1 - blocked))
    return waits * math.exp(-(servers - load) * wait_in_services)


def largest_load(servers: int, wait_in_services: float, probability: float) -> float:
    """Return the largest load, erlangs, at which at most `probability` of drivers wait longer than w."""
    from scipy.optimize import brentq

    if servers == 0:
        return 0.0
    return float(
        brentq(lambda load: waits_longer(servers, load, wait_in_services) - probability, 0.0, servers, xtol=1e-9)
    )


def capacity_kw(
    max_count: int, ports: int, port_kw: float, availability: float, session_kwh: float | None,
    max_wait_min: float | None, wait_probability: float, enough_kw: float = math.inf, at_least: int = 0, spare: int = 0,
) -> np.ndarray:  # fmt: skip
    """Return the mean power that 0, 1, ... chargers can carry, shape (counts + 1,), kW.

    Without a waiting limit every port may be busy all the time it works; with one, the load is the
    largest that the queue allows. Ports out of order (1 - availability) carry nothing. The table ends at
    max_count, or at the first count of `at_least` or more that carries `enough_kw`. The first `spare` chargers carry nothing.
    """
    table = [0.0]
    while len(table) <= max_count and (table[-1] < enough_kw or len(table) <= at_least):
        servers = max(0, len(table) - spare) * ports
        if max_wait_min is None or session_kwh is None:
            load = float(servers)
        else:
            load = largest_load(servers, max_wait_min / 60.0 / (session_kwh / port_kw), wait_probability)
        table.append(load * port_kw * availability)
    return np.array(table)

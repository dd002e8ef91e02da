"""What stands at each site, phase by phase.

x[t,j,k]   type k stands at site j, 0 or 1            n[t,j,k]   its ports, whole
y[t,j]     site j is open, 0 or 1                     o[t,j,k]   ports taken away, where some stood before the plan

fewest_k x <= n <= most[j,k] x                        ports of a station
x <= y                                                a station has a site (and y <= sum over k of x where budgets lapse)
n[t] >= n[t-1],  x[t] >= x[t-1]                       what the plan builds stays
n[t] >= n[t-1] - o[t],  x[t] <= x[t-1]                what stood may go, and does not come back
y[t] >= y[t-1]                                        a new site is paid for once

works[t] = site cost (y[t] - y[t-1]) + sum over k of station cost (x[t] - x[t-1]) where nothing of k stood
         + port cost (n[t] - n[t-1] + o[t]) + (removal cost - resale port cost) o[t]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.siting.problem import Problem


def add(block: Any, problem: Problem) -> None:
    """Add the columns of stations, and what ties phases."""
    phases, _, _ = problem.shape
    sites, types = problem.sites, problem.study.types
    may = np.tile(problem.may, (phases, 1, 1))
    stood = np.tile(sites.ports > 0, (phases, 1, 1))
    fixed = stood & (not problem.removable)
    fewest = np.where(stood, 1, np.array([one.ports[0] for one in types]))
    most = np.maximum(sites.most, sites.ports)
    block.x = Columns(may, lower=fixed, upper=1.0, whole=True)
    block.n = Columns(may, lower=np.where(fixed, sites.ports, 0), upper=most, whole=True)
    block.o = Columns(stood & problem.removable, upper=sites.ports)
    block.y = Columns(np.tile(~sites.standing & problem.may.any(axis=1), (phases, 1)), upper=1.0)
    x, n = each(block.x), each(block.n)
    block.fewest_ports = Rows(n - x * fewest >= 0, may, doc="fewest ports of a station")
    block.most_ports = Rows(n - x * most <= 0, may, doc="ports only where a station stands")
    block.station_site = Rows(
        x - each(block.y)[:, :, None] <= 0, may & ~sites.standing[:, None], doc="a station has a site"
    )
    if (
        not problem.study.rules.carry
    ):  # a budget that lapses would pay for a part of it; one that is carried over may as well be kept
        used = each(block.y) - x.sum(2) <= 0
        block.site_station = Rows(used, block.y.where, doc="no site is paid for before a station comes")
    later = may[1:] & ~stood[1:]
    block.built_stays = Rows(x[1:] - x[:-1] >= 0, later, doc="what the plan builds stays")
    block.ports_stay = Rows(n[1:] - n[:-1] >= 0, later, doc="and its ports")
    if problem.removable:
        before = _before(n, sites.ports)
        block.taken_away = Rows(n - before + each(block.o) >= 0, stood, doc="ports that go are taken away")
        block.no_more_than_stood = Rows(
            each(block.o).sum(0) <= sites.ports, sites.ports > 0, doc="only what stood goes"
        )
        block.gone_stays = Rows(x[1:] - x[:-1] <= 0, stood[1:], doc="what is gone does not come back")
    elif stood.any():
        block.grown_stays = Rows(n[1:] - n[:-1] >= 0, stood[1:], doc="ports that stand stay")
    block.site_stays = Rows(
        each(block.y)[1:] - each(block.y)[:-1] >= 0, block.y.where[1:], doc="a site is paid for once"
    )


def works(block: Any, problem: Problem) -> Affine:
    """Return what works cost less what ports earn that go, by phase, shape (T,)."""
    types, sites = problem.study.types, problem.sites
    stood = sites.ports > 0
    x, n, y = each(block.x), each(block.n), each(block.y)
    station, port, removal = (
        np.array([getattr(one, field) for one in types]) for field in ("station_cost", "port_cost", "removal_cost")
    )
    resale = port * np.array([one.resale for one in types])
    opened = (x - _before(x, stood.astype(float))) * np.where(stood, 0.0, station)
    grown = (n - _before(n, sites.ports.astype(float))) * port
    total = (
        opened.sum(1, 2) + grown.sum(1, 2) + ((y - _before(y, np.zeros(len(sites)))) * problem.study.site_cost).sum(1)
    )
    if problem.removable and stood.any():
        total += (each(block.o) * (port + removal - resale)).sum(1, 2)
    return total


def yearly(block: Any, problem: Problem) -> Affine:
    """Return the yearly cost of operation by phase, shape (T,)."""
    return (each(block.n) * np.array([one.om_per_port_year for one in problem.study.types])).sum(1, 2)


def _before(own: Affine, first: np.ndarray) -> Affine:
    """Return what was in the phase before; before the first, what stood."""
    phases = own.shape[0]
    shifted = own[np.maximum(np.arange(phases) - 1, 0)]
    later = (np.arange(phases) > 0).reshape(-1, *([1] * first.ndim)).astype(float)
    return shifted * later + (1 - later) * first

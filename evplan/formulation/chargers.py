"""Chargers: how many of each type, and what they serve.

    another[c,k]       1 if there are at least k chargers of type c                 binary, k = 1 ... max
    capacity_kw[g,y]   mean power that the types of equal efficiency g carry within the waiting limit    >= 0
    full_kw[g,y]       power of group g with every working port busy                >= 0
    served_kw[g,y,t]   power into vehicles from the types of group g                >= 0, <= demand

    another[c,k] <= another[c,k-1]                                                  in_order
    sum over g of served_kw[g,y,t] <= demand_kw[y,t]                                not_more_than_wanted
    capacity_kw[g,y] = sum over c in g, k of (capacity[c,y,k] - capacity[c,y,k-1]) another[c,k]
                                                                                    queue_capacity
    full_kw[g,y] = sum over c in g of full[c,y] * sum over k of another[c,k]        full_capacity
    served_kw[g,y,t] <= demand_kw[y,t] / expected_kw[y,t] * capacity_kw[g,y]        admitted
    served_kw[g,y,t] <= full_kw[g,y]                                                port_power
    sum over g, t in m of served_kwh[g,y,t] >= pledged_kwh[y,m]                     pledge_kept
    sum over m of pledged_kwh[y,m] >= min_served * sum over t of demand_kwh         min_served

The waiting limit holds for the mean number of drivers expected at that time: where more come than the queue
can take, the share that is admitted is capacity / expected. Rows that can never bind are left out. Where no
queue limits the ports, one integer replaces the binaries. Types of equal efficiency share one column a step:
how they split what they serve changes nothing, so `results` splits it by power.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.terms import Terms, linear
from evplan.formulation.values import Values
from evplan.parameters.types import ChargerParameters, SiteParameters

TINY_KWH = 1e-9  # expected energy below it is none: whoever comes then is admitted


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the chargers to the site's block and register their terms."""
    chargers, demand_kw = site.chargers, site.demand_kwh / site.clock.step_h
    groups = efficiency_groups(chargers)
    block.C = pyo.RangeSet(0, len(chargers) - 1)
    block.G = pyo.RangeSet(0, len(groups) - 1)
    steps = [
        (c, k) for c, charger in enumerate(chargers) for k in range(1, 1 + (1 if even(charger) else charger.max_count))
    ]
    block.CK = pyo.Set(initialize=steps, ordered=True, dimen=2)
    block.WANTED_YT = pyo.Set(
        initialize=[(y, t) for y in block.Y for t in np.flatnonzero(demand_kw[y]).tolist()], ordered=True, dimen=2
    )
    block.another = pyo.Var(
        block.CK, domain=pyo.NonNegativeIntegers,
        bounds=lambda b, c, k: (0, chargers[c].max_count if even(chargers[c]) else 1),
    )  # fmt: skip
    block.served_kw = pyo.Var(
        block.G, block.WANTED_YT, domain=pyo.NonNegativeReals, bounds=lambda b, g, y, t: (0, float(demand_kw[y, t]))
    )
    block.in_order = pyo.Constraint(
        [(c, k) for c, k in steps if k > 1], rule=lambda b, c, k: linear([(1.0, b.another[c, k]), (-1.0, b.another[c, k - 1])]) <= 0,
        doc="chargers are counted in order",
    )  # fmt: skip
    if len(groups) > 1:
        block.not_more_than_wanted = pyo.Constraint(
            block.WANTED_YT, rule=lambda b, y, t: linear((1.0, b.served_kw[g, y, t]) for g in b.G) <= float(demand_kw[y, t]),
            doc="vehicles take no more than they want",
        )  # fmt: skip

    _capacities(block, site, groups, steps)
    _limits(block, site, groups, demand_kw)
    _served_share(block, site)
    _register(block, site, terms, groups)


def _capacities(block: Any, site: SiteParameters, groups: list[list[int]], steps: list[tuple[int, int]]) -> None:
    """Tie what a group carries, and what it gives at most, to its counts."""
    chargers = site.chargers
    block.capacity_kw = pyo.Var(block.G, block.Y, domain=pyo.NonNegativeReals)
    block.full_kw = pyo.Var(block.G, block.Y, domain=pyo.NonNegativeReals)

    def carried(b: Any, g: int, y: int) -> Any:
        added = [(-increment(chargers[c], y, k), b.another[c, k]) for c, k in steps if c in groups[g]]
        return linear([(1.0, b.capacity_kw[g, y]), *added]) == 0

    def full(b: Any, g: int, y: int) -> Any:
        added = [(-float(chargers[c].full_kw[y]), b.another[c, k]) for c, k in steps if c in groups[g]]
        return linear([(1.0, b.full_kw[g, y]), *added]) == 0

    block.queue_capacity = pyo.Constraint(block.G, block.Y, rule=carried, doc="ports carry what their queue allows")
    block.full_capacity = pyo.Constraint(
        block.G, block.Y, rule=full, doc="ports give what their number and power allow"
    )


def _limits(block: Any, site: SiteParameters, groups: list[list[int]], demand_kw: np.ndarray) -> None:
    """Limit what is served at each step; a limit that the other always implies gets no row."""
    rush = demand_kw * site.clock.step_h / np.maximum(site.expected_kwh, TINY_KWH)
    slack = [[power_over_capacity([site.chargers[c] for c in group], y) for y in block.Y] for group in groups]
    wanted = [(g, y, t) for g in block.G for y, t in block.WANTED_YT]
    block.ADMITTED = pyo.Set(
        initialize=[(g, y, t) for g, y, t in wanted if rush[y, t] < slack[g][y][1]], ordered=True, dimen=3
    )
    block.POWER = pyo.Set(
        initialize=[(g, y, t) for g, y, t in wanted if rush[y, t] > slack[g][y][0]], ordered=True, dimen=3
    )
    block.admitted = pyo.Constraint(
        block.ADMITTED,
        rule=lambda b, g, y, t: linear([(1.0, b.served_kw[g, y, t]), (-float(rush[y, t]), b.capacity_kw[g, y])]) <= 0,
        doc="no more drivers are admitted than keep the waiting limit",
    )  # fmt: skip
    block.port_power = pyo.Constraint(
        block.POWER, rule=lambda b, g, y, t: linear([(1.0, b.served_kw[g, y, t]), (-1.0, b.full_kw[g, y])]) <= 0,
        doc="ports give no more than their power",
    )  # fmt: skip


def power_over_capacity(chargers: list[ChargerParameters], y: int) -> tuple[float, float]:
    """Return the least and the largest ratio of full power to queue capacity over all counts of a group.

    Without a waiting limit both are minus infinity: only power limits, and no step needs `admitted`.
    """
    if not any(charger.waits for charger in chargers):
        return -np.inf, -np.inf
    ratios = [n * float(c.full_kw[y]) / c.capacity_kw[y, n] for c in chargers for n in range(1, c.max_count + 1)]
    return min(ratios), max(ratios)


def _served_share(block: Any, site: SiteParameters) -> None:
    """Oblige the site to serve its share of each year's energy, by a pledge for each month."""
    if site.min_served <= 0 or not site.demand_kwh.any():
        return
    month, year_h = site.clock.month, site.clock.year_h
    wanted = np.zeros((len(site.years), len(site.clock.month_weight)))
    for y in block.Y:
        np.add.at(wanted[y], month, site.demand_kwh[y] * site.clock.weight)
    served: dict[tuple[int, int], list[tuple[float, Any]]] = {(y, m): [] for y in block.Y for m in block.M}
    for g in block.G:
        for y, t in block.WANTED_YT:
            served[y, int(month[t])].append((float(year_h[t]), block.served_kw[g, y, t]))
    block.pledged_kwh = pyo.Var(
        block.Y, block.M, domain=pyo.NonNegativeReals, bounds=lambda b, y, m: (0, float(wanted[y, m]))
    )
    block.pledge_kept = pyo.Constraint(
        block.Y, block.M, rule=lambda b, y, m: linear([*served[y, m], (-1.0, b.pledged_kwh[y, m])]) >= 0,
        doc="each month serves what it pledges",
    )  # fmt: skip
    block.min_served = pyo.Constraint(
        [y for y in block.Y if wanted[y].any()],
        rule=lambda b, y: linear((1.0, b.pledged_kwh[y, m]) for m in b.M) >= site.min_served * float(wanted[y].sum()),
        doc="demand.min_served: the share of the year's energy that must be served",
    )


def _register(block: Any, site: SiteParameters, terms: Terms, groups: list[list[int]]) -> None:
    wanted = set(block.WANTED_YT)
    chargers, year_h = site.chargers, site.clock.year_h
    terms.demand.append(
        lambda y, t: (
            [(1 / chargers[groups[g][0]].efficiency, block.served_kw[g, y, t]) for g in block.G]
            if (y, t) in wanted
            else []
        )
    )
    terms.capital.append(linear((chargers[c].present_cost, block.another[c, k]) for c, k in block.CK))
    upkeep = linear((chargers[c].om_per_year, block.another[c, k]) for c, k in block.CK)
    for y in block.Y:
        own = [(g, t) for g in block.G for yy, t in block.WANTED_YT if yy == y]
        terms.each_year(y, upkeep)
        terms.each_year(y, linear((-site.price_per_kwh * float(year_h[t]), block.served_kw[g, y, t]) for g, t in own))
        lost = site.turned_away_cost_per_kwh
        wanted_kwh = float(site.demand_kwh[y] @ site.clock.weight)
        if lost > 0:
            away = linear(
                ((-lost * float(year_h[t]), block.served_kw[g, y, t]) for g, t in own), constant=lost * wanted_kwh
            )
            terms.steering.setdefault(y, []).append(away)


def efficiency_groups(chargers: tuple[ChargerParameters, ...]) -> list[list[int]]:
    """Return the indices of charger types that share an efficiency, group by group."""
    groups: dict[float, list[int]] = {}
    for c, charger in enumerate(chargers):
        groups.setdefault(charger.efficiency, []).append(c)
    return list(groups.values())


def even(charger: ChargerParameters) -> bool:
    """Return whether every further charger adds the same capacity (no queue)."""
    added = np.diff(charger.capacity_kw, axis=1)
    return bool(np.allclose(added, added[:, :1], rtol=1e-9)) if added.size else True


def increment(charger: ChargerParameters, y: int, k: int) -> float:
    """Return the capacity that the k-th charger adds, kW."""
    return float(charger.capacity_kw[y, k] - charger.capacity_kw[y, k - 1]) if charger.max_count else 0.0


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return counts by type and the power each type serves, shape (types, years, steps), kW."""
    counts = np.zeros(len(site.chargers), int)
    for (c, _), chosen in zip(block.CK, values.of(block.another), strict=True):
        counts[c] += round(chosen)
    served = np.zeros((len(site.chargers), *site.demand_kwh.shape))
    flows = values.of(block.served_kw).reshape(len(block.G), len(block.WANTED_YT))
    at = np.array(list(block.WANTED_YT), dtype=int).reshape(-1, 2)
    for group, flow in zip(efficiency_groups(site.chargers), flows, strict=True):
        for y in range(len(site.years)):
            own = at[:, 0] == y
            power = np.array([counts[c] * site.chargers[c].full_kw[y] for c in group])
            split = power / power.sum() if power.sum() else np.full(len(group), 1 / len(group))
            served[np.ix_(group, [y], at[own, 1])] = (split[:, None] * np.maximum(flow[own], 0))[:, None, :]
    return {"chargers": counts, "served_kw": served}

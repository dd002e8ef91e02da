"""Sessions: how much of what the vehicles want is served.

    served_kw[g,y,t]     power into vehicles from charger group g (chargers.py)     >= 0, <= demand
    pledged_kwh[y,m]     energy that month m serves at least                        >= 0, <= demand of the month

    sum over g of served_kw[g,y,t] <= demand_kw[y,t]                                not_more_than_wanted
    served_kw[g,y,t] <= demand_kw[y,t] / expected_kw[y,t] * capacity_kw[g,y]        admitted
    served_kw[g,y,t] <= full_kw[g,y]                                                port_power
    sum over g, t in m of served_kwh[g,y,t] >= pledged_kwh[y,m]                     pledge_kept
    sum over m of pledged_kwh[y,m] >= min_served * sum over t of demand_kwh         min_served

The waiting limit holds for the mean number of drivers expected at that time: where more come than the queue
can take, the share that is admitted is capacity / expected. Rows that can never bind are left out. Pledges
let every month be planned by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.chargers import efficiency_groups
from evplan.formulation.terms import Terms
from evplan.linear import Linear, Rows, members
from evplan.parameters.types import ChargerParameters, SiteParameters

TINY_KW = 1e-9  # a queue capacity below it is none


def add(block: Any, site: SiteParameters, terms: Terms, every_row: bool = False) -> None:
    """Limit what the chargers of the block serve, oblige the site to its share, and register what is earned."""
    demand_kw, served_kw = site.demand_kwh / site.clock.step_h, members(block.served_kw)
    if len(block.G) > 1:
        block.not_more_than_wanted = Rows(
            block.WANTED_YT, rule=lambda b, y, t: Linear((1.0, served_kw[g, y, t]) for g in b.G) <= float(demand_kw[y, t]),
            doc="vehicles take no more than they want",
        )  # fmt: skip
    _limits(block, site, every_row)
    _served_share(block, site)
    _register(block, site, terms)


def _limits(block: Any, site: SiteParameters, every_row: bool) -> None:
    """Limit what is served at each step; a limit that the other always implies gets no row."""
    groups, rush = efficiency_groups(site.chargers), site.rush
    served_kw, capacity_kw, full_kw = (members(v) for v in (block.served_kw, block.capacity_kw, block.full_kw))
    ratios = [[power_over_capacity([site.chargers[c] for c in group], y) for y in block.Y] for group in groups]
    slack = [[(0.0, np.inf) if every_row and hi > 0 else (lo, hi) for lo, hi in group] for group in ratios]
    wanted = [(g, y, t) for g in block.G for y, t in block.WANTED_YT]
    block.ADMITTED = pyo.Set(
        initialize=[(g, y, t) for g, y, t in wanted if rush[y, t] < slack[g][y][1]], ordered=True, dimen=3
    )
    block.POWER = pyo.Set(
        initialize=[(g, y, t) for g, y, t in wanted if rush[y, t] >= slack[g][y][0]], ordered=True, dimen=3
    )
    block.admitted = Rows(
        block.ADMITTED,
        rule=lambda b, g, y, t: Linear([(1.0, served_kw[g, y, t]), (-float(rush[y, t]), capacity_kw[g, y])]) <= 0,
        doc="no more drivers are admitted than keep the waiting limit",
    )  # fmt: skip
    block.port_power = Rows(
        block.POWER, rule=lambda b, g, y, t: Linear([(1.0, served_kw[g, y, t]), (-1.0, full_kw[g, y])]) <= 0,
        doc="ports give no more than their power",
    )  # fmt: skip


def power_over_capacity(chargers: list[ChargerParameters], y: int) -> tuple[float, float]:
    """Return the least and the largest ratio of full power to queue capacity over all counts of a group.

    Without a waiting limit both are minus infinity: only power limits, and no step needs `admitted`.
    """
    if not any(charger.waits for charger in chargers):
        return -np.inf, -np.inf
    ratios = [
        c.full_of(n)[y] / max(c.capacity_kw[y, n], TINY_KW)
        for c in chargers
        for n in range(1 + c.spare, c.max_count + 1)
    ] or [1.0]
    return min(ratios), max(ratios)


def _served_share(block: Any, site: SiteParameters) -> None:
    """Oblige the site to serve its share of each year's energy, by a pledge for each month."""
    if (site.min_served <= 0 and not site.pledges) or not site.demand_kwh.any():
        return
    month, year_h, wanted = site.clock.month, site.clock.year_h, wanted_kwh(site)
    served_kw = members(block.served_kw)
    served: dict[tuple[int, int], list[tuple[float, Any]]] = {(y, m): [] for y in block.Y for m in block.M}
    for g in block.G:
        for y, t in block.WANTED_YT:
            served[y, int(month[t])].append((float(year_h[t]), served_kw[g, y, t]))
    block.pledged_kwh = pyo.Var(
        block.Y, block.M, domain=pyo.NonNegativeReals, bounds=lambda b, y, m: (0, float(wanted[y, m]))
    )
    block.pledge_kept = pyo.Constraint(
        block.Y, block.M, rule=lambda b, y, m: Linear([*served[y, m], (-1.0, b.pledged_kwh[y, m])]) >= 0,
        doc="each month serves what it pledges",
    )  # fmt: skip
    if site.min_served <= 0:
        return
    block.min_served = pyo.Constraint(
        [y for y in block.Y if wanted[y].any()],
        rule=lambda b, y: Linear((1.0, b.pledged_kwh[y, m]) for m in b.M) >= site.min_served * float(wanted[y].sum()),
        doc="demand.min_served: the share of the year's energy that must be served",
    )


def wanted_kwh(site: SiteParameters) -> np.ndarray:
    """Return the energy wanted in every month of each modelled year, shape (years, months), kWh."""
    wanted = np.zeros((len(site.years), len(site.clock.month_weight)))
    for y in range(len(site.years)):
        np.add.at(wanted[y], site.clock.month, site.demand_kwh[y] * site.clock.weight)
    return wanted


def even_pledges(site: SiteParameters) -> dict[tuple[str, Any], float]:
    """Return pledges by which every month serves the same share of what it wants, by name and index."""
    if site.managed is not None:
        return {}
    wanted = site.min_served * wanted_kwh(site)
    return {("pledged_kwh", index): float(kwh) for index, kwh in np.ndenumerate(wanted)}


def _register(block: Any, site: SiteParameters, terms: Terms) -> None:
    year_h, lost, served_kw = site.clock.year_h.tolist(), site.turned_away_cost_per_kwh, members(block.served_kw)
    for y in block.Y:
        own = [(year_h[t], served_kw[g, y, t]) for g in block.G for yy, t in block.WANTED_YT if yy == y]
        terms.each_year(y, Linear((-site.price_per_kwh * hours, served) for hours, served in own))
        if lost > 0:
            wanted_kwh = float(site.demand_kwh[y] @ site.clock.weight)
            away = Linear(((-lost * hours, served) for hours, served in own), constant=lost * wanted_kwh)
            terms.steering.setdefault(y, []).append(away)

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

from evplan.formulation.chargers import efficiency_groups
from evplan.formulation.terms import Terms
from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.parameters.types import ChargerParameters, SiteParameters

TINY_KW = 1e-9  # a queue capacity below it is none


def add(block: Any, site: SiteParameters, terms: Terms, every_row: bool = False) -> None:
    """Limit what the chargers of the block serve, oblige the site to its share, and register what is earned."""
    served_kw = each(block.served_kw)
    if len(block.served_kw.where) > 1:
        block.not_more_than_wanted = Rows(
            served_kw.sum(0) <= site.demand_kwh / site.clock.step_h, block.served_kw.where[0],
            doc="vehicles take no more than they want",
        )  # fmt: skip
    _limits(block, site, every_row)
    _served_share(block, site)
    lost, clock = site.turned_away_cost_per_kwh, site.clock
    served_kwh = (clock.year_h * served_kw).sum(0, 2)
    terms.each_year(-site.price_per_kwh * served_kwh)
    if lost > 0:
        terms.steering.append(lost * (site.demand_kwh @ clock.weight - served_kwh))


def _limits(block: Any, site: SiteParameters, every_row: bool) -> None:
    """Limit what is served at each step; a limit that the other always implies gets no row."""
    groups, rush, wanted = efficiency_groups(site.chargers), site.rush, block.served_kw.where
    served_kw, capacity_kw, full_kw = each(block.served_kw), each(block.capacity_kw), each(block.full_kw)
    ratios = [[power_over_capacity([site.chargers[c] for c in group], y) for y in block.Y] for group in groups]
    slack = [[(0.0, np.inf) if every_row and hi > 0 else (lo, hi) for lo, hi in group] for group in ratios]
    least, most = np.moveaxis(
        np.array(slack).reshape(len(groups), len(site.years), 2, 1), 2, 0
    )  # shape (groups, years, 1)
    block.admitted = Rows(
        served_kw - rush * capacity_kw[..., None] <= 0, wanted & (rush < most),
        doc="no more drivers are admitted than keep the waiting limit",
    )  # fmt: skip
    block.port_power = Rows(
        served_kw - full_kw[..., None] <= 0, wanted & (rush >= least), doc="ports give no more than their power"
    )


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
    wanted, served_kwh = wanted_kwh(site), (site.clock.year_h * each(block.served_kw)).sum(0)
    block.pledged_kwh = Columns(wanted.shape, upper=wanted)
    pledged_kwh = each(block.pledged_kwh)
    block.pledge_kept = Rows(
        served_kwh.sum_by(site.clock.month, wanted.shape[1]) - pledged_kwh >= 0, doc="each month serves what it pledges"
    )
    if site.min_served <= 0:
        return
    block.min_served = Rows(
        pledged_kwh.sum(1) >= site.min_served * wanted.sum(axis=1), wanted.any(axis=1),
        doc="demand.min_served: the share of the year's energy that must be served",
    )  # fmt: skip


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

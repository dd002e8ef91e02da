"""Energy metered by the month: lines with tiers, and lines in which export is taken off import.

    net_kwh[y,l,m]        energy of a month that line l bills                                  >= 0
    over_kwh[y,l,m]       energy by which export exceeds import in line l, where netted        >= 0
    month_net_kwh[y,l,m]  import less export of a month, where the year is netted              free

    net - over = sum over t in l and m of (import - export)[y,t] h[t]                          netted, by month
    month_net = that sum; year_net - year_over = sum over m of month_net                       netted, by year

Cost: tiers of net (or year_net) less the surplus price of over (or year_over).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.formulation import tiers
from evplan.formulation.charges import Charges
from evplan.formulation.connection import largest_kw
from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.pairs import members
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Add the metered lines to the site's block and register what they bill."""
    first = site.tariffs[0]
    if not first.lines:
        return
    month, months = site.clock.month, len(site.clock.month_weight)
    applies = np.array([line.applies for line in first.lines])
    metered = np.array([np.bincount(month[own], minlength=months) > 0 for own in applies])  # shape (lines, months)
    add_netted = _by_year if first.netting == "year" else _by_month
    add_netted(block, site, _flows(block, site, applies), metered, charges)


def _flows(block: Any, site: SiteParameters, applies: np.ndarray) -> Affine:
    """Return import, less export where it is netted, of one month inside each line, shape (years, lines, months), kWh."""
    clock = site.clock
    flow_kw = each(block.import_kw) - each(block.export_kw) * bool(site.tariffs[0].netting)
    hours = clock.year_h / clock.month_weight[clock.month]
    return (applies * hours * flow_kw[:, None]).sum_by(clock.month, len(clock.month_weight))


def _by_month(block: Any, site: SiteParameters, flows: Affine, metered: np.ndarray, charges: Charges) -> None:
    where = np.broadcast_to(metered, (len(site.years), *metered.shape))
    netted = np.array([bool(site.tariffs[0].netting)])
    block.net_kwh = Columns(where)
    block.over_kwh = Columns(where & netted)
    net_kwh, over_kwh = each(block.net_kwh), each(block.over_kwh)
    block.netted = Rows(
        net_kwh - over_kwh - flows == 0, where,
        doc="a metered line bills what its months draw, less what they send if netted",
    )  # fmt: skip
    most = _most_kwh(site)
    keys: tiers.Keys = {
        key: ([(1.0, net)], site.tariffs[key[0]].lines[key[1]].tiers, most) for key, net in members(block.net_kwh).items()
    }  # fmt: skip
    charges.monthly += tiers.add(block, "energy", keys, where.shape)
    surplus = np.array([[tariff.surplus_per_kwh] for tariff in site.tariffs])
    charges.monthly.append(-surplus * over_kwh.sum(1))


def _by_year(block: Any, site: SiteParameters, flows: Affine, metered: np.ndarray, charges: Charges) -> None:
    most, months = _most_kwh(site), site.clock.month_weight
    where = np.broadcast_to(metered, (len(site.years), *metered.shape))
    block.month_net_kwh = Columns(where, -most, most)
    block.year_net_kwh = Columns(where.any(axis=2), upper=months.sum() * most)
    block.year_over_kwh = Columns(where.any(axis=2), upper=months.sum() * most)
    month_net, net, over = each(block.month_net_kwh), each(block.year_net_kwh), each(block.year_over_kwh)
    block.netted = Rows(month_net - flows == 0, where, doc="each month brings what it draws less what it sends")
    block.netted_year = Rows(
        net - over - (months * month_net).sum(2) == 0, where.any(axis=2),
        doc="the year bills what its months drew, less what they sent",
    )  # fmt: skip
    price = np.array([[line.tiers[0].price for line in tariff.lines] for tariff in site.tariffs])
    surplus = np.array([[tariff.surplus_per_kwh] for tariff in site.tariffs])
    charges.yearly.append((price * net - surplus * over).sum(1))


def _most_kwh(site: SiteParameters) -> float:
    """Return what the largest connection carries in the longest month, kWh."""
    hours = np.bincount(site.clock.month, site.clock.year_h) / site.clock.month_weight
    return largest_kw(site) * float(hours.max())

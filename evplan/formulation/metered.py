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
import pyomo.environ as pyo

from evplan.formulation import tiers
from evplan.formulation.charges import Charges
from evplan.formulation.connection import largest_kw
from evplan.linear import Linear, Pairs
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Add the metered lines to the site's block and register what they bill."""
    first = site.tariffs[0]
    if not first.lines:
        return
    flows = _flows(block, site)
    if first.netting == "year":
        _by_year(block, site, flows, charges)
    else:
        _by_month(block, site, flows, charges)


def _flows(block: Any, site: SiteParameters) -> dict[tuple[int, int, int], Pairs]:
    """Return import, less export where it is netted, of one month inside each line, kWh."""
    clock, sends = site.clock, set(block.EXPORT_T) if site.tariffs[0].netting else set()
    flows: dict[tuple[int, int, int], Pairs] = {}
    for i, line in enumerate(site.tariffs[0].lines):
        for t in np.flatnonzero(line.applies).tolist():
            m = int(clock.month[t])
            hours = float(clock.year_h[t] / clock.month_weight[m])
            for y in block.Y:
                own = flows.setdefault((y, i, m), [])
                own.append((hours, block.import_kw[y, t]))
                if t in sends:
                    own.append((-hours, block.export_kw[y, t]))
    return flows


def _by_month(block: Any, site: SiteParameters, flows: dict[tuple[int, int, int], Pairs], charges: Charges) -> None:
    block.net_kwh = pyo.Var(list(flows), domain=pyo.NonNegativeReals)
    netted = bool(site.tariffs[0].netting)
    block.over_kwh = pyo.Var(list(flows) if netted else [], domain=pyo.NonNegativeReals)

    def balance(b: Any, y: int, i: int, m: int) -> Any:
        key = (y, i, m)
        over = [(-1.0, b.over_kwh[key])] if netted else []
        return Linear([(1.0, b.net_kwh[key]), *over, *((-c, v) for c, v in flows[key])]) == 0

    block.netted = pyo.Constraint(
        list(flows), rule=balance, doc="a metered line bills what its months draw, less what they send if netted"
    )
    most = _most_kwh(site)
    keys: tiers.Keys = {
        key: ([(1.0, block.net_kwh[key])], site.tariffs[key[0]].lines[key[1]].tiers, most) for key in flows
    }
    for (y, i, m), cost in tiers.add(block, "energy", keys).items():
        charges.monthly[y, m] += cost
        if netted:
            charges.monthly[y, m].append((-site.tariffs[y].surplus_per_kwh, block.over_kwh[y, i, m]))


def _by_year(block: Any, site: SiteParameters, flows: dict[tuple[int, int, int], Pairs], charges: Charges) -> None:
    most, months = _most_kwh(site), site.clock.month_weight.tolist()
    accounts = list(dict.fromkeys((y, i) for y, i, _ in flows))
    block.month_net_kwh = pyo.Var(list(flows), bounds=(-most, most))
    block.year_net_kwh = pyo.Var(accounts, domain=pyo.NonNegativeReals, bounds=(0, sum(months) * most))
    block.year_over_kwh = pyo.Var(accounts, domain=pyo.NonNegativeReals, bounds=(0, sum(months) * most))
    block.netted = pyo.Constraint(
        list(flows),
        rule=lambda b, *key: Linear([(1.0, b.month_net_kwh[key]), *((-c, v) for c, v in flows[key])]) == 0,
        doc="each month brings what it draws less what it sends",
    )  # fmt: skip

    def balance(b: Any, y: int, i: int) -> Any:
        brought = [(-months[m], b.month_net_kwh[yy, ii, m]) for yy, ii, m in flows if (yy, ii) == (y, i)]
        return Linear([(1.0, b.year_net_kwh[y, i]), (-1.0, b.year_over_kwh[y, i]), *brought]) == 0

    block.netted_year = pyo.Constraint(
        accounts, rule=balance, doc="the year bills what its months drew, less what they sent"
    )
    for y, i in accounts:
        tariff = site.tariffs[y]
        charges.yearly[y].append((tariff.lines[i].tiers[0].price, block.year_net_kwh[y, i]))
        charges.yearly[y].append((-tariff.surplus_per_kwh, block.year_over_kwh[y, i]))


def _most_kwh(site: SiteParameters) -> float:
    """Return what the largest connection carries in the longest month, kWh."""
    hours = np.bincount(site.clock.month, site.clock.year_h) / site.clock.month_weight
    return largest_kw(site) * float(hours.max())

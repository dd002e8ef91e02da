"""The host's side of a site: the lease and its share of revenue, less what it pays for, taxed by itself.

Where the host pays for something, sizes are those that are best for host and operator together: the plan prices what either pays for,
and what one pays to the other (lease, share of revenue) is no cost of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.assets.tariff import NO_BILL
from evplan.finance.cashflow import Cashflow, Running, make_cashflow
from evplan.finance.investments import Investments, capex_by_item, parted
from evplan.finance.metrics import Metrics, measure
from evplan.finance.worth import npv
from evplan.instance.finance import Finance
from evplan.instance.host import Host
from evplan.instance.site import Site


@dataclass(frozen=True)
class Hosted:
    """What a site is to its host. pays : construction cost of each thing that the host pays for.

    together_npv : of host and operator, at the operator's rate.
    """

    flow: Cashflow
    metrics: Metrics
    rate: float
    together_npv: float
    pays: dict[str, float]


def hosted(site: Site, items: Investments, operators: Cashflow, finance: Finance) -> Hosted | None:
    """Return the host's side of a site; None where the file names no host. operators : the operator's cash flow."""
    if site.host is None:
        return None
    own, (_, pays) = finance_of(site.host, finance), parted(site, items)
    years, nothing = len(operators.capex) - 1, np.zeros(1)
    idle = Running(nothing, nothing, (NO_BILL,), om=0.0, land=0.0)
    built = make_cashflow(idle, pays.values(), np.ones((years, 1)), own)
    flow = replace(built, revenue=operators.host_share, other_revenue=operators.land)
    worth = npv(flow.net + operators.net, finance.discount_rate, finance.discounting)
    return Hosted(flow, measure(flow, own), own.discount_rate, worth, capex_by_item(pays))


def as_one(site: Site) -> Site:
    """Return a site whose host and operator are one where they are planned as one, else the site."""
    return (
        site.model_copy(update={"host": None, "revenue_share": 0.0, "land_cost_per_year": 0.0})
        if site.is_shared
        else site
    )


def finance_of(host: Host, finance: Finance) -> Finance:
    """Return the host's own money: its rates, no loan."""
    rates = {"discount_rate": host.discount_rate, "tax_rate": host.tax_rate}
    return finance.model_copy(update={"loan": None} | {name: rate for name, rate in rates.items() if rate is not None})

"""The host's side of a site: the lease and its share of revenue, less what it pays for, taxed by itself.

Sizes are those that are best for host and operator together: what either pays for is priced in the plan as if one paid for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.assets.tariff import NO_BILL
from evplan.finance.cashflow import Cashflow, Running, make_cashflow
from evplan.finance.investments import Investments, capex_by_item, parted
from evplan.finance.metrics import Metrics, measure
from evplan.instance.finance import Finance
from evplan.instance.host import Host
from evplan.instance.site import Site


@dataclass(frozen=True)
class Hosted:
    """What a site is to its host. pays : construction cost of each thing that the host pays for."""

    flow: Cashflow
    metrics: Metrics
    rate: float
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
    return Hosted(flow, measure(flow, own), own.discount_rate, capex_by_item(pays))


def finance_of(host: Host, finance: Finance) -> Finance:
    """Return the host's own money: its rates, no loan."""
    rates = {"discount_rate": host.discount_rate, "tax_rate": host.tax_rate}
    return finance.model_copy(update={"loan": None} | {name: rate for name, rate in rates.items() if rate is not None})

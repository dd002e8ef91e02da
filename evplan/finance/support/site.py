"""What the programmes give that a planned site asks for, one after the other."""

from __future__ import annotations

from pathlib import Path

from evplan.finance.cashflow import Cashflow
from evplan.finance.investments import capex_by_item, investments, parted
from evplan.finance.owners import terms_of
from evplan.finance.support.instruments import Deal
from evplan.finance.support.programme import Bought, Supported, supported
from evplan.instance.programme import read_programme
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.solution.tables import SiteSolution


def programmes_of(
    instance: Instance, folder: Path, site: Site, plan: SiteSolution, flow: Cashflow
) -> tuple[Supported, ...]:
    """Return what the programmes give that a site asks for, one after the other."""
    finance, found = instance.finance, []
    deal, bought = Deal(flow, terms_of(finance), finance), bought_at(instance, site, plan)
    rate = finance.discount_rate if finance.support.public_rate is None else finance.support.public_rate
    for use in site.programmes:
        programme = read_programme(use.name, folder)
        found.append(supported(
            deal, bought, site.setting, programme, use.category, use.currency_rate, instance.horizon.start, rate
        ))  # fmt: skip
        deal = found[-1].deal
    return tuple(found)


def bought_at(instance: Instance, site: Site, plan: SiteSolution) -> Bought:
    """Return what the operator adds to a site, by what programmes tell apart."""
    catalogue, (own, _) = instance.catalogue, parted(site, investments(instance, site, plan, None))
    items = capex_by_item(own)
    added_of = {
        c.name: plan.chargers.get(c.name, 0) - site.existing.chargers.get(c.name, 0) for c in catalogue.chargers
    }
    return Bought(
        tuple(
            (added_of[c.name], c.power_kw, c.ports, c.cost, c.install_cost) for c in catalogue.chargers if c.name in own
        ),
        items.get("connection", 0.0),
        sum(cost for name, cost in items.items() if name.startswith("solar")),
        sum(cost for name, cost in items.items() if name.startswith("battery")),
    )

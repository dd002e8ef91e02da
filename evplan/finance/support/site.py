"""What the programmes give that a planned site asks for, one after the other."""

from __future__ import annotations

from pathlib import Path

from evplan.finance.cashflow import Cashflow
from evplan.finance.investments import capex_by_item, investments, parted
from evplan.finance.owners import terms_of
from evplan.finance.support.eligible import Bought, Paid
from evplan.finance.support.instruments import Deal
from evplan.finance.support.programme import Supported, is_credit, supported
from evplan.instance.programme import Programme, ProgrammeUse, read_programme
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.solution.tables import SiteSolution


def programmes_of(
    instance: Instance, folder: Path, site: Site, plan: SiteSolution, flow: Cashflow
) -> tuple[Supported, ...]:
    """Return what the programmes give that a site asks for, one after the other; those that are tax credits alone come last."""
    finance, found = instance.finance, []
    deal, bought = Deal(flow, terms_of(finance), finance), bought_at(instance, site, plan)
    rate = finance.discount_rate if finance.support.public_rate is None else finance.support.public_rate
    paid: Paid = {}
    asked = [(use, read_programme(use.name, folder)) for use in site.programmes]
    for use, programme in sorted(asked, key=lambda pair: credits_only(*pair)):
        found.append(supported(
            deal, bought, site.setting, programme, use.category, use.currency_rate, instance.horizon.start, rate, paid
        ))  # fmt: skip
        deal, paid = found[-1].deal, found[-1].paid
    return tuple(found)


def credits_only(use: ProgrammeUse, programme: Programme) -> bool:
    """Return whether what a site asks a programme for are tax credits alone."""
    category = use.category or next(iter(programme.categories))
    return all(map(is_credit, programme.categories[category].measures))


def bought_at(instance: Instance, site: Site, plan: SiteSolution) -> Bought:
    """Return what the operator adds to a site, by what programmes tell apart."""
    catalogue, (own, _) = instance.catalogue, parted(site, investments(instance, site, plan, None))
    items = {name: cost / instance.finance.built_factor for name, cost in capex_by_item(own).items()}
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

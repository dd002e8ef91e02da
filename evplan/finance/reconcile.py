"""The way from the objective to the net present value, which must leave nothing unexplained.

The model prices battery ageing as it happens and prices demand turned away; the cash flow replaces
cells when they are worn and knows only cash. Both are summed on separate paths, so agreement checks both.
"""

from __future__ import annotations

from evplan.errors import CheckError
from evplan.finance.appraise import Appraised
from evplan.finance.cashflow import Cashflow, refunded
from evplan.finance.grants import worth_of_grant
from evplan.finance.investments import investments, parted
from evplan.finance.worth import npv
from evplan.instance.finance import Finance
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import MONEY_TOLERANCE, money_scale, present_values
from evplan.solution.tables import SiteSolution


def reconcile(
    instance: Instance, site: Site, numbers: SiteParameters, plan: SiteSolution, life: float | None,
    before: Cashflow | None, grant: float, money: Appraised,
) -> dict[str, float]:  # fmt: skip
    """Return the steps from objective to NPV; raise `CheckError` if they do not meet.

    life, before, grant : Years the battery cells last at the plan's own use, what nothing new would bring, and what the site is
        granted, as given to `appraise`.
    """
    parts, finance = present_values(numbers, plan), instance.finance
    items = investments(instance, site, plan, life)
    own, hosts = parted(site, items)
    cells = items.get("battery cells")
    rates = (finance.discount_rate, finance.tax_rate, finance.discounting)
    battery = numbers.battery
    bought = battery.present_cost_per_kwh * (plan.battery_kwh - battery.existing_kwh) if battery else 0.0
    priced = parts["wear"] - bought
    paid = -cells.present_value(*rates) if cells else 0.0
    standing = npv(refunded(before).net, finance.discount_rate, finance.discounting) if before is not None else 0.0
    worth, at_once = money.metrics.npv, refunded(money.flow)
    waiting = worth - npv(at_once.net, finance.discount_rate, finance.discounting)
    granted = grant * worth_of_grant(list(own.values()), finance) if grant else 0.0
    by_host = sum(item.present_value(*rates) for item in hosts.values())
    to_host = _to_host(site, money.flow, before, finance)
    steering = parts["turned away"] + parts["carbon"] + parts["outages"]
    unexplained = worth - waiting - granted - by_host - to_host + standing - (plan.objective - steering - priced + paid)
    scale = max(money_scale(numbers), sum(abs(value) for value in parts.values()))
    if not abs(unexplained) <= MONEY_TOLERANCE * scale:
        raise CheckError(
            f"site {plan.name}: cash flow and objective differ by {unexplained:,.2f} {finance.currency}; the plan is refused",
            {"cash flow": abs(unexplained) / scale},
        )
    return {
        "objective": plan.objective,
        "turned_away_priced": -parts["turned away"],
        "carbon_priced": -parts["carbon"],
        "outages_priced": -parts["outages"],
        "battery_cells_as_priced": -priced,
        "battery_cells_as_paid": paid,
        "nothing_new": -standing,
        "paid_by_host": by_host,
        "paid_to_host": to_host,
        "granted": granted,
        "losses_that_wait": waiting,
        "npv": worth,
        "unexplained": unexplained,
    }


def _to_host(site: Site, flow: Cashflow, before: Cashflow | None, finance: Finance) -> float:
    """Return what the operator pays a host with whom it is planned as one, present value after tax, negative: the plan knows none of it."""
    if not site.is_shared:
        return 0.0
    paid = flow.host_share + flow.land + (before.host_share + before.land if before is not None else 0.0)
    return -(1 - finance.tax_rate) * npv(paid, finance.discount_rate, finance.discounting)

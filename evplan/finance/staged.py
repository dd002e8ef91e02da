"""The cash flow of a site that is built in stages: every stage adds its purchases, every year is run as its stage is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evplan.assets.tariff import Bill
from evplan.finance.appraise import other_revenue, yearly_om
from evplan.finance.cashflow import Cashflow, Running, make_cashflow
from evplan.finance.investments import investments, parted
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.parameters.money import Schedule
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import given_back
from evplan.solution.tables import SiteSolution, sold_kwh

AtStage = tuple[
    int, Site, SiteParameters, SiteSolution
]  # year it is built in, the site as it then stood, its numbers, the plan


def staged_cashflow(instance: Instance, stages: Sequence[AtStage], life: float | None) -> Cashflow:
    """Return the cash flow over all stages. life : years that the battery's cells last, None without one."""
    served, om, land, back = [], [], [], []
    bills: list[Bill] = []
    schedules: list[Schedule] = []
    for built_in, site, numbers, plan in stages:
        years = np.ones(len(numbers.years))
        served.append(sold_kwh(numbers, plan))
        back.append(sum(given_back(numbers, plan)) * years)
        om.append(yearly_om(instance, plan) * years)
        land.append((site.land_cost_per_year if plan.open else 0.0) * years)
        bills += plan.bills
        schedules += parted(site, investments(instance, site, plan, life, built_in))[0].values()
    energy = np.concatenate(served)
    revenue = (stages[0][1].price_per_kwh or 0.0) * energy
    others = np.concatenate([other_revenue(site, plan, sold_kwh(numbers, plan)) for _, site, numbers, plan in stages])
    running = Running(
        energy, revenue, tuple(bills), np.concatenate(om), np.concatenate(land), others, stages[0][1].revenue_share,
        np.concatenate(back),
    )  # fmt: skip
    share = np.concatenate([numbers.share for _, _, numbers, _ in stages], axis=1)
    return make_cashflow(running, schedules, share, instance.finance)

"""Grants from one pot: what a site needs to pay by itself, and whether a portfolio keeps to its limits.

A grant lowers what may be depreciated and what tax credits count, so 1 of it is worth less than 1 after tax; by how much follows
from what it pays for: a plan is given the least with which it pays by its own purchases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evplan.instance.finance import Finance
from evplan.instance.portfolio import Portfolio
from evplan.instance.schema import Instance
from evplan.parameters.money import NO_INCENTIVES, Schedule, discounts, schedule
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution, sold_kwh

Residuals = dict[str, float]


@dataclass(frozen=True)
class Funded:
    """What the limits on a portfolio left of it. Amounts of money in the file's; arrays over sites.

    plans : of every site.  grants : to each.  built : construction cost of each.  worth : what each adds in net present value,
        its grant aside.  objective, bound : of all sites together.
    rural_served, rural_wanted : shape (years,), kWh.  residuals : how far each limit is missed; 0 is kept.
    by_itself : what all sites would be worth without the limits.
    """

    plans: tuple[SiteSolution, ...]
    grants: np.ndarray
    built: np.ndarray
    worth: np.ndarray
    bound: float
    status: str
    rural_served: np.ndarray
    rural_wanted: np.ndarray
    residuals: dict[str, float]
    by_itself: float

    @property
    def objective(self) -> float:
        """Return the sum of the sites' objectives."""
        return sum(plan.objective for plan in self.plans)


def worth_of_grant(built: Sequence[Schedule], finance: Finance) -> float:
    """Return the net present value of a grant of 1 in year 0 for investments, of which it lowers each by the same part."""
    cost, years = sum(float(s.first_cost[0]) for s in built), len(built[0].first_cost) - 1
    discount = discounts(finance.discount_rate, years, finance.discounting)
    relief = sum(finance.tax_rate * (s.first_depreciation @ discount + s.first_book * discount[-1]) for s in built)
    credits = sum(float(s.credit @ discount) for s in built if s.first_cost[0])
    return 1.0 - float(relief + credits) / cost


def least_worth_of_grant(instance: Instance) -> float:
    """Return the least net present value that a grant of 1 in year 0 can have, whatever it pays for."""
    catalogue, finance, years = instance.catalogue, instance.finance, instance.horizon.years
    laws = [NO_INCENTIVES, *(c.incentives.within(c.cost + c.install_cost) for c in catalogue.chargers)]
    laws += [catalogue.solar.incentives.within(catalogue.solar.cost_per_kw)] if catalogue.solar else []
    laws += [catalogue.battery.incentives] if catalogue.battery else []
    return min(worth_of_grant([schedule(1.0, 0.0, years, years, finance, law)], finance) for law in laws)


def grants_needed(
    said: Portfolio, sites: Sequence[SiteParameters], worth: np.ndarray, built: np.ndarray, kept: np.ndarray
) -> np.ndarray:
    """Return the least grants with which every site (or, with cross-subsidy, all together) pays, shape (sites,).

    worth : what each site's plan adds in net present value.  built : its construction cost.  kept : of a grant of 1, each.
    Where a site may have no grant, or not so much, it stays short; `portfolio_residuals` says so.
    """
    if said.subsidy is None:
        return np.zeros(len(sites))
    may = np.array([site.setting in said.subsidy.settings for site in sites])
    lacking = np.maximum(-worth, 0.0) / kept
    wanted = np.where(may, np.minimum(lacking, said.subsidy.max_share * built), 0.0)
    if not said.subsidy.cross_subsidy:
        return wanted
    short = max(0.0, -float(worth.sum())) / float(kept.min())  # of all together, carried by those that are short first
    room = np.where(may, said.subsidy.max_share * built, 0.0) - wanted
    return _part(wanted, short) + _part(room, short - float(wanted.sum()))


def _part(amounts: np.ndarray, total: float) -> np.ndarray:
    """Return amounts scaled down to a total, or as they are if they add up to no more."""
    whole = float(amounts.sum())
    return amounts * min(1.0, max(0.0, total) / whole) if whole > 0 else amounts


def portfolio_residuals(
    said: Portfolio, sites: Sequence[SiteParameters], plans: Sequence[SiteSolution], worth: np.ndarray, built: np.ndarray,
    grants: np.ndarray, kept: np.ndarray,
) -> Residuals:  # fmt: skip
    """Return by how much each limit is missed, relative to its own size; 0 is kept."""
    found = {}
    total = max(1.0, float(built.sum()))
    if said.budget is not None:
        found["budget"] = max(0.0, float(built.sum()) - said.budget) / max(1.0, said.budget)
    if said.subsidy is not None:
        pot, share = said.subsidy.pot, said.subsidy.max_share
        left = worth + kept * grants
        short = -float(left.sum()) if said.subsidy.cross_subsidy else float(np.max(-left))
        may = np.array([site.setting in said.subsidy.settings for site in sites])
        found["pot"] = max(0.0, float(grants.sum()) - pot) / max(1.0, pot)
        found["share"] = max(0.0, float(np.max(grants - np.where(may, share * built, 0.0)))) / total
        found["pays"] = max(0.0, short) / total
    if said.rural_min_served:
        served, wanted = rural_service(sites, plans)
        owed = said.rural_min_served * wanted
        found["rural service"] = float(np.max(np.maximum(owed - served, 0.0) / np.maximum(1.0, owed)))
    return found


def rural_service(sites: Sequence[SiteParameters], plans: Sequence[SiteSolution]) -> tuple[np.ndarray, np.ndarray]:
    """Return the energy served at all rural sites, and wanted there, in each modelled year, kWh."""
    rural = [(site, plan) for site, plan in zip(sites, plans, strict=True) if site.setting == "rural"]
    years = len(sites[0].years)
    served = sum((sold_kwh(site, plan) for site, plan in rural), np.zeros(years))
    return served, sum((site.demand_kwh @ site.clock.weight for site, _ in rural), np.zeros(years))

"""The portfolio: what ties sites together. Every site is a program of its own; these rows stand over their sizes and costs.

    built[i]      construction cost of site i: sum over its sizes of first cost * (size - what stands)
    cost[i]       what the site's program minimises: its net present value after tax with its sign turned
    grant[i]      capital grant in year 0                                              >= 0, 0 where the setting has none
    kept          what a grant of 1 is worth after tax at least, as it lowers depreciation and tax credits

    sum over i of built[i] <= budget                                                   budget
    sum over i of grant[i] <= pot                                                      pot
    grant[i] <= max_share * built[i]                                                   share
    cost[i] - cost of adding nothing <= kept * grant[i]                                pays (with cross_subsidy: summed over i)
    sum over rural i, m of pledged_kwh[i,y,m] >= rural_min_served * wanted[y]          rural_service

The objective is the sum of cost[i]: a grant is no gain, it only lets a site stand that would not pay by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.formulation.sessions import wanted_kwh
from evplan.parameters.types import SiteParameters

Costs = dict[tuple[str, Any], float]  # by component and index


def construction(site: SiteParameters) -> tuple[Costs, float]:
    """Return what a unit of each size costs to build, and what is taken off for what stands."""
    costs: Costs = {}
    stands = 0.0
    for c, charger in enumerate(site.chargers):
        costs |= {("another", (c, k)): charger.first_cost for k in range(1, charger.max_count + 1)}
        stands += charger.first_cost * charger.existing
    costs |= {("step_bought", k): step.first_cost for k, step in enumerate(site.connection_steps)}
    if site.solar is not None:
        solar = site.solar
        costs |= {("solar_kw", a): solar.first_cost_per_kw for a in range(len(solar.arrays))}
        costs["solar_built", None] = solar.first_fixed_cost
        stands += solar.first_cost_per_kw * solar.existing_kw
    if site.battery is not None:
        battery = site.battery
        costs["battery_kwh", None] = battery.first_cost_per_kwh
        costs["battery_kw", None] = battery.first_cost_per_kw
        costs["battery_built", None] = battery.first_fixed_cost
        stands += battery.first_cost_per_kwh * battery.existing_kwh + battery.first_cost_per_kw * battery.existing_kw
    return costs, stands


def owed_kwh(sites: tuple[SiteParameters, ...], share: float) -> np.ndarray:
    """Return what rural sites owe together in every modelled year, shape (years,), kWh."""
    rural = [wanted_kwh(site).sum(axis=1) for site in sites if site.setting == "rural"]
    return share * np.sum(rural, axis=0) if rural else np.zeros(len(sites[0].years))

"""The MILP's objective against a second accountant: every plan's money summed year by year in plain Python."""

from __future__ import annotations

import pytest


def test_net_present_value_of_a_real_plan_in_plain_python(tiny):
    instance, finance = tiny.read.instance, tiny.read.instance.finance
    for i, site in enumerate(instance.sites):
        plan, numbers = tiny.plans[i], tiny.parameters.sites[i]
        hours = numbers.clock.year_h
        first, last = numbers.years
        worth, growth = 0.0, 1 + site.demand.growth_per_year
        dc50 = instance.catalogue.chargers[0]
        assert plan.chargers["dc150"] == 0
        n = plan.chargers["dc50"]
        solar, battery, life = instance.catalogue.solar, instance.catalogue.battery, tiny.lives[i].resimulated_years
        purchases = {0: [(n * (dc50.cost + dc50.install_cost), n * dc50.cost, dc50.life_years)]}
        purchases[0].append((solar.cost_per_kw * plan.solar_kw,) * 2 + (solar.life_years,))
        purchases[0].append((battery.cost_per_kw * plan.battery_kw,) * 2 + (battery.power_life_years,))
        cells = battery.cost_per_kwh * plan.battery_kwh
        purchases[0].append((cells, 0.7 * cells, life))
        capital = sum(cost for cost, _, _ in purchases[0])
        depreciation, replaced, residual, books = [0.0] * 16, [0.0] * 16, 0.0, 0.0
        for cost, again, years in purchases[0]:
            price, year, number = cost, 0, 1
            while True:
                written = 0.0
                for k in range(year + 1, min(year + 10, 15) + 1):
                    depreciation[k] += price / 10
                    written += price / 10
                books += price - written
                following = -(-number * years // 1)
                following = int(following)
                if following >= 15:
                    left = min(1.0, max(0.0, number * years - 15) / years)
                    residual += (price if year else min(cost, again)) * left
                    break
                price, year, number = again * 1.02 ** (following - 1), following, number + 1
                replaced[year] += price
        net = -capital
        for k in range(1, 16):
            grown = (growth ** (k - first) - 1) / (
                growth ** (last - first) - 1
            )  # what has come of the growth until `last`
            late = min(1.0, grown)
            served = (1 - late) * (plan.served_kw[:, 0].sum(axis=0) @ hours) + late * (
                plan.served_kw[:, 1].sum(axis=0) @ hours
            )
            bill = (1 - late) * plan.bills[0].total + late * plan.bills[1].total
            upkeep = n * dc50.om_per_year + 26 * plan.solar_kw
            running = (site.price_per_kwh * served - bill - upkeep - site.land_cost_per_year) * 1.02 ** (k - 1)
            tax = 0.25 * (running - depreciation[k])
            cash = running - tax - replaced[k]
            if k == 15:
                cash += residual - 0.25 * (residual - books)
            worth += cash / 1.08**k
        net += worth
        assert tiny.appraisal.sites[i].metrics.npv == pytest.approx(net, rel=1e-9)
        assert finance.discount_rate == 0.08

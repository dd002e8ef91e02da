"""The case as an oemof-solph energy system; whole numbers, monthly peaks and the steps are rules added to its Pyomo model.

Its storage closes over the year where evplan's closes over each month: its plan may be worth a trifle more.
"""

from __future__ import annotations

import warnings

import pandas as pd
import pyomo.environ as po
from case import Case, told
from oemof import solph
from pyomo.contrib.appsi.solvers.highs import Highs

warnings.simplefilter("ignore")


def system(case: Case) -> tuple[solph.EnergySystem, dict]:
    """Return the energy system and its nodes; costs are present values over the plan's years."""
    s, worth, battery = case.said, case.said["worth"], case.said["battery"]
    index = pd.date_range("2027-01-01", periods=len(case.price) + 1, freq="h")
    es = solph.EnergySystem(timeindex=index, infer_last_interval=False)
    site, vehicles = solph.buses.Bus(label="site"), solph.buses.Bus(label="vehicles")
    most = max([s["existing_kw"], *(step["power_kw"] for step in s["steps"])])
    grid = solph.components.Source(
        label="grid", outputs={site: solph.flows.Flow(nominal_capacity=most, variable_costs=list(worth * case.price))}
    )
    solar = s["solar"]
    sun = solph.components.Source(
        label="sun",
        outputs={
            site: solph.flows.Flow(
                max=list(case.sun),
                nominal_capacity=solph.Investment(
                    ep_costs=solar["cost"] + worth * solar["om"], maximum=solar["max_kw"]
                ),
            )
        },
    )
    top = float(case.demand_kw.max())
    wanted = solph.components.Sink(
        label="wanted", inputs={vehicles: solph.flows.Flow(fix=list(case.demand_kw / top), nominal_capacity=top)}
    )
    away = solph.components.Source(
        label="away", outputs={vehicles: solph.flows.Flow(variable_costs=worth * s["price_per_kwh"])}
    )
    nodes = {"site": site, "vehicles": vehicles, "grid": grid, "sun": sun, "wanted": wanted, "away": away}
    for c in s["chargers"]:
        nodes[c["name"]] = solph.components.Converter(
            label=c["name"], inputs={site: solph.flows.Flow()}, conversion_factors={vehicles: c["efficiency"]},
            outputs={vehicles: solph.flows.Flow(nominal_capacity=solph.Investment(
                ep_costs=(c["cost"] + worth * c["om"]) / c["full_kw"], maximum=c["full_kw"] * c["max_count"]))},
        )  # fmt: skip
    power = solph.Investment(ep_costs=battery["cost_kw"] + worth * battery["om"])
    nodes["battery"] = solph.components.GenericStorage(
        label="battery", inputs={site: solph.flows.Flow(nominal_capacity=power)},
        outputs={site: solph.flows.Flow(nominal_capacity=solph.Investment())},
        inflow_conversion_factor=battery["efficiency"], outflow_conversion_factor=battery["efficiency"], balanced=True,
        nominal_capacity=solph.Investment(ep_costs=battery["cost_kwh"] / battery["usable"], maximum=battery["max_kwh"] * battery["usable"]),
    )  # fmt: skip
    es.add(*nodes.values())
    return es, nodes


def solve(case: Case) -> dict:
    """Return objective (value of the plan)."""
    s = case.said
    es, n = system(case)
    om = solph.Model(es)
    flow, size = om.flow, om.InvestmentFlowBlock.invest
    site, vehicles, battery = n["site"], n["vehicles"], n["battery"]
    om.STEP, om.MONTH = po.RangeSet(0, len(s["steps"]) - 1), po.RangeSet(0, 11)
    om.step, om.peak = po.Var(om.STEP, domain=po.Binary), po.Var(om.MONTH, domain=po.NonNegativeReals)
    limit = s["existing_kw"] + sum(
        (step["power_kw"] - s["existing_kw"]) * om.step[k] for k, step in enumerate(s["steps"])
    )
    om.one_step = po.Constraint(expr=sum(om.step[k] for k in om.STEP) <= 1)
    drawn = {t: flow[n["grid"], site, t] for t in om.TIMESTEPS}
    om.import_limit = po.Constraint(om.TIMESTEPS, rule=lambda m, t: drawn[t] <= limit)
    om.billed = po.Constraint(om.TIMESTEPS, rule=lambda m, t: drawn[t] <= m.peak[int(case.month[t])])
    om.count = po.Var(range(len(s["chargers"])), domain=po.NonNegativeIntegers)
    om.modules = po.Constraint(
        range(len(s["chargers"])),
        rule=lambda m, c: size[n[s["chargers"][c]["name"]], vehicles, 0] == s["chargers"][c]["full_kw"] * m.count[c],
    )
    om.one_inverter = po.Constraint(expr=size[site, battery, 0] == size[battery, site, 0])
    om.one_direction = po.Constraint(
        om.TIMESTEPS, rule=lambda m, t: flow[site, battery, t] + flow[battery, site, t] <= size[site, battery, 0]
    )
    energy = om.GenericInvestmentStorageBlock.invest[battery, 0]
    om.rate = po.Constraint(expr=size[site, battery, 0] <= s["battery"]["max_c_rate"] / s["battery"]["usable"] * energy)
    steps = sum(step["cost"] * om.step[k] for k, step in enumerate(s["steps"]))
    om.objective.expr += s["worth"] * s["demand_price"] * sum(om.peak[m] for m in om.MONTH) + steps
    solver = Highs()
    solver.config.time_limit, solver.config.load_solution = s["cap_s"], False
    solver.config.mip_gap = s["gap"] * s["value_over_cost"]  # the same distance on a cost
    solver.highs_options = {"threads": s["threads"]}
    found = solver.solve(om)
    sales = s["worth"] * (s["price_per_kwh"] * float(case.demand_kw.sum()) - s["fixed"])
    best = found.best_feasible_objective
    capped = "optimal" not in str(found.termination_condition)
    return {"objective": None if best is None else sales - best, "capped": capped}


if __name__ == "__main__":
    told(solve)

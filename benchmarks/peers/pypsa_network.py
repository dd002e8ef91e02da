"""The case as a PyPSA network: buses, links, a store; integer modules; monthly peaks as extra variables (linopy, HiGHS).

PyPSA's store closes over the year where the others close over each month: its plan may be worth a trifle more.
"""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pypsa
import xarray as xr
from case import Case, told

logging.disable(logging.WARNING)


def network(case: Case) -> pypsa.Network:
    """Return the network; costs are present values over the plan's years."""
    s = case.said
    hours = pd.date_range("2027-01-01", periods=len(case.price), freq="h")
    n = pypsa.Network(snapshots=hours)
    worth, battery = s["worth"], s["battery"]

    def series(values: np.ndarray) -> pd.Series:
        return pd.Series(values, index=hours)

    for bus in ("site", "vehicles", "cells"):
        n.add("Bus", bus)
    n.add("Generator", "grid", bus="site", p_nom=s["existing_kw"], marginal_cost=series(worth * case.price))
    for k, step in enumerate(s["steps"]):
        more = step["power_kw"] - s["existing_kw"]
        n.add("Generator", f"step{k}", bus="site", p_nom_extendable=True, p_nom_mod=more, p_nom_max=more,
              capital_cost=step["cost"] / more, marginal_cost=series(worth * case.price))  # fmt: skip
    solar = s["solar"]
    n.add("Generator", "sun", bus="site", p_nom_extendable=True, p_nom_max=solar["max_kw"], p_max_pu=series(case.sun),
          capital_cost=solar["cost"] + worth * solar["om"])  # fmt: skip
    for c in s["chargers"]:
        into = c["full_kw"] / c["efficiency"]  # drawn from the site's bus by one busy charger
        n.add("Link", c["name"], bus0="site", bus1="vehicles", efficiency=c["efficiency"], p_nom_extendable=True, p_nom_mod=into,
              p_nom_max=into * c["max_count"], capital_cost=(c["cost"] + worth * c["om"]) / into)  # fmt: skip
    n.add("Load", "wanted", bus="vehicles", p_set=series(case.demand_kw))
    n.add(
        "Generator", "away", bus="vehicles", p_nom=float(case.demand_kw.max()), marginal_cost=worth * s["price_per_kwh"]
    )
    n.add("Store", "battery", bus="cells", e_nom_extendable=True, e_cyclic=True, e_nom_max=battery["max_kwh"] * battery["usable"],
          capital_cost=battery["cost_kwh"] / battery["usable"])  # fmt: skip
    power = battery["cost_kw"] + worth * battery["om"]
    n.add(
        "Link",
        "charge",
        bus0="site",
        bus1="cells",
        efficiency=battery["efficiency"],
        p_nom_extendable=True,
        capital_cost=power,
    )
    n.add("Link", "discharge", bus0="cells", bus1="site", efficiency=battery["efficiency"], p_nom_extendable=True)
    return n


def solve(case: Case) -> dict:
    """Return objective (value of the plan)."""
    s, n = case.said, network(case)
    model = n.optimize.create_model()
    month = xr.DataArray(case.month, dims="snapshot", coords={"snapshot": n.snapshots}, name="month")
    peak = model.add_variables(lower=0, coords=[pd.RangeIndex(12, name="m")], name="peak")
    power = model["Generator-p"]
    axis = next(d for d in power.dims if d != "snapshot")
    names = ["grid", *(f"step{k}" for k in range(len(s["steps"])))]
    drawn = power.sel({axis: names}).sum(axis)
    model.add_constraints(drawn - peak.sel(m=month) <= 0, name="billed")
    size, gen = model["Link-p_nom"], model["Generator-p_nom"]
    axis_l, axis_g = size.dims[0], gen.dims[0]
    eta, battery = s["battery"]["efficiency"], s["battery"]
    model.add_constraints(
        size.sel({axis_l: "charge"}) - eta * size.sel({axis_l: "discharge"}) == 0, name="one_inverter"
    )
    link = model["Link-p"]
    axis_p = next(d for d in link.dims if d != "snapshot")
    both = link.sel({axis_p: "charge"}) + eta * link.sel({axis_p: "discharge"}) - size.sel({axis_l: "charge"})
    model.add_constraints(both <= 0, name="one_direction")
    model.add_constraints(
        size.sel({axis_l: "charge"}) - battery["max_c_rate"] / battery["usable"] * model["Store-e_nom"].sum() <= 0,
        name="rate",
    )
    if len(s["steps"]) > 1:
        share = sum(
            gen.sel({axis_g: f"step{k}"}) / (step["power_kw"] - s["existing_kw"]) for k, step in enumerate(s["steps"])
        )
        model.add_constraints(share <= 1, name="one_step")
    model.objective = model.objective + s["worth"] * s["demand_price"] * peak.sum()
    status, how = model.solve(
        solver_name="highs",
        io_api="direct",
        mip_rel_gap=gap_of(case),
        time_limit=s["cap_s"],
        threads=s["threads"],
        log_to_console=False,
    )
    sales = s["worth"] * (s["price_per_kwh"] * float(case.demand_kw.sum()) - s["fixed"])
    cost = model.objective.value
    return {
        "objective": None if cost is None else sales - float(cost),
        "capped": how != "optimal",
        "status": f"{status} {how}",
    }


def gap_of(case: Case) -> float:
    """Return the gap on the network's own objective, a cost, that is the gap asked for on the plan's value."""
    return case.said["gap"] * case.said["value_over_cost"]


if __name__ == "__main__":
    told(solve)

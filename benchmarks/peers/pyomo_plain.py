"""The case as a plain Pyomo model, one variable and constraint for each thing said, solved by Pyomo's own HiGHS interface."""

from __future__ import annotations

import pyomo.environ as pyo
from case import Case, told
from pyomo.contrib.appsi.solvers.highs import Highs


def solve(case: Case) -> dict:
    """Return objective (value of the plan) and sizes."""
    s, hours = case.said, range(len(case.price))
    types = s["chargers"]
    eta, worth = s["battery"]["efficiency"], s["worth"]
    m = pyo.ConcreteModel()
    m.T, m.C, m.M, m.K = (
        pyo.Set(initialize=hours),
        pyo.RangeSet(0, len(types) - 1),
        pyo.RangeSet(0, 11),
        pyo.RangeSet(0, len(s["steps"]) - 1),
    )
    positive = {"domain": pyo.NonNegativeReals}
    m.n = pyo.Var(m.C, domain=pyo.NonNegativeIntegers, bounds=lambda m, c: (0, types[c]["max_count"]))
    m.step = pyo.Var(m.K, domain=pyo.Binary)
    m.pv = pyo.Var(bounds=(0, s["solar"]["max_kw"]))
    m.kwh, m.kw = pyo.Var(bounds=(0, s["battery"]["max_kwh"])), pyo.Var(**positive)
    m.draw, m.used, m.charge, m.discharge, m.stored = (pyo.Var(m.T, **positive) for _ in range(5))
    m.peak = pyo.Var(m.M, **positive)
    m.served = pyo.Var(m.C, m.T, **positive)
    first = {month: int((case.month == month).argmax()) for month in range(12)}
    last = {month: len(case.month) - 1 - int((case.month[::-1] == month).argmax()) for month in range(12)}
    before = [last[int(case.month[t])] if t == first[int(case.month[t])] else t - 1 for t in hours]
    limit = s["existing_kw"] + sum(
        (step["power_kw"] - s["existing_kw"]) * m.step[k] for k, step in enumerate(s["steps"])
    )
    m.one = pyo.Constraint(expr=sum(m.step[k] for k in m.K) <= 1)
    m.wanted = pyo.Constraint(m.T, rule=lambda m, t: sum(m.served[c, t] for c in m.C) <= float(case.demand_kw[t]))
    m.ports = pyo.Constraint(m.C, m.T, rule=lambda m, c, t: m.served[c, t] <= types[c]["full_kw"] * m.n[c])
    m.import_limit = pyo.Constraint(m.T, rule=lambda m, t: m.draw[t] <= limit)
    m.billed = pyo.Constraint(m.T, rule=lambda m, t: m.draw[t] <= m.peak[int(case.month[t])])
    m.sun = pyo.Constraint(m.T, rule=lambda m, t: m.used[t] <= float(case.sun[t]) * m.pv)
    m.window = pyo.Constraint(m.T, rule=lambda m, t: m.stored[t] <= s["battery"]["usable"] * m.kwh)
    m.power = pyo.Constraint(m.T, rule=lambda m, t: m.charge[t] + m.discharge[t] <= m.kw)
    m.rate = pyo.Constraint(expr=m.kw <= s["battery"]["max_c_rate"] * m.kwh)
    m.energy = pyo.Constraint(
        m.T, rule=lambda m, t: m.stored[t] == m.stored[before[t]] + eta * m.charge[t] - m.discharge[t] / eta
    )
    m.balance = pyo.Constraint(
        m.T, rule=lambda m, t: m.draw[t] + m.used[t] + m.discharge[t]
        == m.charge[t] + sum(m.served[c, t] / types[c]["efficiency"] for c in m.C)
    )  # fmt: skip
    sales = s["price_per_kwh"] * sum(m.served[c, t] for c in m.C for t in m.T)
    bill = sum(float(case.price[t]) * m.draw[t] for t in m.T) + s["demand_price"] * sum(m.peak[i] for i in m.M)
    upkeep = (
        sum(types[c]["om"] * m.n[c] for c in m.C) + s["solar"]["om"] * m.pv + s["battery"]["om"] * m.kw + s["fixed"]
    )
    capital = (
        sum(types[c]["cost"] * m.n[c] for c in m.C) + sum(step["cost"] * m.step[k] for k, step in enumerate(s["steps"]))
        + s["solar"]["cost"] * m.pv + s["battery"]["cost_kwh"] * m.kwh + s["battery"]["cost_kw"] * m.kw
    )  # fmt: skip
    m.value = pyo.Objective(expr=worth * (sales - bill - upkeep) - capital, sense=pyo.maximize)
    solver = Highs()
    solver.config.time_limit, solver.config.mip_gap, solver.config.load_solution = s["cap_s"], s["gap"], False
    solver.highs_options = {"threads": s["threads"]}
    found = solver.solve(m)
    best = found.best_feasible_objective
    return {
        "objective": best,
        "bound": found.best_objective_bound,
        "capped": "optimal" not in str(found.termination_condition),
    }


if __name__ == "__main__":
    told(solve)

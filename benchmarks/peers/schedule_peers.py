"""A schedule by other routes: HiGHS on the same matrix, a plain Pyomo model through its own HiGHS interface, cvxpy."""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np

from evplan.schedule.model import model
from evplan.schedule.problem import Problem
from evplan.solver.compile import compile_model
from evplan.solver.highs import load

ROUTES: dict[str, dict[str, Any]] = {"simplex": {"solver": "simplex"}, "ipx": {"solver": "ipx", "run_crossover": "off"}}


def highs(problem: Problem, options: dict[str, Any], cap_s: float) -> tuple[float, float]:
    """Return (seconds, objective) of HiGHS by a route on the program that evplan compiles, building included."""
    begun = time.perf_counter()
    own = load(compile_model(model(problem)))
    for option, value in (options | {"time_limit": cap_s}).items():
        own.setOptionValue(option, value)
    own.run()
    done = own.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return time.perf_counter() - begun, own.getInfo().objective_function_value if done else float("nan")


def pyomo(problem: Problem, cap_s: float) -> tuple[float, float]:
    """Return (seconds, objective) of a plain Pyomo model, one variable and constraint for each thing said."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers.highs import Highs

    begun = time.perf_counter()
    columns, steps = problem.columns, range(problem.steps)
    by_session: dict[int, list[int]] = {}
    by_step: dict[int, list[int]] = {}
    for k, (v, t) in enumerate(zip(columns.session.tolist(), columns.step.tolist(), strict=True)):
        by_session.setdefault(v, []).append(k)
        by_step.setdefault(t, []).append(k)
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(len(columns)), bounds=lambda m, k: (0, float(problem.most_kwh[k])))
    m.short = pyo.Var(range(len(problem.sessions)), bounds=lambda m, v: (0, float(problem.want_kwh[v])))
    m.draw = pyo.Var(steps, bounds=lambda m, t: (0, float(problem.limit_kwh[t])))
    m.over, m.export, m.spill = (pyo.Var(steps, domain=pyo.NonNegativeReals) for _ in range(3))
    m.peak = pyo.Var(range(len(problem.demand)), domain=pyo.NonNegativeReals)
    m.service = pyo.Constraint(
        range(len(problem.sessions)),
        rule=lambda m, v: (
            problem.efficiency * sum(m.x[k] for k in by_session.get(v, ())) + m.short[v] == float(problem.want_kwh[v])
        ),
    )
    net = problem.base_kwh - problem.solar_kwh
    m.balance = pyo.Constraint(
        steps, rule=lambda m, t: sum(m.x[k] for k in by_step.get(t, ())) + float(net[t]) == m.draw[t] + m.over[t] - m.export[t] - m.spill[t]
    )  # fmt: skip
    m.sold = pyo.Constraint(steps, rule=lambda m, t: m.export[t] <= float(problem.export_kwh[t]))
    m.sun = pyo.Constraint(steps, rule=lambda m, t: m.spill[t] <= float(problem.solar_kwh[t]))
    m.billed = pyo.Constraint(
        [(j, t) for j, line in enumerate(problem.demand) for t in np.flatnonzero(line.applies).tolist()],
        rule=lambda m, j, t: m.draw[t] + m.over[t] <= problem.step_h * (problem.demand[j].so_far_kw + m.peak[j]),
    )
    price, dear = problem.price.tolist(), (problem.price + problem.excess_price).tolist()
    m.goal = pyo.Objective(
        expr=sum(
            price[t] * m.draw[t] + dear[t] * m.over[t] - float(problem.export_price[t]) * m.export[t] for t in steps
        )
        + sum(line.per_kw * m.peak[j] for j, line in enumerate(problem.demand))
        + sum(float(worth) * m.short[v] for v, worth in enumerate(problem.short_price))
    )
    solver = Highs()
    solver.config.time_limit = cap_s
    solver.config.load_solution = False
    found = solver.solve(m)
    best = found.best_feasible_objective
    return time.perf_counter() - begun, float("nan") if best is None else float(best)


def cvxpy(problem: Problem) -> tuple[float, float] | None:
    """Return (seconds, objective) of a cvxpy model in matrix form, solved by HiGHS through it; None where it is not installed."""
    try:
        import cvxpy as cp
    except ImportError:
        return None
    from scipy.sparse import coo_array

    begun = time.perf_counter()
    count, columns, steps = len(problem.sessions), problem.columns, problem.steps
    ones, every = np.ones(len(columns)), np.arange(len(columns))
    of_session = coo_array((problem.efficiency * ones, (columns.session, every)), shape=(count, len(columns))).tocsr()
    of_step = coo_array((ones, (columns.step, every)), shape=(steps, len(columns))).tocsr()
    x, short = cp.Variable(len(columns), nonneg=True), cp.Variable(count, nonneg=True)
    draw, over, export, spill = (cp.Variable(steps, nonneg=True) for _ in range(4))
    rows: list[Any] = [
        x <= problem.most_kwh, of_session @ x + short == problem.want_kwh, draw <= problem.limit_kwh, export <= problem.export_kwh,
        spill <= problem.solar_kwh, of_step @ x + (problem.base_kwh - problem.solar_kwh) == draw + over - export - spill,
    ]  # fmt: skip
    cost = (
        problem.price @ draw
        + (problem.price + problem.excess_price) @ over
        - problem.export_price @ export
        + problem.short_price @ short
    )
    for line in problem.demand:
        peak = cp.Variable(nonneg=True)
        at = np.flatnonzero(line.applies)
        rows.append((draw + over)[at] / problem.step_h <= line.so_far_kw + peak)
        cost = cost + line.per_kw * peak
    goal = cp.Problem(cp.Minimize(cost), rows)
    goal.solve(solver=cp.HIGHS)
    return time.perf_counter() - begun, float(goal.value)

"""Least powers: nothing lies between nothing and the least, near the continuous optimum, and never better than it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import FLAT, drawn, sessions_of, site_of, with_all
from scipy.optimize import Bounds, LinearConstraint, milp

from evplan.schedule.flows import delivered_kwh
from evplan.schedule.minimum import least_kwh
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

TINY = 1e-6  # kWh


@pytest.mark.parametrize("of", [drawn, with_all])
@pytest.mark.parametrize("seed", range(8))
def test_no_power_lies_between_nothing_and_the_least(of, seed):
    problem = of(seed)
    own = replace(problem.sessions, min_kw=np.minimum(4.14, problem.sessions.max_kw))
    found = solve(replace(problem, sessions=own), limit_s=5.0)
    least = np.minimum(least_kwh(replace(problem, sessions=own)), problem.most_kwh)
    power = found.decision.drawn
    assert not ((power > TINY) & (power < least - TINY)).any()
    free = solve(problem)
    assert found.cost.total >= free.cost.total - 1e-6 * abs(free.cost.total) - 1e-6
    assert free.cost.total - 1e-6 * abs(free.cost.total) - 1e-6 <= found.bound <= found.cost.total * (1 + 1e-6) + 1e-6
    assert (delivered_kwh(problem, found.decision) <= problem.want_kwh + TINY).all()


def test_a_least_power_costs_little_where_stays_are_long():
    count = 12
    sessions = sessions_of(
        np.linspace(7, 9, count), np.full(count, 20.0), np.linspace(8, 20, count), 11.0, min_kw=np.full(count, 1.38)
    )
    assert solve(prepare(site_of(), sessions, Path())).gap < 1e-3


def by_branching(problem):
    """Return the least cost of energy and shortfalls by scipy, with a yes or no for every column."""
    columns, sessions, least = len(problem.columns), len(problem.sessions), least_kwh(problem)
    cost = np.concatenate([problem.price[problem.columns.step], np.zeros(columns), problem.short_price])
    serve = np.zeros((sessions, len(cost)))
    serve[problem.columns.session, np.arange(columns)] = problem.efficiency
    serve[np.arange(sessions), 2 * columns + np.arange(sessions)] = 1.0
    room = np.zeros((problem.steps, len(cost)))
    room[problem.columns.step, np.arange(columns)] = 1.0
    one, none = np.eye(columns), np.zeros((columns, sessions))
    rows = [
        LinearConstraint(serve, problem.want_kwh, problem.want_kwh), LinearConstraint(room, -np.inf, problem.limit_kwh),
        LinearConstraint(np.hstack([one, -np.diag(problem.most_kwh), none]), -np.inf, 0.0),
        LinearConstraint(np.hstack([one, -np.diag(least), none]), 0.0, np.inf),
    ]  # fmt: skip
    whole = np.concatenate([np.zeros(columns), np.ones(columns), np.zeros(sessions)])
    most = np.concatenate([problem.most_kwh, np.ones(columns), problem.want_kwh])
    return milp(cost, constraints=rows, integrality=whole, bounds=Bounds(0, most)).fun


@pytest.mark.parametrize("seed", range(6))
def test_what_is_proved_is_the_optimum_though_it_is_far_above_the_continuous_one(seed):
    random, count = np.random.default_rng(seed), 4
    arrival = random.uniform(8, 11, count)
    sessions = sessions_of(
        arrival,
        arrival + random.uniform(0.5, 3, count),
        random.uniform(0.5, 6, count),
        11.0,
        min_kw=np.full(count, 4.2),
    )
    problem = prepare(site_of(tariff=FLAT, connection={"limit_kw": 9.0}, shortfall_price_per_kwh=3.0), sessions, Path())
    problem = replace(problem, price=problem.price + random.random(problem.steps))
    found = solve(problem)
    assert found.cost.total == pytest.approx(by_branching(problem), rel=1e-4) and found.gap <= 2e-4

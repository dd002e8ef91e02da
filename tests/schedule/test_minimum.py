"""Least powers: nothing lies between nothing and the least, near the continuous optimum, and never better than it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from days import drawn, with_all

from evplan.schedule.flows import delivered_kwh
from evplan.schedule.minimum import least_kwh
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
    assert found.bound == pytest.approx(free.cost.total, rel=1e-6, abs=1e-6)
    assert (delivered_kwh(problem, found.decision) <= problem.want_kwh + TINY).all()


def test_a_least_power_costs_little_where_stays_are_long():
    problem = drawn(4)
    own = replace(
        problem.sessions, min_kw=np.full(len(problem.sessions), 1.38), departure_s=problem.sessions.departure_s + 0.0
    )
    found = solve(replace(problem, sessions=own))
    assert found.gap < 0.01

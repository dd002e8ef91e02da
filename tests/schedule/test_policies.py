"""Policies keep the same limits as the plan, and the plan is never dearer than any of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import drawn, sessions_of, site_of

from evplan.schedule.answer import figures, lacking
from evplan.schedule.flows import cost, flows
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", range(12))
def test_the_plan_is_never_dearer_than_a_policy(name, seed):
    problem = drawn(seed)
    policy, plan = follow(problem, POLICIES[name]), solve(problem)
    assert plan.cost.total <= cost(problem, policy).total + 1e-6 * abs(plan.cost.total) + 1e-9
    assert (policy.drawn <= problem.most_kwh + 1e-9).all()
    got = problem.efficiency * problem.by_session(policy.drawn)
    assert (got <= problem.want_kwh + 1e-9).all()
    roomless = replace(problem, base_kwh=np.zeros(problem.steps), solar_kwh=np.zeros(problem.steps))
    assert flows(roomless, follow(roomless, POLICIES[name])).excess.max() <= 1e-9


def at_noon(**changes):
    return prepare(
        site_of(connection={"limit_kw": 10.0}, **changes), sessions_of([12, 13], [18, 15], [18.4, 9.2]), Path()
    )


def power(problem, name):
    decision = follow(problem, POLICIES[name])
    return [problem.by_step(np.where(problem.columns.session == v, decision.drawn, 0.0)) for v in (0, 1)]


def test_each_policy_by_hand():
    # 20 kWh drawn by the first (12 to 18), 10 by the second (13 to 15); 10 kW, 2.5 kWh a quarter of an hour.
    problem = at_noon()
    soon = power(problem, "as-soon-as-possible")
    assert soon[0][48:56] == pytest.approx([2.5] * 8) and soon[1][56:60] == pytest.approx([2.5] * 4)
    urgent = power(problem, "earliest-deadline")
    assert urgent[1][52:56] == pytest.approx([2.5] * 4) and urgent[0][52:56].sum() == pytest.approx(0.0)
    late = power(problem, "as-late-as-possible")
    # Full power is 11 kW: 2.75 kWh a step; the second begins 10 / 2.75 = 3.6 steps before 15:00, the first 7.3 before 18:00.
    assert late[1][:56].sum() == pytest.approx(0.0) and np.flatnonzero(late[0])[0] == 64
    turns = power(problem, "round-robin")
    # Parts of 0.275 kWh in turn until 2.5 are handed out: five to the first, four and what is left to the second.
    assert (turns[0][52], turns[1][52]) == pytest.approx((5 * 0.275, 2.5 - 5 * 0.275))


def test_who_gets_less_is_told_why():
    problem = prepare(
        site_of(connection={"limit_kw": 5.0}), sessions_of([12, 12, 30], [13, 14, 31], [40, 9, 5]), Path()
    )
    told = {one.name: one.why for one in lacking(problem, solve(problem).decision)}
    assert told["ev0"].startswith("its stay allows 10.1 kWh at 11 kW")
    assert "the connection is full in" in told["ev1"]
    assert told["ev2"] == "it is not plugged in while the plan runs"
    said = figures(problem, solve(problem).decision)
    assert said["satisfaction"] == pytest.approx(10 * 0.92 / 54, abs=1e-4) and said["sessions_short"] == 3
    assert said["peak_kw"] == pytest.approx(5.0)

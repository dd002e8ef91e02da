"""Goals one after the other: fair shares by hand, logarithms by hand, early and smooth plans that cost no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import drawn, sessions_of, site_of, with_all

from evplan.schedule.flows import delivered_kwh
from evplan.schedule.model.goals import late_h
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

FLAT = {"energy": [{"price_per_kwh": 0.2}]}
TIGHT = 1e-9  # slack of goals: a sum of logarithms is flat at its top, where a slack moves shares by its root


def shares(sessions, goals, limit_kw=10.0, **changes):
    problem = prepare(site_of(tariff=FLAT, connection={"limit_kw": limit_kw}, goals=goals, **changes), sessions, Path())
    found = solve(problem)
    return delivered_kwh(problem, found.decision) / problem.want_kwh, found, problem


def test_the_least_share_is_greatest_then_the_next():
    # 10 kW; a and b between 8 and 10 want 18.4 each of 18.4 in all; c alone from 12 to 13 wants 9.2 and gets it all.
    sessions = sessions_of([8, 8, 12], [10, 10, 13], [18.4, 18.4, 9.2], 11.0)
    share, _, _ = shares(sessions, ["fairness"])
    assert share == pytest.approx([0.5, 0.5, 1.0], abs=1e-6)


def test_who_is_held_back_by_a_short_stay_holds_back_nobody_else():
    # a wants 9.2 in the hour that it shares with b and c (10 kWh); they have an hour more. All could have 0.75.
    sessions = sessions_of([8, 8, 8], [9, 10, 10], [9.2, 9.2, 9.2], 11.0)
    share, _, _ = shares(sessions, ["fairness"], 5.0)
    # 10 kWh over two hours for 30: a third each, and a's third fits its hour.
    assert share == pytest.approx([1 / 3] * 3, abs=1e-6)
    late = sessions_of([8, 8, 9], [9, 9, 10], [9.2, 9.2, 9.2], 11.0)
    share, _, _ = shares(late, ["fairness"], 5.0)
    assert share == pytest.approx([0.25, 0.25, 0.5], abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_fairness_first_raises_the_least_share_and_costs_no_less(seed):
    problem = replace(drawn(seed), goals=("fairness", "cost"))
    fair, cheap = solve(problem), solve(replace(problem, goals=("cost",)))
    wants = problem.want_kwh > 1e-9
    least = [
        (delivered_kwh(problem, one.decision) / np.maximum(problem.want_kwh, 1e-12))[wants].min()
        for one in (fair, cheap)
    ]
    assert least[0] >= least[1] - 1e-5
    assert fair.cost.total >= cheap.cost.total - 1e-6 * abs(cheap.cost.total) - 1e-6
    assert fair.gap <= 1e-5


def test_logarithms_give_equal_energy_where_stays_are_equal():
    # sum log(energy) with one shared hour: everybody the same energy, whatever is wanted, as long as nobody is full.
    sessions = sessions_of([8, 8, 8], [9, 9, 9], [9.2, 4.6, 1.0], 11.0)
    share, _, problem = shares(sessions, ["proportional"], 6.0, goal_slack=TIGHT)
    assert share * problem.want_kwh == pytest.approx([2.26, 2.26, 1.0], rel=3e-3)  # 6 * 0.92 = 5.52 less 1, by two


def test_logarithms_weigh_priorities():
    sessions = sessions_of([8, 8], [9, 9], [9.2, 9.2], 11.0, priority=np.array([3.0, 1.0]))
    share, _, problem = shares(sessions, ["proportional"], 6.0, goal_slack=TIGHT)
    assert share * problem.want_kwh == pytest.approx([5.52 * 0.75, 5.52 * 0.25], rel=3e-3)


@pytest.mark.parametrize("goal", ["earliness", "smoothness"])
@pytest.mark.parametrize("of", [drawn, with_all])
@pytest.mark.parametrize("seed", range(4))
def test_a_second_goal_costs_nothing_and_is_better_met(goal, of, seed):
    problem = of(seed)
    plain, second = solve(problem, "highs"), solve(replace(problem, goals=("cost", goal)))
    assert second.cost.total == pytest.approx(plain.cost.total, rel=3e-6, abs=1e-4)

    def worth(found):
        power = (found.decision.drawn - found.decision.given) / problem.columns.hours
        if goal == "earliness":
            return float(late_h(problem) @ found.decision.drawn)
        return sum(
            np.abs(np.diff(power[problem.columns_of(v)], prepend=0, append=0)).sum()
            for v in range(len(problem.sessions))
        )

    assert worth(second) <= worth(plain) * (1 + 1e-6) + 1e-4


def test_early_first_is_as_soon_as_possible():
    sessions = sessions_of([8, 9], [20, 20], [23.0, 4.6], 11.0)
    _, found, problem = shares(sessions, ["earliness", "cost"], 100.0, goal_slack=TIGHT)
    first, second = (found.decision.drawn[problem.columns_of(v)] for v in (0, 1))
    assert first[:9] == pytest.approx([2.75] * 9, abs=1e-5) and first[10:].max() <= 1e-6
    assert second[0] == pytest.approx(2.75, abs=1e-5)

"""The whole linear program: the arrow's optimum where both apply, vehicles that give, a battery, and their energy by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import drawn, sessions_of, site_of, with_all

from evplan.schedule.flows import delivered_kwh, flows, short_kwh
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

EQUAL = 1e-6  # relative
EXACT = 1e-7  # kWh: what HiGHS leaves of a row


@pytest.mark.parametrize("seed", range(20))
def test_the_whole_program_and_the_arrow_agree(seed):
    problem = drawn(seed)
    arrow, whole = solve(problem, "arrow"), solve(problem, "highs")
    assert whole.cost.total == pytest.approx(arrow.cost.total, rel=EQUAL, abs=1e-7)
    assert whole.bound == pytest.approx(whole.cost.total, rel=EQUAL, abs=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_what_the_program_says_it_costs_is_what_its_decision_costs(seed):
    problem = with_all(seed)
    found = solve(problem)
    assert found.solver == "highs"
    # Where energy earns, that nobody takes and gives at once is whole numbers: proved to ten thousandths.
    near = 2e-4 if (problem.price < 0).any() else EQUAL
    assert -EQUAL * abs(found.cost.total) <= found.cost.total - found.bound <= near * abs(found.cost.total) + 1e-6
    without = solve(replace(problem, battery=None, giving=None), "highs")
    assert found.cost.total <= without.cost.total + near * abs(without.cost.total) + 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_energy_is_kept_in_every_battery(seed):
    problem = with_all(seed)
    decision = solve(problem).decision
    assert delivered_kwh(problem, decision) + short_kwh(problem, decision) == pytest.approx(problem.want_kwh, abs=EXACT)
    gain = problem.efficiency * decision.drawn - decision.given / problem.giving.efficiency
    least, most = problem.level_walls
    for v in range(len(problem.sessions)):
        level = np.cumsum(gain[problem.columns.session == v])
        if problem.gives[v] and len(level):
            assert level.min() >= least[v] - EXACT and level.max() <= most[v] + EXACT
        else:
            assert (decision.given[problem.columns.session == v] == 0).all()
    stored = 10.0 + np.cumsum(0.93 * decision.charge - decision.discharge / 0.93)
    assert stored.min() >= -EXACT and stored.max() <= 40 + EXACT and stored[-1] >= 10 - EXACT
    found = flows(problem, decision)
    comes = found.imported + found.excess + problem.solar_kwh + decision.discharge + problem.by_step(decision.given)
    goes = found.exported + found.spilled + problem.base_kwh + decision.charge + problem.by_step(decision.drawn)
    assert comes == pytest.approx(goes, abs=1e-9)


def test_a_vehicle_gives_in_dear_hours_what_it_takes_back_in_cheap_ones():
    # By hand: 20 kWh out between 16:00 and 21:00 carry 10 kWh/h of load; out of the battery 20 / 0.9, back in by / 0.92.
    tariff = {"energy": [{"price_per_kwh": 0.1}, {"price_per_kwh": 0.5, "start": "16:00", "end": "18:00"}]}
    one = {"gives": np.ones(1, bool), "battery_kwh": np.full(1, 60.0), "arrival_soc": np.full(1, 0.8)}
    giving = {"efficiency": 0.9, "wear_per_kwh": 0.05, "depth": 0.5}
    site = site_of(tariff=tariff, load_kw=10.0, giving=giving)
    found = solve(prepare(site, sessions_of([12], [24], [0.0], 22.0, **one), Path()))
    assert found.decision.given.sum() == pytest.approx(20.0)
    assert found.decision.drawn.sum() == pytest.approx(20 / 0.9 / 0.92)
    assert found.cost.paid == pytest.approx(0.1 * (220 + 20 / 0.9 / 0.92) + 0.05 * 20)

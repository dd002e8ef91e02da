"""The arrow's interior point: equal to a simplex on random problems, and certified on its own."""

from __future__ import annotations

import numpy as np
import pytest
from days import drawn
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, eye_array

from evplan.schedule import arrow, fast
from evplan.schedule.flows import cost, short_kwh

EQUAL = 1e-6  # relative: the bar on gaps and objectives


def by_simplex(own: arrow.Arrow) -> float:
    columns, sessions = len(own.cost), len(own.want)
    gains = coo_array((own.gain, (own.session, np.arange(columns))), shape=(sessions, columns))
    picks = coo_array((np.ones(columns), (own.row, np.arange(columns))), shape=(len(own.right), columns))
    rows = block_array([[gains, eye_array(sessions), None], [picks, None, own.shared.matrix()]])
    bounds = np.column_stack([np.zeros(rows.shape[1]), own.all_upper])
    found = linprog(
        own.all_costs, A_eq=rows, b_eq=np.concatenate([own.want, own.right]), bounds=bounds, method="highs-ds"
    )
    assert found.status == 0
    return float(found.fun)


@pytest.mark.parametrize("seed", range(40))
def test_the_arrow_finds_what_the_simplex_finds_and_proves_it(seed):
    problem = drawn(seed)
    found, bound = fast.solve(problem)
    total = cost(problem, found).total
    size = max(abs(total), 1e-9)
    assert 0 <= total - bound + 1e-9 * size <= EQUAL * size
    assert total == pytest.approx(by_simplex(fast.program(problem)), rel=EQUAL, abs=1e-9)


def test_any_duals_give_a_bound():
    problem = drawn(3)
    program, random = fast.program(problem), np.random.default_rng(0)
    best = by_simplex(program)
    for _ in range(50):
        assert program.bound(random.normal(0, 1, len(program.want)), random.normal(0, 1, len(program.right))) <= best


@pytest.mark.parametrize("seed", range(10))
def test_no_vehicle_gets_more_than_it_wants_or_faster_than_it_takes(seed):
    problem = drawn(seed)
    found, _ = fast.solve(problem)
    assert (found.drawn >= 0).all() and (found.drawn <= problem.most_kwh * (1 + 1e-12)).all()
    got = problem.efficiency * problem.by_session(found.drawn)
    assert (got <= problem.want_kwh * (1 + 1e-12)).all()
    assert got + short_kwh(problem, found) == pytest.approx(problem.want_kwh)

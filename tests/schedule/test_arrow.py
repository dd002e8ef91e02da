"""The arrow's interior point: equal to a simplex on random problems, and certified on its own."""

from __future__ import annotations

import types
from dataclasses import replace

import numpy as np
import pytest
from days import drawn
from numba.core.caching import FunctionCache
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, eye_array

from evplan import compiled
from evplan.schedule import arrow, fast
from evplan.schedule.arrow import newton, rows
from evplan.schedule.arrow.shared import Shared
from evplan.schedule.flows import cost, short_kwh
from evplan.schedule.guess import guess

EQUAL = 1e-6  # relative: the bar on gaps and objectives


def by_simplex(own: arrow.Arrow) -> float:
    columns, sessions = len(own.cost), len(own.want)
    gains = coo_array((own.gain[own.session], (own.session, np.arange(columns))), shape=(sessions, columns))
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
    solved = fast.solve(problem)
    found, bound = solved.decision, solved.bound
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
    found = fast.solve(problem).decision
    assert (found.drawn >= 0).all() and (found.drawn <= problem.most_kwh * (1 + 1e-12)).all()
    got = problem.efficiency * problem.by_session(found.drawn)
    assert (got <= problem.want_kwh * (1 + 1e-12)).all()
    assert got + short_kwh(problem, found) == pytest.approx(problem.want_kwh)


@pytest.mark.parametrize("seed", range(12))
def test_newtons_equations_are_solved_whatever_lines_apply_when(seed):
    random, own = np.random.default_rng(seed), fast.program(drawn(seed))
    lines = int(random.integers(0, 4))
    shared = Shared(random.random((lines, own.shared.steps)) < random.random((lines, 1)), own.shared.step_h)
    size = 4 * shared.steps + lines + int(shared.applies.sum())
    own = replace(
        own, shared=shared, right=random.normal(size=shared.steps + int(shared.applies.sum())), shared_cost=np.zeros(size),
        shared_upper=np.ones(size),
    )  # fmt: skip
    columns, sessions = len(own.cost), len(own.want)
    gains = coo_array((own.gain[own.session], (own.session, np.arange(columns))), shape=(sessions, columns))
    picks = coo_array((np.ones(columns), (own.row, np.arange(columns))), shape=(len(own.right), columns))
    dense = block_array([[gains, eye_array(sessions), None], [picks, None, shared.matrix()]]).toarray()
    theta, begin = 10 ** random.uniform(-4, 4, dense.shape[1]), columns + sessions + 4 * shared.steps
    values, duals = random.normal(size=dense.shape[1]), random.normal(size=len(dense))
    found, across = np.empty(len(dense)), np.empty(dense.shape[1])
    rows.times(own.layout, values, found)
    rows.transposed(own.layout, duals, across)
    assert found == pytest.approx(dense @ values, abs=1e-11)
    assert across == pytest.approx(dense.T @ duals, abs=1e-11)
    matrix = newton.room(own.layout, len(dense))
    assert newton.factor(own.layout, theta, matrix)
    pull, dual, peaks = random.normal(size=lines), duals.copy(), np.empty(lines)
    newton.solve(own.layout, matrix, pull, dual, peaks)
    rest, free = np.delete(np.arange(dense.shape[1]), np.arange(begin, begin + lines)), slice(begin, begin + lines)
    left = (dense[:, rest] * theta[rest]) @ (dense[:, rest].T @ dual) + dense[:, free] @ peaks
    assert left == pytest.approx(duals, abs=1e-7)
    assert dense[:, free].T @ dual - peaks / theta[free] == pytest.approx(pull, abs=1e-7)


@pytest.mark.parametrize("seed", range(30))
def test_a_guess_changes_nothing_but_the_way(seed):
    problem = drawn(seed)
    own = fast.program(problem)
    begun = guess(replace(problem, limit_kwh=problem.limit_kwh + 1e4), own)
    assert begun is not None
    assert guess(replace(problem, limit_kwh=np.zeros(problem.steps)), own) is None or problem.want_kwh.sum() == 0
    found = fast.solve(problem).decision
    assert cost(problem, found).total == pytest.approx(arrow.solve(own, 1e-9).bound, rel=EQUAL, abs=1e-9)


def test_columns_that_are_no_stay_are_refused():
    own = fast.program(drawn(3))
    row = own.row.copy()
    row[1] += 1
    with pytest.raises(ValueError, match="consecutive steps"):
        arrow.solve(replace(own, row=row), 1e-9)
    with pytest.raises(ValueError, match="consecutive steps"):
        arrow.solve(replace(own, row=own.row + own.shared.steps), 1e-9)


def doubled(values):
    for k in range(len(values)):
        values[k] *= 2.0


@pytest.fixture
def loop(monkeypatch, tmp_path):
    """Return a loop of its own, kept in a folder of its own."""
    monkeypatch.setattr(compiled.numba.config, "CACHE_DIR", str(tmp_path))
    return lambda: compiled.compiled(types.FunctionType(doubled.__code__, globals(), "doubled"))


def test_what_is_kept_is_used_again_and_known_by_every_file_of_the_room(loop, tmp_path, monkeypatch):
    first, again = loop(), loop()
    first(np.ones(3))
    again(np.ones(3))
    assert not first.stats.cache_hits and again.stats.cache_hits
    monkeypatch.setattr(compiled, "_sources", lambda room: "another")
    other = loop()
    other(np.ones(3))
    assert not other.stats.cache_hits


@pytest.mark.parametrize("how", ["broken", "full", "nowhere"])
def test_trouble_with_what_is_kept_stops_nobody(loop, tmp_path, monkeypatch, how):
    loop()(np.ones(3))
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert kept
    if how == "broken":
        for file in kept:
            file.write_bytes(b"no pickle")
    if how == "full":
        for file in kept:
            file.unlink()
        monkeypatch.setattr(
            FunctionCache, "save_overload", lambda *_: (_ for _ in ()).throw(OSError(28, "no space left"))
        )
    if how == "nowhere":
        monkeypatch.setattr(
            compiled.Kept, "__init__", lambda *_: (_ for _ in ()).throw(RuntimeError("no locator available"))
        )
    values, later = np.ones(3), loop()
    later(values)
    assert values.tolist() == [2.0, 2.0, 2.0] and not later.stats.cache_hits
    if how == "broken":  # it was taken away, and is whole again
        healed = loop()
        healed(values)
        assert healed.stats.cache_hits

"""Expressions over arrays against the same summed in numpy, place by place."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

from evplan.linear.affine import Affine, Total, each, gathered
from evplan.linear.columns import Columns, grid
from evplan.linear.labels import Labels
from evplan.linear.rows import Rows
from evplan.solver.compile import compile_model

WHERE = np.array([[True, False, True], [True, True, False]])
X = np.array([[2.0, 0.0, 3.0], [5.0, 7.0, 0.0]])  # a value of every column, 0 where there is none


@pytest.fixture
def model() -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.x = Columns(WHERE, lower=1.0, upper=np.array([10.0, 20.0, 30.0]))
    return model


def at(affine: Affine) -> np.ndarray:
    """Return an expression's value where every column is as in X, summed from its pairs."""
    shape = affine.shape
    found = [sum(f * X[v.index()] for f, v in pairs) for pairs in affine.pairs(np.ones(shape, bool))]
    return np.reshape(found, shape) + affine.constant


CASES = {
    "times and plus": (lambda x: 3.0 * x + 1.0, 3 * X + 1),
    "minus an array": (lambda x: x - WHERE, X - WHERE),
    "a number minus": (lambda x: 4.0 - x / 2.0, 4 - X / 2),
    "a row": (lambda x: x[1], X[1]),
    "a step before": (lambda x: x[:, [2, 0, 1]], X[:, [2, 0, 1]]),
    "a new axis": (lambda x: x[:, None] * np.array([[1.0], [2.0]]), X[:, None] * np.array([[1.0], [2.0]])),
    "over the last axis": (lambda x: x.sum(-1), X.sum(-1)),
    "over the first axis": (lambda x: (np.array([[1.0], [10.0]]) * x).sum(0), X[0] + 10 * X[1]),
    "over all": (lambda x: x.sum(), X.sum()),
    "over groups": (lambda x: x.sum_by(np.array([0, 1, 0]), 2), np.stack([X[:, 0] + X[:, 2], X[:, 1]], axis=1)),
    "a group of none": (lambda x: x.sum_by(np.array([0, -1, 0]), 1), (X[:, 0] + X[:, 2])[:, None]),
    "two together": (lambda x: x[0] + 2.0 * x[1], X[0] + 2 * X[1]),
}


@pytest.mark.parametrize("case", CASES)
def test_an_expression_is_what_numpy_makes_of_it(model, case):
    made, expected = CASES[case]
    assert at(made(each(model.x))) == pytest.approx(np.asarray(expected))


def test_pairs_are_gathered_where_they_belong(model):
    made = gathered((2,), {(1,): [(2.0, model.x[0, 2]), (-1.0, model.x[1, 0])]})
    assert at(made).tolist() == [0.0, 2 * 3 - 5]


def test_columns_are_only_where_they_are_said_to_be_and_keep_their_bounds(model):
    assert list(model.x) == [(0, 0), (0, 2), (1, 0), (1, 1)]
    assert [model.x[i].bounds for i in model.x] == [(1.0, 10.0), (1.0, 30.0), (1.0, 10.0), (1.0, 20.0)]
    assert grid(model.x).tolist() == [[0, -1, 1], [2, 3, -1]]


@pytest.mark.parametrize("early", [False, True], ids=["as arrays", "once its members are made"])
def test_rows_are_the_same_whether_or_not_their_members_were_made(model, early):
    x = each(model.x)
    model.low = Rows(x[0] + x[1] >= np.array([1.0, -np.inf, 3.0]), doc="some have no limit")
    model.same = Rows((x.sum(1) == 4.0), np.array([False, True]))
    model.cost = pyo.Objective(expr=Total((2.0 * x).sum()))
    if early:
        assert len(list(model.low.values())) == 3
        assert len(list(model.x.values())) == 4
    program = compile_model(model)
    assert program.matrix.toarray().tolist() == [[1, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 1]]
    assert program.row_lower.tolist() == [1.0, -np.inf, 3.0, 4.0]
    assert program.row_upper.tolist() == [np.inf, np.inf, np.inf, 4.0]
    assert program.cost.tolist() == [2.0] * 4
    assert program.rows.name_of(3) == "same"
    assert program.rows.index_of(3) == 1


def test_a_cloned_model_is_the_same_program(model):
    model.least = Rows(each(model.x).sum(1) >= 3.0)
    model.cost = pyo.Objective(expr=Total(each(model.x).sum()))
    mine, copied = compile_model(model), compile_model(model.clone())
    assert (mine.matrix != copied.matrix).nnz == 0
    for name in ("cost", "row_lower", "row_upper", "lower", "upper"):
        assert getattr(copied, name).tolist() == getattr(mine, name).tolist()


def test_a_total_may_stand_in_any_expression(model):
    model.budget = pyo.Constraint(expr=Total((3.0 * each(model.x)).sum()) <= 5.0)
    model.cost = pyo.Objective(expr=2.0 * Total(each(model.x).sum() + 1.0))
    program = compile_model(model)
    assert program.matrix.toarray().tolist() == [[3.0] * 4]
    assert program.cost.tolist() == [2.0] * 4
    assert program.offset == 2.0


@pytest.mark.parametrize("indices", [[-1, 0, 1], ["a", "b"]])
def test_indices_that_are_no_places_are_refused(indices):
    model = pyo.ConcreteModel()
    model.odd = pyo.Var(indices)
    with pytest.raises(ValueError, match="odd: indices"):
        each(model.odd)


def test_labels_keep_whose_a_column_is_when_some_are_left_out(model):
    model.y = pyo.Var([0, 1])
    labels = Labels([model.x, model.y], [model.x.indices, [0, 1]])
    labels.keep(np.array([1, 3, 5]))
    assert [(labels.name_of(i), labels.index_of(i)) for i in range(len(labels))] == [
        ("x", (0, 2)),
        ("x", (1, 1)),
        ("y", 1),
    ]
    assert labels.of("x").tolist() == [0, 1]
    assert labels.grid(model.x).tolist() == [[-1, -1, 0], [-1, 1, -1]]
    assert labels.grid(model.y).tolist() == [-1, 2]
    assert labels[2] is model.y[1]

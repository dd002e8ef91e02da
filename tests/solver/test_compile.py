"""A compiled model is what Pyomo's own compiler makes of it."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from evplan.errors import EvplanError
from evplan.formulation import site as formulation
from evplan.linear.pairs import Linear
from evplan.solver.compile import compile_model
from tests.support import three_step_site


def small() -> pyo.ConcreteModel:
    """A model with every form of expression that a row may have."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var([0, 1, 2], bounds=(0, 9))
    model.unused, model.whole = pyo.Var(), pyo.Var(domain=pyo.Binary)
    model.sum = pyo.Constraint(expr=Linear([(2.0, model.x[0]), (-1.0, model.x[1])], 3.0) <= 7)
    model.twice = pyo.Constraint(expr=Linear([(1.0, model.x[0]), (1.0, model.x[0]), (0.0, model.x[2])]) >= 1)
    model.plain = pyo.Constraint(expr=model.x[0] + 2 * (model.x[1] - model.whole) / 4 == 0.5)
    model.range = pyo.Constraint(expr=(1, model.x[1] + model.x[0], 4))
    model.off = pyo.Constraint(expr=model.x[0] <= 0)
    model.off.deactivate()
    model.objective = pyo.Objective(
        expr=3.0 * Linear([(1.0, model.x[0])], 2.0) + model.x[1] + Linear([(4.0, model.whole)])
    )
    return model


@pytest.mark.parametrize("model", [small, lambda: formulation.build(three_step_site())], ids=["every form", "a site"])
def test_a_compiled_model_is_what_pyomo_makes_of_it(model):
    model = model()
    own, theirs = compile_model(model), LinearStandardFormCompiler().write(model, mixed_form=True)
    place = {id(variable): i for i, variable in enumerate(own.columns)}
    assert set(place) >= {id(variable) for variable in theirs.columns}
    row = {id(constraint): i for i, constraint in enumerate(own.rows)}
    at = [place[id(variable)] for variable in theirs.columns]
    matrix = own.matrix.toarray()
    for i, (entry, limit) in enumerate(zip(theirs.rows, theirs.rhs, strict=True)):
        mine = row[id(entry.constraint)]
        assert matrix[mine, at] == pytest.approx(theirs.A[[i]].toarray().ravel())
        assert np.delete(matrix[mine], at) == pytest.approx(0)
        if entry.bound_type <= 0:
            assert own.row_lower[mine] == pytest.approx(limit)
        if entry.bound_type >= 0:
            assert own.row_upper[mine] == pytest.approx(limit)
    assert own.cost[at] == pytest.approx(theirs.c.toarray().ravel())
    assert own.offset == pytest.approx(theirs.c_offset[0])


def test_bounds_wholeness_and_fixed_values_are_read():
    model = small()
    model.x[1].fix(4.0)
    program = compile_model(model)
    at = {id(variable): i for i, variable in enumerate(program.columns)}
    assert id(model.unused) not in at and id(model.x[2]) not in at
    assert (program.lower[at[id(model.x[1])]], program.upper[at[id(model.x[1])]]) == (4.0, 4.0)
    assert (program.lower[at[id(model.x[0])]], program.upper[at[id(model.x[0])]]) == (0.0, 9.0)
    assert program.integer.tolist() == [variable is model.whole for variable in program.columns]


def test_what_is_not_linear_is_refused():
    model = small()
    model.square = pyo.Constraint(expr=model.x[0] ** 2 <= 3)
    with pytest.raises(EvplanError, match="not linear"):
        compile_model(model)


def test_pyomo_itself_can_read_such_expressions(tmp_path):
    model = small()
    model.write(str(tmp_path / "small.lp"), io_options={"symbolic_solver_labels": True})
    assert "+2.0 x(0)" in (tmp_path / "small.lp").read_text()
    assert pyo.value(Linear([(2.0, model.x[0])], 1.0), exception=False) is None
    model.x[0].set_value(3.0)
    assert pyo.value(Linear([(2.0, model.x[0])], 1.0)) == 7.0

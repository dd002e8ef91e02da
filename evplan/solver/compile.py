"""Compile a Pyomo model once to a sparse matrix.

minimise cost x + offset   subject to   row_lower <= A x <= row_upper,  lower <= x <= upper,
x[i] integer where integer[i]
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pyomo.environ import Constraint, Objective, Var
from scipy.sparse import csc_array, csr_array

from evplan.linear.columns import Columns
from evplan.linear.labels import Labels
from evplan.linear.pairs import members
from evplan.solver.reading import Reader

NOBODY = Labels((), ())


@dataclass(frozen=True)
class Program:
    """A compiled model. `columns` and `rows` say whose they are, in matrix order; empty where nobody will ask."""

    matrix: csc_array  # shape (rows, columns)
    cost: np.ndarray
    offset: float
    row_lower: np.ndarray
    row_upper: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray  # bool
    columns: Labels = NOBODY
    rows: Labels = NOBODY

    @cached_property
    def by_row(self) -> csr_array:
        """Return the matrix by rows."""
        return csr_array(self.matrix)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Pause the collector: millions of small model objects are all alive, so looking for dead ones wastes seconds."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_model(model: Any) -> Program:
    """Return a linear Pyomo model (one objective, minimised) as matrices.

    Columns stand in the order in which the model declares its variables; those that nothing mentions are left out.

    Raises `EvplanError` if an expression is not linear.
    """
    with no_garbage_collection():
        variables = list(model.component_objects(Var))
        columns = Labels(variables, [_keys(variable) for variable in variables])
        (goal,) = model.component_data_objects(Objective, active=True)
        constraints = list(model.component_objects(Constraint, active=True))
        reader = Reader(variables, columns.start)
        offset = reader.goal(goal.expr)
        limits = [reader.rows(constraint) for constraint in constraints]
        matrix = reader.matrix()
        bounds = np.concatenate([np.zeros((0, 3)), *(_bounds(variable) for variable in variables)])
    mentioned = np.flatnonzero(np.bincount(matrix.indices, minlength=len(columns)))
    columns.keep(mentioned)
    by_column, (lower, upper, integer) = csc_array(matrix)[:, mentioned], bounds[mentioned].T
    return Program(
        matrix=by_column[1:],
        cost=by_column[[0]].toarray().ravel(),
        offset=offset,
        row_lower=np.concatenate([np.zeros(0), *(lower for _, lower, _ in limits)]),
        row_upper=np.concatenate([np.zeros(0), *(upper for _, _, upper in limits)]),
        lower=lower,
        upper=upper,
        integer=integer.astype(bool),
        columns=columns,
        rows=Labels(constraints, [keys for keys, _, _ in limits]),
    )


def _keys(variable: Any) -> Any:
    return variable.indices if isinstance(variable, Columns) else list(members(variable))


def _bounds(variable: Any) -> np.ndarray:
    """Return bounds of a variable's columns, and whether they are whole numbers, shape (columns, 3)."""
    if isinstance(variable, Columns) and variable.made is None:
        return np.column_stack([*variable.bounds, np.full(len(variable), float(variable.whole))])
    own = members(variable).values()
    found = np.array([(*member.bounds, not member.is_continuous()) for member in own], float).reshape(-1, 3)
    fixed = np.array([member.fixed for member in own], bool)
    found[fixed] = [(member.value, member.value, 0.0) for member in own if member.fixed] or np.zeros((0, 3))
    found[:, 0] = np.where(np.isnan(found[:, 0]), -np.inf, found[:, 0])  # None becomes NaN
    found[:, 1] = np.where(np.isnan(found[:, 1]), np.inf, found[:, 1])
    return found

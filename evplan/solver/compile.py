"""Compile a Pyomo model once to a sparse matrix.

minimise cost x + offset   subject to   row_lower <= A x <= row_upper,  lower <= x <= upper,
x[i] integer where integer[i]
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from pyomo.core.base import value
from pyomo.core.expr import (
    EqualityExpression,
    InequalityExpression,
    MonomialTermExpression,
    ProductExpression,
    SumExpression,
)  # fmt: skip
from pyomo.environ import Constraint, Objective, Var
from pyomo.repn import generate_standard_repn
from scipy.sparse import csc_array, csr_array

from evplan.errors import EvplanError
from evplan.linear import Linear, members

NUMBERS = (float, int, np.float64)
TWO_SIDED = (InequalityExpression, EqualityExpression)


@dataclass(frozen=True)
class Program:
    """A compiled model. `columns` are Pyomo variables, `rows` its constraints, in matrix order."""

    matrix: csc_array  # shape (rows, columns)
    cost: np.ndarray
    offset: float
    row_lower: np.ndarray
    row_upper: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray  # bool
    columns: list[Any]
    rows: list[Any]

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

    Columns stand in the order in which the model declares its variables; those that nothing mentions are left out. A
    `Linear` is read off at once, sums and products term by term; anything else is left to Pyomo.

    Raises `EvplanError` if an expression is not linear.
    """
    with no_garbage_collection():
        variables = [variable for component in model.component_objects(Var) for variable in members(component).values()]
        rows = [
            row
            for component in model.component_objects(Constraint, active=True)
            for row in members(component).values()
            if row.active
        ]
        (goal,) = model.component_data_objects(Objective, active=True)
        reader = _Reader({id(variable): column for column, variable in enumerate(variables)})
        offset = reader.read(goal.expr)
        limits = reader.limits(rows)
        matrix = reader.matrix()
        mentioned = np.flatnonzero(np.bincount(matrix.indices, minlength=len(variables)))
        columns = [variables[i] for i in mentioned.tolist()]
        bounds = np.array([variable.bounds for variable in columns], float).reshape(-1, 2)  # None becomes NaN
        fixed = np.array([variable.fixed for variable in columns], bool)
        bounds[fixed] = np.array([(columns[i].value,) * 2 for i in np.flatnonzero(fixed)], float).reshape(-1, 2)
        domains = [id(variable.domain) for variable in columns]  # a few, each asked once
        discrete = {
            domain for domain, one in dict(zip(domains, columns, strict=True)).items() if not one.is_continuous()
        }
        integer = np.array([domain in discrete for domain in domains], bool) & ~fixed
    by_column = csc_array(matrix)[:, mentioned]
    return Program(
        matrix=by_column[1:],
        cost=by_column[[0]].toarray().ravel(),
        offset=offset,
        row_lower=limits[:, 0],
        row_upper=limits[:, 1],
        lower=np.where(np.isnan(bounds[:, 0]), -np.inf, bounds[:, 0]),
        upper=np.where(np.isnan(bounds[:, 1]), np.inf, bounds[:, 1]),
        integer=integer,
        columns=columns,
        rows=rows,
    )


class _Reader:
    """Reads linear expressions one after another, each into a row of a matrix. column : where each variable stands, by its id."""

    def __init__(self, column: dict[int, int]) -> None:
        self._column = column
        self._pairs: list[tuple[float, Any]] = []
        self._ends = [0]

    def read(self, expression: Any) -> float:
        """Read one expression as the next row; return its constant."""
        if type(expression) is Linear:
            constant = expression.constant_
            self._pairs += expression.pairs
        else:
            constant = self._add((expression,), 1.0)
        self._ends.append(len(self._pairs))
        return constant

    def limits(self, rows: Iterable[Any]) -> np.ndarray:
        """Read constraints as the next rows; return their limits, shape (rows, 2), infinite where there are none."""
        lower, upper, pairs, ends = [], [], self._pairs, self._ends
        for row in rows:
            relation = row.expr
            limit, body = relation.args[::-1] if relation.__class__ in TWO_SIDED else (None, None)
            # nearly all are body <= limit, or body == limit
            if type(body) is Linear and limit.__class__ in NUMBERS:
                pairs += body.pairs
                ends.append(len(pairs))
                limit -= body.constant_
                lower.append(limit if relation.__class__ is EqualityExpression else -np.inf)
                upper.append(limit)
                continue
            least, body, most = row.to_bounded_expression()
            constant = self.read(body)
            lower.append(-np.inf if least is None else value(least) - constant)
            upper.append(np.inf if most is None else value(most) - constant)
        return np.array([lower, upper]).T

    def matrix(self) -> csr_array:
        """Return what was read, shape (rows, variables); what one row says of a variable several times is added up."""
        count, ids = len(self._pairs), map(id, map(itemgetter(1), self._pairs))
        at = np.fromiter(map(self._column.__getitem__, ids), np.int32, count)
        coefficients = np.fromiter(map(itemgetter(0), self._pairs), float, count)
        shape = (len(self._ends) - 1, len(self._column))
        matrix = csr_array((coefficients, at, np.array(self._ends)), shape)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return matrix

    def _add(self, terms: Iterable[Any], factor: float) -> float:
        """Add terms of any linear form, so many times each, to the row at hand; return their constant."""
        constant = 0.0
        for term in terms:
            if type(term) is Linear:
                self._pairs += [(factor * coefficient, variable) for coefficient, variable in term.pairs]
                constant += factor * term.constant_
            elif term.__class__ is MonomialTermExpression:
                self._pairs.append((factor * term.args[0], term.args[1]))
            elif term.__class__ in NUMBERS:
                constant += factor * term
            elif isinstance(term, SumExpression):
                constant += self._add(term.args, factor)
            elif term.__class__ is ProductExpression and term.args[0].__class__ in NUMBERS:
                constant += self._add(term.args[1:], factor * term.args[0])
            else:
                plain = generate_standard_repn(term)
                if not plain.is_linear():
                    raise EvplanError(f"the model is not linear: {term}")
                self._pairs += [(factor * c, v) for c, v in zip(plain.linear_coefs, plain.linear_vars, strict=True)]
                constant += factor * value(plain.constant)
        return constant

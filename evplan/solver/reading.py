"""Read a model's linear expressions into the rows of one matrix.

What is declared on a grid is read off as arrays; `Linear` expressions pair by pair; anything else term by term, or by Pyomo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from pyomo.core.base import value
from pyomo.core.expr import MonomialTermExpression, ProductExpression, SumExpression
from pyomo.repn import generate_standard_repn
from scipy.sparse import coo_array, csr_array

from evplan.errors import EvplanError
from evplan.linear.affine import Affine, Total
from evplan.linear.pairs import Linear, members
from evplan.linear.rows import Rows

NUMBERS = (float, int, np.float64)
ONE = np.array(True)


class Reader:
    """Reads linear expressions one after another, each into a row of a matrix; the objective is the first row."""

    def __init__(self, variables: Sequence[Any], start: np.ndarray) -> None:
        self._start = dict(zip(map(id, variables), start.tolist(), strict=False))
        self._column: dict[int, int] = {}  # of members, once one of their variable is met
        self._count, self._columns = 0, int(start[-1])
        self._blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # row, column, factor of what is on a grid
        self._row: list[int] = []  # and of what is read pair by pair
        self._pairs: list[tuple[float, Any]] = []

    def goal(self, expression: Any) -> float:
        """Read the objective; return its constant."""
        if not isinstance(expression, Total):
            return self._one(expression)
        self._on_grid(expression.affine, ONE)
        return expression.constant_

    def rows(self, constraint: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Read a constraint's rows; return their indices and their limits, infinite where there are none."""
        if isinstance(constraint, Rows) and constraint.made is None:
            self._on_grid(constraint.relation.body, constraint.where)
            return (constraint.indices, *constraint.limits())
        active = {index: row for index, row in members(constraint).items() if row.active}
        limits = np.array([self._limits(row) for row in active.values()], float).reshape(-1, 2)
        return list(active), limits[:, 0], limits[:, 1]

    def matrix(self) -> csr_array:
        """Return what was read, shape (rows, variables); what one row says of a variable several times is added up."""
        at = np.array([self._at(variable) for _, variable in self._pairs], int)
        pairs = (np.array(self._row, int), at, np.array([coefficient for coefficient, _ in self._pairs], float))
        row, column, factor = (np.concatenate(parts) for parts in zip(*self._blocks, pairs, strict=True))
        matrix = csr_array(coo_array((factor, (row, column)), (self._count, self._columns)))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return matrix

    def _at(self, member: Any) -> int:
        if id(member) not in self._column:
            variable = member.parent_component()
            if id(variable) not in self._start:
                raise EvplanError(f"the model mentions {variable}, which is not in it")
            own, first = members(variable).values(), self._start[id(variable)]
            self._column |= {id(of_it): first + i for i, of_it in enumerate(own)}
        return self._column[id(member)]

    def _on_grid(self, affine: Affine, where: np.ndarray) -> None:
        for variable, row, at, factor in affine.entries(where):
            self._blocks.append((row + self._count, at + self._start[id(variable)], factor))
        self._count += int(np.count_nonzero(where))

    def _limits(self, row: Any) -> tuple[float, float]:
        least, body, most = row.to_bounded_expression()
        constant = self._one(body)
        return -np.inf if least is None else value(least) - constant, np.inf if most is None else value(most) - constant

    def _one(self, expression: Any) -> float:
        """Read one expression as the next row; return its constant."""
        before = len(self._pairs)
        constant = self._add((expression,), 1.0)
        self._row += [self._count] * (len(self._pairs) - before)
        self._count += 1
        return constant

    def _add(self, terms: Iterable[Any], factor: float) -> float:
        """Add terms of any linear form, so many times each, to the row at hand; return their constant."""
        constant = 0.0
        for term in terms:
            if isinstance(term, Linear):
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

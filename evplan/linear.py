"""Linear expressions for Pyomo that remember the pairs they were made of, so that a model of a year is built and compiled at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyomo.core.expr import LinearExpression, MonomialTermExpression

Pairs = list[tuple[float, Any]]


class Linear(LinearExpression):
    """constant + sum of coefficient * variable over `pairs`; Pyomo's own nodes are made only when something asks for them.

    Pyomo chooses what to do with an expression by its class, so this one says that it is its parent.
    """

    __slots__ = ("constant_", "pairs")
    __class__ = property(lambda self: LinearExpression)

    def __init__(self, pairs: Iterable[tuple[float, Any]], constant: float = 0.0) -> None:
        self.pairs, self.constant_ = list(pairs), constant
        self._nargs = len(self.pairs) + (constant != 0)  # type: ignore[misc]

    @property
    def _args_(self) -> list[Any]:
        return [*([self.constant_] if self.constant_ else []), *map(MonomialTermExpression, self.pairs)]

"""Linear expressions for Pyomo that remember the pairs they were made of, so that they need not be taken apart to be compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyomo.core.expr import EqualityExpression, InequalityExpression, LinearExpression, MonomialTermExpression

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

    def __le__(self, limit: float) -> InequalityExpression:
        """Return that this is at most a number; straight away, as there is nothing to simplify."""
        return InequalityExpression((self, limit), False)

    def __ge__(self, limit: float) -> InequalityExpression:
        """Return that this is at least a number."""
        return InequalityExpression((limit, self), False)

    # Python's own `==` gives a bool; Pyomo's gives a relation, as here.
    def __eq__(self, limit: float) -> EqualityExpression:  # type: ignore[override]
        """Return that this is a number."""
        return EqualityExpression((self, limit))

    __hash__ = LinearExpression.__hash__

    @property
    def _args_(self) -> list[Any]:
        return [*([self.constant_] if self.constant_ else []), *map(MonomialTermExpression, self.pairs)]


def members(component: Any) -> dict[Any, Any]:
    """Return a component's members by index, in index order.

    The dict that Pyomo keeps them in itself: asking it for each of a year's members, or walking the index set, takes ten times as long.
    """
    return component._data

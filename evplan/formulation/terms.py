"""What components register: terms of the power balance, present costs, and yearly costs.

supply, demand   functions (y, t) -> [(coefficient, variable), ...], kW on the site's bus
capital          expressions: after-tax present cost of what is built
yearly           expressions per modelled year: cost in first-year money (income is negative)
steering         expressions per modelled year that guide the plan but are not cash
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pyomo.core.expr import LinearExpression

Pairs = list[tuple[float, Any]]
PowerTerm = Callable[[int, int], Pairs]


@dataclass
class Terms:
    """Terms of one site, collected from its components, which do not know each other."""

    supply: list[PowerTerm] = field(default_factory=list)
    demand: list[PowerTerm] = field(default_factory=list)
    capital: list[Any] = field(default_factory=list)
    yearly: dict[int, list[Any]] = field(default_factory=dict)
    steering: dict[int, list[Any]] = field(default_factory=dict)

    def balance(self, y: int, t: int) -> Any:
        """Return supply less demand at one step, kW."""
        pairs = [pair for term in self.supply for pair in term(y, t)]
        pairs += [(-coefficient, variable) for term in self.demand for coefficient, variable in term(y, t)]
        return linear(pairs)

    def each_year(self, y: int, expression: Any) -> None:
        """Register a yearly cost of modelled year `y`."""
        self.yearly.setdefault(y, []).append(expression)


def linear(pairs: Iterable[tuple[float, Any]], constant: float = 0.0) -> Any:
    """Return a linear expression from (coefficient, variable) pairs; much faster than adding terms."""
    coefficients, variables = [], []
    for coefficient, variable in pairs:
        coefficients.append(coefficient)
        variables.append(variable)
    return LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)

"""What components register: terms of the power balance, present costs, and yearly costs.

supply, demand   functions (y, t) -> [(coefficient, variable), ...], kW on the site's bus
capital          expressions: after-tax present cost of what is built
yearly           expressions per modelled year and kind (general, bill, om): cost in the file's money (income is negative)
load_kw          power that must be met besides, shape (years, steps), kW
steering         expressions per modelled year that guide the plan but are not cash
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evplan.linear import Linear, Pairs

PowerTerm = Callable[[int, int], Pairs]


@dataclass
class Terms:
    """Terms of one site, collected from its components, which do not know each other."""

    supply: list[PowerTerm] = field(default_factory=list)
    demand: list[PowerTerm] = field(default_factory=list)
    capital: list[Linear] = field(default_factory=list)
    yearly: dict[tuple[int, str], list[Linear]] = field(default_factory=dict)
    load_kw: np.ndarray | None = None
    steering: dict[int, list[Linear]] = field(default_factory=dict)

    def balance(self, y: int, t: int) -> Any:
        """Return supply less demand at one step, kW."""
        pairs: Pairs = []
        for give in self.supply:
            pairs += give(y, t)
        for take in self.demand:
            for coefficient, variable in take(y, t):
                pairs.append((-coefficient, variable))
        return Linear(pairs, constant=0.0 if self.load_kw is None else -float(self.load_kw[y, t]))

    def each_year(self, y: int, expression: Linear, kind: str = "general") -> None:
        """Register a yearly cost of modelled year `y`; bills and om may rise at rates of their own."""
        self.yearly.setdefault((y, kind), []).append(expression)

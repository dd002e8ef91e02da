"""What components register: terms of the power balance, present costs, and yearly costs.

supply, demand   power on the site's bus, shape (years, steps), kW
capital          after-tax present cost of what is built, shape ()
yearly           by kind (general, bill, om), shape (years,): cost in the file's money (income is negative)
load_kw          power that must be met besides, shape (years, steps), kW
steering         what guides the plan but is not cash, shape (years,)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evplan.linear.affine import Affine


@dataclass
class Terms:
    """Terms of one site, collected from its components, which do not know each other."""

    supply: list[Affine] = field(default_factory=list)
    demand: list[Affine] = field(default_factory=list)
    capital: list[Affine] = field(default_factory=list)
    yearly: dict[str, list[Affine]] = field(default_factory=dict)
    load_kw: np.ndarray | None = None
    steering: list[Affine] = field(default_factory=list)

    def balance(self) -> Affine:
        """Return supply less demand at every step, shape (years, steps), kW."""
        total = Affine((), 0.0 if self.load_kw is None else -self.load_kw)
        for given in self.supply:
            total += given
        for taken in self.demand:
            total -= taken
        return total

    def each_year(self, cost: Affine, kind: str = "general") -> None:
        """Register a yearly cost; bills and om may rise at rates of their own."""
        self.yearly.setdefault(kind, []).append(cost)

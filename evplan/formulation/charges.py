"""What the parts of a tariff charge, collected by month, so that a minimum charge can see the sum."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evplan.linear.affine import Affine


@dataclass
class Charges:
    """What every month charges, shape (years, months); what the whole year does, outside every minimum, shape (years,)."""

    monthly: list[Affine] = field(default_factory=list)
    yearly: list[Affine] = field(default_factory=list)

    def of_month(self) -> Affine:
        """Return what every month charges in all."""
        return sum(self.monthly, Affine(()))

    def of_year(self, month_weight: np.ndarray) -> Affine:
        """Return what every year charges, each month as often as it stands for the year."""
        return (month_weight * self.of_month()).sum(1) + sum(self.yearly, Affine(()))

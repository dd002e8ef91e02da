"""What the parts of a tariff charge, collected by month, so that a minimum charge can see the sum."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from evplan.formulation.terms import Pairs


@dataclass
class Charges:
    """Pairs of one month's charges by (year, month); of the whole year's, outside every minimum, by year."""

    monthly: dict[tuple[int, int], Pairs] = field(default_factory=lambda: defaultdict(list))
    yearly: dict[int, Pairs] = field(default_factory=lambda: defaultdict(list))

    def of_year(self, y: int, month_weight: list[float]) -> Pairs:
        """Return every pair of a year, each month as often as it stands for the year."""
        months = [(month_weight[m] * c, v) for (yy, m), pairs in self.monthly.items() if yy == y for c, v in pairs]
        return [*months, *self.yearly[y]]

"""Plans at risk: from values of the drivers to what all sites together come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evplan.finance.cashflow import with_grant
from evplan.finance.financing import Terms
from evplan.finance.many import Drawn, Outcomes, Response, outcomes
from evplan.instance.finance import Finance
from evplan.instance.risk import DriverName

Values = Mapping[DriverName, np.ndarray | float]
NEUTRAL: dict[DriverName, float] = {
    "electricity-price": 1.0, "adoption": 1.0, "utilisation": 1.0, "charging-price": 1.0, "upkeep": 1.0, "construction": 1.0,
    "interest": 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class AtRisk:
    """Planned sites, each at several levels of demand, their financing, and the rates they are judged by.

    of : which of the outcomes `worth` is: the project's net present value, or the owners'.
    """

    sites: tuple[Response, ...]
    terms: Terms
    finance: Finance
    of: Literal["npv", "equity_npv"] = "npv"

    @property
    def built(self) -> float:
        """Return the construction cost of all sites as planned."""
        return float(sum(site.as_planned.capex.sum() for site in self.sites))

    def with_grants(self, share: float) -> AtRisk:
        """Return the sites with a grant of a share of each one's construction cost; the loan stays what it is."""

        def granted(site: Response) -> Response:
            amount = share * float(site.as_planned.capex.sum())
            return replace(site, flows=tuple(with_grant(flow, amount, self.finance) for flow in site.flows))

        return replace(self, sites=tuple(map(granted, self.sites)))

    def at_rate(self, rate: float) -> AtRisk:
        """Return the sites judged at another discount rate."""
        return replace(self, finance=self.finance.model_copy(update={"discount_rate": rate}))

    def by_site(self, values: Values) -> list[Outcomes]:
        """Return what each site comes to in each scenario. values : of drivers, shape (n,); those left out are as planned."""
        drawn = self.drawn(values)
        return [outcomes(site, drawn, self.terms, self.finance) for site in self.sites]

    def together(self, values: Values) -> Outcomes:
        """Return what all sites together come to in each scenario; the least coverage is that of the site covered least."""
        total: Outcomes | None = None
        for found in self.by_site(values):
            if total is None:
                total = found
                continue
            least = np.fmin(total.min_dscr, found.min_dscr)
            total = Outcomes(total.npv + found.npv, total.equity_npv + found.equity_npv, least)
        assert total is not None
        return total

    def worth(self, values: Values) -> np.ndarray:
        """Return the net present value of all sites together in each scenario, shape (n,)."""
        return np.asarray(getattr(self.together(values), self.of))

    def drawn(self, values: Values) -> Drawn:
        """Return what values of the drivers do to the lines of a cash flow."""
        count = max((np.size(value) for value in values.values()), default=1)
        full = {
            name: np.broadcast_to(np.asarray(values.get(name, usual), float), (count,))
            for name, usual in NEUTRAL.items()
        }
        rate = self.terms.loan.rate if self.terms.loan else 0.0
        return Drawn(
            demand=full["adoption"] * full["utilisation"], price=full["charging-price"], bill=full["electricity-price"],
            om=full["upkeep"], built=full["construction"], loan_rate=np.maximum(rate + full["interest"], 0.0),
        )  # fmt: skip

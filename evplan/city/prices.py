"""Prices that a city's energy is bought and sold at, and what a dispatch pays by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.city.balance import Balance
from evplan.city.simulate import CityYears
from evplan.city.study import CityStudy


@dataclass(frozen=True)
class Prices:
    """Prices of every hour, shape (hours, columns), of charging that never comes, of a kWh out of storage and of the year's highest
    import, shape (columns,)."""

    energy: np.ndarray
    export: np.ndarray
    unmet_per_kwh: float
    wear_per_kwh: np.ndarray
    per_kw: np.ndarray

    def of(self, columns: np.ndarray) -> Prices:
        """Return some of the columns."""
        of_hours, of_years = (
            (self.energy[:, columns], self.export[:, columns]),
            (self.wear_per_kwh[columns], self.per_kw[columns]),
        )
        return Prices(*of_hours, self.unmet_per_kwh, *of_years)


def prices_of(study: CityStudy, city: CityYears) -> Prices:
    """Return the prices of a city's energy."""
    risen = (1 + study.prices.escalation) ** np.arange(len(city.years))
    export = np.minimum(
        study.prices.export_factor * city.place.price_per_kwh * risen, city.price
    )  # nothing is bought to be sold at once
    return Prices(city.price, export, study.costs.unmet_per_kwh, city.wear_per_kwh, study.prices.per_kw_year * risen)


def operating_cost(found: Balance, prices: Prices) -> np.ndarray:
    """Return what each column pays for energy, its highest import, wear, and charging that never comes, shape (columns,)."""
    energy = (prices.energy * found.imported - prices.export * found.exported).sum(axis=0)
    worn = prices.wear_per_kwh * found.discharge.sum(axis=0)
    capacity = prices.per_kw * found.imported.max(axis=0)
    return energy + capacity + worn + prices.unmet_per_kwh * found.unmet.sum(axis=0)

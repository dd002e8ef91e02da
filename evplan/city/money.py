"""What a city's charging costs: built when capacity is added, kept up, energy bought and sold; against the grid alone.

    capex(y)      cost per unit * what is added in year y, and what has reached its life and is still needed
    om(y)         share of all that stands, at its cost
    energy(y)     sum of price * import - export price * export + price of the highest import
    wear(y)       cells of vehicles that give back, for each kWh that comes from them
    unmet(y)      price of charging that never comes: what drivers lose, so that plans of different service can be compared
    residual      at the end, cost of each purchase * part of its life that is left
    LCOE          PV(capex + om + energy + wear - residual) / PV(kWh served)            discounted cost over discounted energy
    savings       PV of the grid alone (its energy, capacity, chargers, unmet) less PV of the plan's: equal demand, unmet priced

Amounts are of the first year's money; what is added in a year stands, and is paid, from its beginning, all else at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.city.balance import Balance
from evplan.city.prices import Prices, prices_of
from evplan.city.purchases import left_over, purchases, standing
from evplan.city.simulate import CityYears
from evplan.city.study import CityStudy


@dataclass(frozen=True)
class Flow:
    """Yearly amounts, shape (years,), first year's money, positive as named; each is counted once.

    energy : bought less sold.  capacity : for the highest import.  wear : of vehicles that give back.
    unmet : what drivers lose; is no cash.
    """

    capex: np.ndarray
    om: np.ndarray
    energy: np.ndarray
    capacity: np.ndarray
    wear: np.ndarray
    unmet: np.ndarray
    residual: np.ndarray
    served_kwh: np.ndarray

    @property
    def running(self) -> np.ndarray:
        """Return the cash paid by the end of each year, capital apart."""
        return self.om + self.energy + self.capacity + self.wear - self.residual

    @property
    def paid(self) -> np.ndarray:
        """Return the cash paid in each year."""
        return self.capex + self.running

    def present(self, rate: float) -> np.ndarray:
        """Return the present value of each year's cash: capital at its beginning, all else at its end."""
        return self.capex * discounts(rate, len(self.capex)) * (1 + rate) + self.running * discounts(
            rate, len(self.capex)
        )


def discounts(rate: float, years: int) -> np.ndarray:
    """Return what money at the end of each year is worth today, shape (years,)."""
    return (1 + rate) ** -np.arange(1.0, years + 1)


@dataclass(frozen=True)
class Money:
    """What a dispatch comes to. None where nothing is served."""

    flow: Flow
    grid_alone: Flow
    lcoe_per_kwh: float | None
    grid_alone_lcoe_per_kwh: float | None
    rate: float

    @property
    def cumulative(self) -> np.ndarray:
        """Return what the plan has saved by the end of each year, present value, charging that never comes priced."""
        unmet = (self.grid_alone.unmet - self.flow.unmet) * discounts(self.rate, len(self.flow.unmet))
        return np.cumsum(self.grid_alone.present(self.rate) - self.flow.present(self.rate) + unmet)

    @property
    def savings(self) -> float:
        """Return what the plan saves, present value."""
        return float(self.cumulative[-1])


def money(study: CityStudy, city: CityYears, found: Balance) -> Money:
    """Return what a dispatch of a city comes to."""
    prices, rate = prices_of(study, city), study.costs.discount_rate
    flow = _flow(study, city, found, prices, renewables=True)
    alone = _flow(study, city, city.grid_alone, prices, renewables=False)
    return Money(flow, alone, lcoe(flow, rate), lcoe(alone, rate), rate)


def lcoe(flow: Flow, rate: float) -> float | None:
    """Return discounted cash over discounted energy served; None where none is."""
    energy = float(flow.served_kwh @ discounts(rate, len(flow.served_kwh)))
    return float(flow.present(rate).sum()) / energy if energy > 0 else None


def _flow(study: CityStudy, city: CityYears, found: Balance, prices: Prices, renewables: bool) -> Flow:
    costs, built = study.costs, city.capacities
    stands = [(costs.charger_per_kw, city.wanted.peak_kw, costs.life_years.chargers)]
    if renewables:
        stands += [
            (costs.solar_per_kw, built.solar_kw, costs.life_years.solar),
            (costs.wind_per_kw, built.wind_kw, costs.life_years.wind),
            (costs.storage_per_kwh, built.storage_kwh, costs.life_years.storage),
        ]
    bought = [purchases(capacity, life) for _, capacity, life in stands]
    none = np.zeros(len(city.years))
    capex = sum((price * added for (price, _, _), added in zip(stands, bought, strict=True)), none)
    kept_up = sum((price * standing(added, life) for (price, _, life), added in zip(stands, bought, strict=True)), none)
    residual = none.copy()
    residual[-1] = sum(price * left_over(added, life) for (price, _, life), added in zip(stands, bought, strict=True))
    return Flow(
        capex=capex,
        om=costs.om_share * kept_up,
        energy=(prices.energy * found.imported - prices.export * found.exported).sum(axis=0),
        capacity=prices.per_kw * found.imported.max(axis=0),
        wear=prices.wear_per_kwh * found.discharge.sum(axis=0),
        unmet=prices.unmet_per_kwh * found.unmet.sum(axis=0),
        residual=residual,
        served_kwh=found.served.sum(axis=0),
    )

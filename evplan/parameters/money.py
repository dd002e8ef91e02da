"""Money over the years: price index, discounting, tax depreciation, replacements, residual value.

    index(k)    = (1 + inflation)^(k - 1),  index(0) = 1        prices are those of year 1
    discount(k) = (1 + rate)^-k                                 amounts fall at the end of year k
    share(k, y)                                                 how much modelled year y speaks for year k

A year's running amount a(k) = sum over y of share(k, y) a(y), so its present value is linear in a(y):

    weight(y)   = (1 - tax) * sum over k of share(k, y) index(k) discount(k)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.instance.schema import Finance


@dataclass(frozen=True)
class Schedule:
    """What one investment costs year by year, shape (years + 1,), nominal; year 0 is construction."""

    first_cost: np.ndarray
    replacements: np.ndarray
    depreciation: np.ndarray
    residual: float
    book: float

    def present_value(self, rate: float, tax_rate: float) -> float:
        """Return the after-tax present cost (positive): purchases less tax relief and residual value."""
        discount = discounts(rate, len(self.first_cost) - 1)
        paid = self.first_cost + self.replacements - tax_rate * self.depreciation
        back = self.residual - tax_rate * (self.residual - self.book)
        return float(paid @ discount - back * discount[-1])


def price_index(inflation: float, years: int) -> np.ndarray:
    """Return the price level of each year, shape (years + 1,); years 0 and 1 are 1."""
    return (1 + inflation) ** np.maximum(np.arange(years + 1) - 1, 0)


def discounts(rate: float, years: int) -> np.ndarray:
    """Return end-of-year discount factors, shape (years + 1,); year 0 is 1."""
    return (1 + rate) ** -np.arange(years + 1.0)


def shares(modelled: tuple[int, ...], years: int) -> np.ndarray:
    """Return how much each modelled year speaks for years 1 to `years`, shape (years, modelled).

    Years between two modelled ones are interpolated; years after the last one are held.
    """
    every = np.arange(1, years + 1)
    return np.array([np.interp(every, modelled, unit) for unit in np.eye(len(modelled))]).T


def weights(modelled: tuple[int, ...], years: int, finance: Finance, taxed: bool = True) -> np.ndarray:
    """Return the present value of one unit of yearly money in each modelled year, shape (modelled,)."""
    kept = 1 - finance.tax_rate if taxed else 1.0
    nominal = price_index(finance.inflation, years)[1:] * discounts(finance.discount_rate, years)[1:]
    return kept * nominal @ shares(modelled, years)


def schedule(cost: float, replacement: float, life_years: float, years: int, finance: Finance) -> Schedule:
    """Return the schedule of an investment: bought in year 0, replaced each time its life ends.

    cost, replacement : Prices in year-0 money; a replacement is paid at the price level of its year.
    Residual value is the last price paid times the fraction of life left. Depreciation is straight
    line on every purchase; what is left in the books at the end is written off against the residual.
    """
    index = price_index(finance.inflation, years)
    first, again, depreciation = np.zeros(years + 1), np.zeros(years + 1), np.zeros(years + 1)
    first[0] = cost
    bought = {0: cost}
    number = 1  # purchases so far
    while (year := int(np.ceil(number * life_years - 1e-9))) < years:
        again[year] += replacement * index[year]
        bought[year] = bought.get(year, 0.0) + replacement * index[year]
        number += 1
    for year, price in bought.items():
        depreciation[year + 1 : year + 1 + finance.depreciation_years] += price / finance.depreciation_years
    last = max(bought)
    left = min(1.0, max(0.0, number * life_years - years) / life_years)
    worth = replacement * index[last] if last else min(cost, replacement)
    return Schedule(first, again, depreciation, worth * left, sum(bought.values()) - depreciation.sum())

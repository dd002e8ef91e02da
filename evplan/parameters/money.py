"""Money over the years: price index, discounting, tax depreciation, tax credits, replacements, residual value.

    index(k)    = (1 + rate)^(k - base), index(0) = 1           prices are those of year `base`: 1, or 0 for construction
    discount(k) = (1 + rate)^-(k - lead), discount(0) = 1       lead 0: amounts fall at the end of year k; 1/2: middle; 1: beginning
    share(k, y)                                                 how much modelled year y speaks for year k

A year between two modelled ones lies as far from each as the energy wanted in it lies between theirs: growth compounds, and so does
what it brings. A year's running amount a(k) = sum over y of share(k, y) a(y), so its present value is linear in a(y):

    weight(y)   = (1 - tax) * sum over k of share(k, y) index(k) discount(k)

Electricity, operation and everything else may rise at rates of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evplan.instance.catalogue import Incentives
from evplan.instance.finance import Discounting, Finance
from evplan.parameters.depreciation import basis, fractions

NO_INCENTIVES = Incentives()
FLAT = 1e-9  # a rise, over what rises, that is none


@dataclass(frozen=True)
class Schedule:
    """What one investment costs year by year, shape (years + 1,), nominal; year 0 is construction.

    book : left in the books at the end.  first_depreciation, first_book : the parts of the first purchase, if construction's.
    """

    first_cost: np.ndarray
    replacements: np.ndarray
    depreciation: np.ndarray
    credit: np.ndarray
    residual: float
    book: float
    first_depreciation: np.ndarray
    first_book: float

    def present_value(self, rate: float, tax_rate: float, falling: Discounting = "end") -> float:
        """Return the after-tax present cost (positive): purchases less tax relief, tax credit and residual value."""
        discount = discounts(rate, len(self.first_cost) - 1, falling)
        paid = self.first_cost + self.replacements - tax_rate * self.depreciation - self.credit
        back = self.residual - tax_rate * (self.residual - self.book)
        return float(paid @ discount - back * discount[-1])


def price_index(rate: float, years: int, base: int = 1) -> np.ndarray:
    """Return the price level of each year, shape (years + 1,); that of year `base` and of those before it is 1."""
    return (1 + rate) ** np.maximum(np.arange(years + 1) - base, 0)


def index_of(finance: Finance, years: int, kind: str = "general") -> np.ndarray:
    """Return the price level of each year, shape (years + 1,), of electricity, om, or anything else (general)."""
    own = {"electricity": finance.electricity_escalation, "om": finance.om_escalation}.get(kind)
    return price_index(finance.inflation if own is None else own, years, int(finance.prices_of == "first-year"))


LEAD = {"end": 0.0, "middle": 0.5, "beginning": 1.0}  # of a year's amounts before its end, years


def discounts(rate: float, years: int, falling: Discounting = "end") -> np.ndarray:
    """Return discount factors, shape (years + 1,); that of year 0, construction, is 1. falling : when a year's amounts do."""
    return (1 + rate) ** -np.maximum(np.arange(years + 1.0) - LEAD[falling], 0.0)


def shares(modelled: tuple[int, ...], wanted: np.ndarray) -> np.ndarray:
    """Return how much each modelled year speaks for each of the plan's, shape (years, modelled).

    wanted : array, shape (years,)   Energy wanted in each of the plan's years, in any unit.

    Years between two modelled ones are interpolated along it; along time where it is the same in both, or does not stay between
    them. Years after the last one are held.
    """
    place = np.arange(1.0, len(wanted) + 1)
    for first, last in itertools.pairwise(modelled):
        between = wanted[first - 1 : last]
        rise = between[-1] - between[0]
        if abs(rise) > FLAT * np.abs(between).max() and ((between - between[0]) * (between[-1] - between) >= 0).all():
            place[first - 1 : last] = first + (last - first) * (between - between[0]) / rise
    return np.array([np.interp(place, modelled, unit) for unit in np.eye(len(modelled))]).T


def weights(share: np.ndarray, finance: Finance, taxed: bool = True, kind: str = "general") -> np.ndarray:
    """Return the present value of one unit of yearly money in each modelled year, shape (modelled,)."""
    kept, years = 1 - finance.tax_rate if taxed else 1.0, len(share)
    nominal = index_of(finance, years, kind)[1:] * discounts(finance.discount_rate, years, finance.discounting)[1:]
    return kept * nominal @ share


def schedule(
    cost: float, replacement: float, life_years: float, years: int, finance: Finance,
    incentives: Incentives = NO_INCENTIVES, replaced_in: Sequence[int] | None = None, bought: int = 0,
) -> Schedule:  # fmt: skip
    """Return the schedule of an investment: bought in one year, replaced each time its life ends, or in given years.

    cost, replacement : Prices in the file's money; what is bought is paid at the price level of its year.
    bought : Year in which it is built, 0 for construction; a later stage builds in the year before its first. Interest while it
        is built is part of what is paid.
    replaced_in : Years after it was bought.
    Residual value is the last price paid times the fraction of life left, unless finance says none. What is left in the
    books at the end is written off against it.
    """
    index = index_of(finance, years)
    by_life = [bought + k for k in replacement_years(life_years, years - bought)]
    again = by_life if replaced_in is None else [bought + k for k in replaced_in if bought + k < years]
    first, paid, depreciation, own_depreciation, credit = (np.zeros(years + 1) for _ in range(5))
    first[bought] = price_then = cost * float(index[bought]) * finance.built_factor
    np.add.at(paid, again, replacement * index[again])
    is_expensed = finance.replacements == "expensed"
    purchases = {bought: price_then, **({} if is_expensed else {k: float(paid[k]) for k in again})}
    laws = {year: incentives if year == bought else uncredited(incentives) for year in purchases}
    for year, price in purchases.items():
        own = fractions(laws[year], finance.depreciation_years)
        ends = min(years, year + len(own))
        depreciation[year + 1 : ends + 1] += price * own[: ends - year]
        if year == 0:
            own_depreciation = depreciation.copy()
    left_in_books = sum(basis(laws[year]) * price for year, price in purchases.items()) - float(depreciation.sum())
    if is_expensed:
        depreciation += paid
    if years > bought:
        credit[bought + 1] = incentives.investment_tax_credit * price_then
    worth = 0.0
    if finance.residual_value == "straight-line":
        last = replacement * float(index[again[-1]]) if again else min(price_then, replacement * float(index[bought]))
        worth = last * left_of_life(life_years, years - bought, [k - bought for k in again])
    own_book = basis(incentives) * float(first[0]) - float(own_depreciation.sum())
    return Schedule(first, paid, depreciation, credit, worth, left_in_books, own_depreciation, own_book)


def uncredited(incentives: Incentives) -> Incentives:
    """Return what tax law gives for a replacement: the same depreciation, no credit, so all of it can be depreciated."""
    return incentives.model_copy(update={"investment_tax_credit": 0.0})


def replacement_years(life_years: float, years: int) -> list[int]:
    """Return the years at whose end something that lasts `life_years` is replaced, before the last year."""
    found, number = [], 1
    while (year := int(np.ceil(number * life_years - 1e-9))) < years:
        found.append(year)
        number += 1
    return found


def left_of_life(life_years: float, years: int, again: Sequence[int]) -> float:
    """Return the part of its life that something has left after so many years. again : years in which it was replaced."""
    by_life = list(again) == replacement_years(life_years, years)
    ends = (len(again) + 1) * life_years if by_life else max(again, default=0) + life_years
    return min(1.0, max(0.0, ends - years) / life_years)

"""The city's electric vehicles by year and age: adoption makes the stock, scrappage thins the cohorts, registrations fill it up.

share(y)        logistic through the first year's share, or growing at a rate, up to a cap
stock(y)        population(y) * vehicles per inhabitant * share(y)
cohort(y, a)    cohort(y-1, a-1) * S(a) / S(a-1)                        S: Weibull survival
cohort(y, 0)    stock(y) - all older, not below 0
"""

from __future__ import annotations

import numpy as np
from scipy.special import gamma

from evplan.city.study import Adoption, Place

SHAPE = (
    3.0  # of Weibull survival; Weymar and Finkbeiner 2016, Int. J. Life Cycle Assess. 21: 2.5 to 4 for European cars
)
OLDEST = 40  # years: what is left of a cohort then counts no more


def electric_share(adoption: Adoption, first_share: float, start_year: int, years: np.ndarray) -> np.ndarray:
    """Return the electric share of vehicles in each year, shape of `years`, which may lie before the first."""
    cap, first = adoption.cap, min(first_share, adoption.cap)
    since = np.asarray(years, float) - start_year
    if first <= 0:
        return np.zeros(len(since))
    if adoption.growth_per_year is not None or adoption.midpoint_year is None:
        return np.minimum(cap, first * (1 + (adoption.growth_per_year or 0.0)) ** since)
    to_middle = adoption.midpoint_year - start_year
    if first >= cap or to_middle == 0:
        return np.full(len(since), first)
    steepness = np.log(cap / first - 1) / to_middle
    return cap / (1 + np.exp(-steepness * (since - to_middle)))


def survival(life_years: float) -> np.ndarray:
    """Return the part of a cohort that is left at each age, shape (OLDEST + 1,), for a mean life."""
    age = np.arange(OLDEST + 1.0)
    return np.exp(-((age / (life_years / gamma(1 + 1 / SHAPE))) ** SHAPE))


def cohorts(
    place: Place, adoption: Adoption, share: float, life_years: float, start_year: int, years: int
) -> np.ndarray:
    """Return the electric vehicles of one class, shape (years, OLDEST + 1), by year and age.

    share : of the class among vehicles.
    """
    begins = min(adoption.since_year, start_year)
    calendar = np.arange(begins, start_year + years)
    people = place.population * (1 + place.population_growth) ** (calendar - start_year)
    electric = electric_share(adoption, place.electric_share, start_year, calendar)
    stock = people * place.vehicles_per_1000 / 1000 * share * electric
    left = survival(life_years)
    kept = left[1:] / left[:-1]
    cohort, found = np.zeros(OLDEST + 1), []
    for wanted in stock:
        older = np.concatenate([[0.0], cohort[:-1] * kept])
        older[0] = max(0.0, wanted - older.sum())
        cohort = older
        found.append(cohort)
    return np.array(found[-years:])

"""Capacity fade as a sum of two power laws, and the life it leaves.

loss(t, n) = k_cal t^p + k_cyc n^q

symbol  name            unit
t       years           a
n       fec             full equivalent cycles: charge + discharge of twice the capacity
k_cal   calendar_rate   p.u. of nominal capacity per a^p
k_cyc   cycle_rate      p.u. of nominal capacity per fec^q
p, q    time_exponent, cycle_exponent
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from evplan.errors import InputError

MAX_LIFE_YEARS = 60.0  # beyond any horizon we plan; no test behind the laws ran for even four years
FARTHEST_YEARS = 1e6


@dataclass(frozen=True)
class Fade:
    """One battery's fade under one steady duty. Rates, numbers or arrays of many, and exponents as in the module docstring."""

    calendar_rate: Any
    cycle_rate: Any
    time_exponent: float
    cycle_exponent: float

    def calendar_loss(self, years):
        """Return the capacity lost to time alone, p.u."""
        return self.calendar_rate * np.asarray(years, float) ** self.time_exponent

    def cycle_loss(self, fec):
        """Return the capacity lost to cycling alone, p.u."""
        return self.cycle_rate * np.asarray(fec, float) ** self.cycle_exponent

    def capacity_loss(self, years, fec):
        """Return the capacity lost after `years` and `fec` full equivalent cycles, p.u."""
        return self.calendar_loss(years) + self.cycle_loss(fec)

    def further(self, lost: tuple[float, float], years, fec) -> tuple:
        """Return (calendar, cycle) loss after `years` and `fec` more, of a battery that has `lost` those two, p.u.

        Each loss grows along its own power law from where it stands, so 3 and 3 years are 6.
        """
        pairs = zip(lost, (self.calendar_rate, self.cycle_rate), (years, fec), self.exponents, strict=True)
        return tuple((q ** (1 / p) + k ** (1 / p) * np.asarray(x, float)) ** p for q, k, x, p in pairs)

    @property
    def exponents(self) -> tuple[float, float]:
        """Return p and q."""
        return self.time_exponent, self.cycle_exponent

    def age_at(self, soh: float, cycles_per_year: float) -> float:
        """Return the years of this duty that bring a new battery to `soh`, however many they are; infinite without fade."""
        if soh >= 1:
            return 0.0

        def excess(years: float) -> float:
            return float(self.capacity_loss(years, cycles_per_year * years)) - (1.0 - soh)

        far = MAX_LIFE_YEARS
        while excess(far) < 0:
            far *= 10.0
            if far > FARTHEST_YEARS:
                return float("inf")
        return float(brentq(excess, 0.0, far, xtol=1e-10))

    def state_of_health(self, years, fec):
        """Return the remaining capacity, p.u.; a battery cannot hold less than nothing."""
        return np.maximum(0.0, 1.0 - self.capacity_loss(years, fec))

    def life_years(self, cycles_per_year: float, end_of_life_soh: float) -> float:
        """Return the years until the state of health falls to `end_of_life_soh`.

        The loss only grows, so the root is unique. 60 means 60 or more.
        """
        allowed_loss = 1.0 - checked_end_of_life(end_of_life_soh)

        def excess(years: float) -> float:
            return float(self.capacity_loss(years, cycles_per_year * years)) - allowed_loss

        if excess(MAX_LIFE_YEARS) <= 0:
            return MAX_LIFE_YEARS
        return float(brentq(excess, 0.0, MAX_LIFE_YEARS, xtol=1e-10))


def mean_rate(rates, exponent: float):
    """Return the constant rate that ages as much as `rates`, each held for an equal time.

    A loss Q = k t^p grows by k^(1/p) per year in Z = Q^(1/p), whatever its age. So Z adds up
    over hours of different temperature, and k_eff = (mean k^(1/p))^p.
    """
    return np.mean(np.asarray(rates, float) ** (1.0 / exponent)) ** exponent


def checked_end_of_life(end_of_life_soh: float) -> float:
    """Return `end_of_life_soh` if it lies strictly between 0 and 1.

    Raises: InputError otherwise.
    """
    if not 0.0 < end_of_life_soh < 1.0:
        raise InputError(f"end_of_life_soh: {end_of_life_soh} is not between 0 and 1; 0.7 or 0.8 is usual")
    return end_of_life_soh

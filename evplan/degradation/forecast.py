"""What becomes of one battery: state of health and resistance year by year, end of life, and what drives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import MAX_LIFE_YEARS, Fade, checked_end_of_life
from evplan.degradation.field import published_spread, scaled
from evplan.degradation.predict import AgeingModel
from evplan.errors import InputError


@dataclass(frozen=True)
class Forecast:
    """One battery's future under a steady duty.

    fade, growth : of capacity and of resistance (None where no law is published).
    initial_soh : of the battery today, p.u.; what it lost is taken to have been lost under the same duty.
    """

    model: AgeingModel
    fade: Fade
    growth: Fade | None
    cycles_per_year: float
    end_of_life_soh: float
    initial_soh: float = 1.0

    @property
    def age_years(self) -> float:
        """Return the years of this duty that explain the initial state of health."""
        return self.fade.age_at(self.initial_soh, self.cycles_per_year)

    def soh(self, years):
        """Return the state of health after `years` from today, p.u."""
        ahead = np.asarray(years, float)
        calendar, cycle = self.fade.further(self._lost, ahead, self.cycles_per_year * ahead)
        return np.maximum(0.0, 1.0 - calendar - cycle)

    @property
    def _lost(self) -> tuple[float, float]:
        """Return what time and what cycling have taken so far, p.u."""
        age = self.age_years
        return float(self.fade.calendar_loss(age)), float(self.fade.cycle_loss(self.cycles_per_year * age))

    def soh_interval(self, years) -> tuple:
        """Return the (low, high) state of health of 90 % of batteries after `years`; today's is known."""
        low, high = self.model.interval(self.initial_soh - self.soh(years))
        return np.maximum(0.0, low - (1 - self.initial_soh)), np.maximum(0.0, high - (1 - self.initial_soh))

    def resistance(self, years):
        """Return the resistance after `years`, of new, or None where no law of it is published."""
        if self.growth is None:
            return None
        age = self.age_years + np.asarray(years, float)
        return 1.0 + self.growth.capacity_loss(age, self.cycles_per_year * age)

    @property
    def life_years(self) -> float:
        """Return the years from today to the end of life; 60 means 60 or more."""
        return self._until(self.end_of_life_soh)

    def _until(self, soh: float) -> float:
        """Return the years from today to a state of health, at most 60."""
        reached = self.fade.age_at(soh, self.cycles_per_year) - self.age_years
        return float(np.clip(reached, 0.0, MAX_LIFE_YEARS))

    @property
    def life_interval(self) -> tuple[float, float]:
        """Return the years to the end of life that hold 90 % of batteries: those that fade fast, and slowly."""
        factor = float(np.exp(self.model.log_interval))
        allowed = self.initial_soh - self.end_of_life_soh
        if allowed <= 0:
            return 0.0, 0.0
        short, long = (self._until(self.initial_soh - allowed * share) for share in (1 / factor, factor))
        return short, long

    @property
    def calendar_share(self) -> float:
        """Return the part of the fade at the end of life that time alone causes, p.u."""
        years = max(self.life_years + self.age_years, 1e-9)
        total = float(self.fade.capacity_loss(years, self.cycles_per_year * years))
        return float(self.fade.calendar_loss(years)) / total


def forecast(
    model: AgeingModel, duty: Duty, end_of_life_soh: float = 0.8, initial_soh: float = 1.0, factor: float = 1.0
) -> Forecast:
    """Return the future of a battery under a duty; factor : of its fade over the model's (see `field.calibrate`).

    Raises: InputError for an initial state of health outside (0, 1].
    """
    if not 0 < initial_soh <= 1:
        raise InputError(f"initial_soh: {initial_soh:g} is not above 0 and at most 1; a new battery has 1")
    growth = model.resistance.fade(duty) if model.resistance else None
    return Forecast(
        model, scaled(model.fade(duty), factor), growth, duty.cycles_per_year, checked_end_of_life(end_of_life_soh), initial_soh
    )  # fmt: skip


def drivers(future: Forecast, duty: Duty) -> Iterator[tuple[str, float]]:
    """Yield (a change of the duty in words, the years of life it adds to a new battery), one for each feature."""
    eol, model = future.end_of_life_soh, future.model
    own = model.fade(duty)
    factor = future.fade.calendar_rate / own.calendar_rate if own.calendar_rate else 1.0
    base = scaled(own, factor).life_years(duty.cycles_per_year, eol)
    changes: dict[str, dict[str, Any]] = {
        "cells 5 K cooler": {"temperature_c": duty.temperature_c - 5.0},
        "cells 5 K warmer": {"temperature_c": duty.temperature_c + 5.0},
        "mean state of charge 20 points lower": {"soc": max(0.0, duty.soc - 0.2)},
        "half the depth of cycle, the same energy": {"depth": max(0.01, duty.depth / 2)},
        "half the C-rate": {"c_rate": duty.c_rate / 2, "charge_c_rate": duty.charging / 2},
        "a third fewer cycles": {"cycles_per_year": duty.cycles_per_year * 2 / 3},
    }
    for said, change in changes.items():
        changed = replace(duty, **change)
        yield said, scaled(model.fade(changed), factor).life_years(changed.cycles_per_year, eol) - base


def spread(duty: Duty, years: float) -> tuple[tuple[str, float], tuple[str, float]]:
    """Return the worst and the best published cell under this duty, each (chemistry, state of health)."""
    by_law = sorted(published_spread(duty, years).items(), key=lambda pair: pair[1])
    return by_law[0], by_law[-1]

"""What becomes of one vehicle's battery: health by year with an interval, its end of life, and what drives it.

health(a; f)    of a battery that fades f times as fast as the model says
ln f            normal between batteries of the same use: 90 % within the model's interval
measured m      weighs each f by how near health(age; f) comes to m, which a vehicle tells to about two points; from there it goes on
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from evplan.city.ageing import DISTANCE, ENERGY, LEAST_HEALTH, Wear, fast_power, wear
from evplan.city.words import CHARGING, Described, air_of
from evplan.degradation.fade import MAX_LIFE_YEARS, checked_end_of_life
from evplan.degradation.predict import AgeingModel, load_model
from evplan.errors import InputError

STEP_YEARS = 0.25
AGES = np.arange(STEP_YEARS, MAX_LIFE_YEARS + STEP_YEARS / 2, STEP_YEARS)
CHANCES = np.array(
    [0.5, 0.95, 0.05]
)  # of fading slower: the middle battery, one that fades fast, one that fades slowly
SPAN, FACTORS = 8.0, 161  # standard deviations each way, and how many factors are weighed
READ_WITHIN = 0.02  # standard deviation of a state of health that a vehicle shows; an assumption
QUARTERS = 24  # steps to the age of a measurement


@dataclass(frozen=True)
class Prediction:
    """One vehicle's future. Its three courses are of the middle battery, one that fades fast, and one that fades slowly."""

    described: Described
    model: AgeingModel
    wear: Wear
    factors: np.ndarray
    end_of_life_soh: float

    @cached_property
    def courses(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return health, resistance and kWh per km at age 0 and AGES, shape (ages + 1, 3)."""
        health, resistance, per_km = self.wear.times(self.factors).by_age(AGES)

        def from_new(new: float | np.ndarray, later: np.ndarray) -> np.ndarray:
            return np.vstack([np.full(3, new), later])

        return from_new(1.0, health), from_new(1.0, resistance), from_new(self.wear.kwh_per_km, per_km)

    def ahead(self, years: np.ndarray, line: int = 0) -> np.ndarray:
        """Return health (0), resistance (1) or kWh per km (2) after `years` from today, shape (years, 3); health from what is measured."""
        at = self.described.age_years + np.asarray(years, float)
        found = np.array([np.interp(at, np.append(0.0, AGES), own) for own in self.courses[line].T]).T
        return np.clip(found + self.beside, LEAST_HEALTH, 1.0) if line == 0 else found

    @property
    def beside(self) -> np.ndarray:
        """Return by how much the measured health lies beside each course today, shape (3,); 0 where none was read."""
        if self.described.health_today is None:
            return np.zeros(3)
        return self.described.health_today - today(self.courses[0], self.described.age_years)

    @property
    def expected(self) -> tuple[float, float]:
        """Return the health that 90 % of such vehicles of this age show, by the model alone."""
        spread = np.exp(self.model.log_interval * np.array([1.0, -1.0]))
        low, high = today(np.vstack([np.ones(2), self.wear.times(spread).by_age(AGES)[0]]), self.described.age_years)
        return float(low), float(high)

    def fast_kw(self, years: np.ndarray) -> np.ndarray:
        """Return the mean power accepted at a fast charger, kW, of the middle battery, shape (years,)."""
        new = fast_power(self.described.vehicle, self.wear, self.ahead(years, 1)[:, 0])
        return self.ahead(years)[:, 0] * new

    @property
    def life_years(self) -> np.ndarray:
        """Return the years from today to the end of life of the three, shape (3,); it may be past, then 0."""
        return np.maximum(0.0, ends(self.courses[0] + self.beside, self.end_of_life_soh) - self.described.age_years)

    @property
    def seen_years(self) -> float:
        """Return how far the courses reach from today, years: a life that long may be longer."""
        return MAX_LIFE_YEARS - self.described.age_years

    @property
    def life_from_new(self) -> float:
        """Return the life of the middle battery from new, years."""
        return float(ends(self.courses[0][:, :1], self.end_of_life_soh)[0])

    @property
    def time_share(self) -> float:
        """Return the part of the fade at the end of life that time alone causes."""
        age = self.life_from_new
        lost = float(self.factors[0] * self.wear.fade.calendar_loss(age))
        return lost / max(1 - float(np.interp(age, np.append(0.0, AGES), self.courses[0][:, 0])), 1e-9)


def predict(said: Described, end_of_life_soh: float = 0.8) -> Prediction:
    """Return the future of a vehicle. Raises: InputError for an end of life that no vehicle reaches on the road."""
    if checked_end_of_life(end_of_life_soh) <= LEAST_HEALTH:
        raise InputError(
            f"end_of_life_soh: {end_of_life_soh:g} must be above {LEAST_HEALTH:g}; below it no vehicle is driven"
        )
    model, own = load_model(said.vehicle.chemistry).outlook(said.fleet.ageing_outlook), said.wear
    if said.age_years >= MAX_LIFE_YEARS:
        raise InputError(f"age: nothing is known of vehicles of {said.age_years:g} years")
    found = likely(own, model.log_interval, np.array([said.age_years]), np.array([said.health_today or np.nan]))
    return Prediction(said, model, own, found[0], end_of_life_soh)


def likely(own: Wear, log_interval: float, age: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Return by how much three batteries of each vehicle fade faster than the model, shape (vehicles, 3), as in CHANCES.

    own : of one vehicle, or of all as columns.  measured : state of health at its age, shape (vehicles,); NaN where none was read.
    """
    spread = log_interval / ndtri(0.95)
    prior = np.exp(spread * ndtri(CHANCES))
    z = np.linspace(-SPAN, SPAN, FACTORS)
    shown = own.times(np.exp(spread * z)).by_age(np.outer(np.linspace(0, 1, QUARTERS + 1)[1:], age)[:, :, None])[0][-1]
    weight = np.exp(-0.5 * z**2 - 0.5 * ((shown - measured[:, None]) / READ_WITHIN) ** 2)
    passed = np.cumsum(weight, axis=1) - weight / 2
    passed /= weight.sum(axis=1, keepdims=True)
    found = [
        prior if np.isnan(m) else np.exp(spread * np.interp(CHANCES, p, z))
        for m, p in zip(measured, passed, strict=True)
    ]
    return np.array(found)


def today(health: np.ndarray, age: float) -> np.ndarray:
    """Return the health of each course, shape (ages + 1, courses) from age 0, at an age."""
    return np.array([np.interp(age, np.append(0.0, AGES), own) for own in health.T])


def ends(health: np.ndarray, end_of_life_soh: float) -> np.ndarray:
    """Return the age at which each course, shape (ages + 1, courses) from age 0, reaches the end of life; 60 means 60 or more."""
    ages = np.append(0.0, AGES)
    below = health <= end_of_life_soh
    k = np.where(below.any(axis=0), below.argmax(axis=0), len(ages) - 1)
    column = np.arange(health.shape[1])
    above, under = health[k - 1, column], health[k, column]
    part = np.clip((above - end_of_life_soh) / np.maximum(above - under, 1e-12), 0.0, 1.0)
    found = np.where(below.any(axis=0), ages[k - 1] + part * STEP_YEARS, MAX_LIFE_YEARS)
    return np.where(below[0], 0.0, found)


def drivers(found: Prediction) -> Iterator[tuple[str, float]]:
    """Yield (a change in words, years of life that it adds from new), for each word that could be another."""
    said, eol = found.described, found.end_of_life_soh
    air_c, vehicle = air_of(said.place), said.vehicle

    def life(own: Wear) -> float:
        health = own.times(found.factors[:1]).by_age(AGES)[0]
        return float(ends(np.vstack([[1.0], health]), eol)[0])

    base = life(found.wear)

    def changed(fleet=said.fleet, air=air_c, fast=said.fast, **update) -> float:
        return life(wear(vehicle.model_copy(update=update), fleet, air, fast)) - base

    yield "a climate 5 K cooler", changed(air=air_c - 5.0)
    yield "a climate 5 K warmer", changed(air=air_c + 5.0)
    for use in DISTANCE:
        if use != vehicle.use:
            yield f"{use} use", changed(use=use)
    for traffic in ENERGY:
        if traffic != said.fleet.traffic:
            yield f"{traffic} traffic", changed(fleet=said.fleet.model_copy(update={"traffic": traffic}))
    for word, fast in CHARGING.items():
        if abs(fast - said.fast) > 0.1:
            yield f"{word} charging ({fast:.0%} at fast chargers)", changed(fast=fast)
    yield "left 20 points less full", changed(mean_soc=max(0.0, vehicle.mean_soc - 0.2))
    yield "charged at half the depth, twice as often", changed(depth=max(0.01, vehicle.depth / 2))
    yield "a battery half as large again", changed(battery_kwh=1.5 * vehicle.battery_kwh)

"""Charging demand of a city, hour by hour: what its vehicles use, where they plug in, and what charging that can wait waits for.

energy(d, y)      sum over classes and ages of vehicles * kWh/km * km / 365 * warmth(d) * weekday(d) / charging efficiency
plug-in(h)        energy by place (home, work, public, fast), each with its measured hours of plugging in
as it comes       each plug-in spread over the hours that its charge takes
managed           each plug-in waits for the hours of its stay that are best by the strategy's key
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.city.ageing import Aged, climate_factors
from evplan.city.study import Charging, Strategy
from evplan.instance.profiles import arrival_profile
from evplan.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR

PROFILES = {"home": "home", "workplace": "workplace", "public": "public-ac", "fast": "urban-fast"}
# Median stays, h: at home of Soerensen et al. 2021 (data/profiles); a working day; in public an assumption.
STAY_H = {"home": 10, "workplace": 8, "public": 4}
NIGHT = (22, 6)  # hours between which `night` charges
DRIVEN_AT_WEEKENDS = 0.85  # of a weekday's distance; an assumption


@dataclass(frozen=True)
class Wanted:
    """What a city's vehicles want, shape (8760, years), kWh from the grid side of chargers.

    vehicles, health, sessions : of each year, shape (years,); health is the mean of batteries, by capacity.
    usable_kwh : capacity that all batteries together still have.  by_place : energy charged at each place, shape (years,).
    """

    demand: np.ndarray
    vehicles: np.ndarray
    health: np.ndarray
    sessions: np.ndarray
    kwh_per_km: np.ndarray
    usable_kwh: np.ndarray
    by_place: dict[str, np.ndarray]

    @property
    def peak_kw(self) -> np.ndarray:
        """Return the most that is charged in one hour of each year."""
        return self.demand.max(axis=0)


def wanted(
    classes: list[tuple[np.ndarray, Aged]], charging: Charging, air_c: np.ndarray, keys: dict[Strategy, np.ndarray], weekday: int
) -> Wanted:  # fmt: skip
    """Return the charging demand of a city.

    classes : of each, vehicles by year and age, shape (years, ages), and what age does to them.
    keys : of each strategy that needs one, how little an hour is worth charging in, shape (8760, years).
    weekday : of the first day, 0 for Monday.
    """
    stock = np.array([cohort.sum(axis=1) for cohort, _ in classes])
    yearly = sum(cohort @ own.kwh_per_year for cohort, own in classes)
    daily = np.outer(day_factors(air_c, weekday), yearly) / DAYS_PER_YEAR / charging.efficiency
    sessions = sum(cohort @ own.sessions for cohort, own in classes)
    per_session = daily.sum(axis=0) / np.maximum(sessions, 1e-9)
    at_kw = {
        fast: sum(cohort @ (own.sessions * (own.fast_kw if fast else own.charge_kw)) for cohort, own in classes)
        / np.maximum(sessions, 1e-9)
        for fast in (False, True)
    }
    demand, by_place, parts = np.zeros((HOURS_PER_YEAR, len(yearly))), {}, parts_by_day(charging, weekday)
    for place, profile in PROFILES.items():
        here = parts[place][:, None] * daily
        plugged = np.repeat(here, HOURS_PER_DAY, axis=0) * hours_of(profile, weekday)[:, None]
        by_place[place] = here.sum(axis=0)
        takes_h = per_session / np.maximum(
            np.minimum(at_kw[True], charging.fast_kw) if place == "fast" else at_kw[False], 1e-9
        )
        demand += _placed(plugged, place, takes_h, charging, keys)
    capacity = sum(cohort @ own.usable_kwh for cohort, own in classes)
    new = sum(cohort.sum(axis=1) * own.usable_kwh[0] / own.health[0] for cohort, own in classes)
    km = sum(cohort.sum(axis=1) * own.km_per_year for cohort, own in classes)
    return Wanted(
        demand, stock.sum(axis=0), capacity / np.maximum(new, 1e-9), sessions, yearly / np.maximum(km, 1e-9), capacity,
        by_place,
    )  # fmt: skip


def day_factors(air_c: np.ndarray, weekday: int) -> np.ndarray:
    """Return the energy of each day over the mean day's at 20 °C, shape (365,): warmth and cold cost, weekends are driven less."""
    day = (np.arange(DAYS_PER_YEAR) + weekday) % 7
    driven = np.where(day >= 5, DRIVEN_AT_WEEKENDS, 1.0)
    return climate_factors(air_c) * driven / driven.mean()


def parts_by_day(charging: Charging, weekday: int) -> dict[str, np.ndarray]:
    """Return the part of each day's energy that is charged at each place, shape (365,) each; together 1 every day.

    On working days as the study says; at weekends each place by its measured weekend use, and the others take what it lacks.
    """
    weekend = (np.arange(DAYS_PER_YEAR) + weekday) % 7 >= 5
    used = {
        place: getattr(charging, place) * np.where(weekend, arrival_profile(profile).weekend_factor, 1.0)
        for place, profile in PROFILES.items()
    }
    total = np.sum(list(used.values()), axis=0)
    if not (total > 0).all():  # who charges at work alone does so at weekends too
        return {place: np.full(DAYS_PER_YEAR, getattr(charging, place)) for place in PROFILES}
    return {place: part / total for place, part in used.items()}


def hours_of(profile: str, weekday: int) -> np.ndarray:
    """Return the part of each day's energy that is plugged in for in each hour, shape (8760,)."""
    found = arrival_profile(profile)
    day = (np.arange(DAYS_PER_YEAR) + weekday) % 7
    return np.concatenate([found.weekend if d >= 5 else found.weekday for d in day])


def _placed(
    plugged: np.ndarray, place: str, takes_h: np.ndarray, charging: Charging, keys: dict[Strategy, np.ndarray]
) -> np.ndarray:  # fmt: skip
    """Return when what is plugged in for is charged, shape (8760, years)."""
    key = keys.get(charging.strategy)
    managed = charging.managed_share if place in STAY_H and key is not None else 0.0
    as_it_comes = np.stack([spread(plugged[:, y], takes_h[y]) for y in range(plugged.shape[1])], axis=1)
    if not managed:
        return as_it_comes
    assert key is not None
    waits = [waiting(plugged[:, y], takes_h[y], STAY_H[place], key[:, y]) for y in range(plugged.shape[1])]
    return (1 - managed) * as_it_comes + managed * np.stack(waits, axis=1)


def spread(plugged: np.ndarray, takes_h: float) -> np.ndarray:
    """Return energy when each hour's plug-ins are charged evenly over the hours they take, the year closed to a ring.

    Vehicles come evenly within their hour, so a charge of one hour falls half into the next.
    """
    takes = max(takes_h, 1e-3)
    edges = np.arange(int(np.ceil(takes)) + 2.0)
    done = np.array([_done_by(edge, takes) for edge in edges])
    return sum(part * np.roll(plugged, k) for k, part in enumerate(np.diff(done)))


def _done_by(edge: float, takes: float) -> float:
    """Return the part of a charge that is done by so many hours after its plug-in hour began, for one that comes evenly within it."""
    since = np.linspace(0.5 / 64, 1 - 0.5 / 64, 64)
    return float(np.clip((edge - since) / takes, 0.0, 1.0).mean())


def waiting(plugged: np.ndarray, takes_h: float, stay_h: int, key: np.ndarray) -> np.ndarray:
    """Return energy when each plug-in takes the hours of its stay with the least key, the earlier first where they tie."""
    takes = min(max(takes_h, 1e-3), float(stay_h))
    weights = np.clip(takes - np.arange(stay_h), 0.0, 1.0) / takes  # of the best hour, the second best, ...
    window = (np.arange(HOURS_PER_YEAR)[:, None] + np.arange(stay_h)) % HOURS_PER_YEAR
    best = np.take_along_axis(window, np.argsort(key[window], axis=1, kind="stable"), axis=1)
    return np.bincount(best.ravel(), (plugged[:, None] * weights).ravel(), HOURS_PER_YEAR)


def night_key(hours: int = HOURS_PER_YEAR) -> np.ndarray:
    """Return the key of night charging, shape (hours,): 0 at night, 1 by day."""
    hour = np.arange(hours) % HOURS_PER_DAY
    return np.where((hour >= NIGHT[0]) | (hour < NIGHT[1]), 0.0, 1.0)

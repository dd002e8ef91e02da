"""A surrogate of a whole year's hourly use: two rates from a day-by-day summary, without counting cycles.

    ln k_cal(year) = ln k_cal(mean day)  + c_cal(features)
    ln k_cyc(year) = ln k_cyc(mean day)  + c_cyc(features)

The mean day's rates come from the learned model at the year's mean temperature and charge, and at the mean daily swing and
rates; c are quadratic in the features, fitted by ridge regression on years that were counted in full (history.py).
It answers a hundred thousand years in a second or so, for whoever must age a whole fleet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.degradation.history import Use, fade_of_use
from evplan.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR

if TYPE_CHECKING:
    from evplan.degradation.predict import AgeingModel

YEARS = 2400  # years drawn: two thirds to learn from, one third to measure on
RIDGE = 1e-4
FLOOR = 1e-6  # keeps ratios defined for a battery at rest
SUMMARY = (
    "mean_c", "swing_season_c", "swing_day_c", "mean_soc", "swing_soc", "with_heat", "fec_per_day", "range", "range_spread",
    "turns", "c_rate", "charge_c_rate",
)  # fmt: skip


def summary(temperature_c: np.ndarray, soc: np.ndarray) -> np.ndarray:
    """Return the features of years of hours, shape (..., 12), from arrays of shape (..., 8760).

    In the order of SUMMARY: mean temperature, its spread over days and within them; mean charge, its spread, its covariance
    with temperature; full equivalent cycles a day, mean daily range of charge (weighted by itself) and its spread, movement over range;
    mean rate of movement and of charging, weighted by what moves.
    """
    days_c = temperature_c.reshape(*temperature_c.shape[:-1], DAYS_PER_YEAR, HOURS_PER_DAY)
    days = soc.reshape(days_c.shape)
    moved = np.diff(soc, axis=-1, prepend=soc[..., -1:])
    up = np.maximum(moved, 0.0)
    reach = days.max(axis=-1) - days.min(axis=-1)
    total = np.abs(moved).sum(axis=-1)
    columns = (
        temperature_c.mean(axis=-1),
        days_c.mean(axis=-1).std(axis=-1),
        (days_c - days_c.mean(axis=-1, keepdims=True)).std(axis=(-1, -2)),
        soc.mean(axis=-1),
        soc.std(axis=-1),
        ((soc - soc.mean(axis=-1, keepdims=True)) * temperature_c).mean(axis=-1),
        total / 2 / DAYS_PER_YEAR,
        (reach**2).sum(axis=-1) / np.maximum(reach.sum(axis=-1), FLOOR),
        reach.std(axis=-1),
        total / 2 / np.maximum(reach.sum(axis=-1), FLOOR),
        (moved**2).sum(axis=-1) / np.maximum(total, FLOOR),
        (up**2).sum(axis=-1) / np.maximum(up.sum(axis=-1), FLOOR),
    )
    return np.stack(columns, axis=-1)


def mean_day_rates(model: AgeingModel, features: np.ndarray) -> np.ndarray:
    """Return ln of both rates of the mean day, shape (..., 2)."""
    read = dict(zip(SUMMARY, np.moveaxis(features, -1, 0), strict=True))
    rates = np.clip(read["c_rate"], 0.05, None), np.clip(read["charge_c_rate"], 0.05, None)
    calendar = model.calendar_rate(read["mean_c"], read["mean_soc"])
    cycle = model.cycle_rate(read["mean_c"], np.clip(read["range"], 0.02, 1.0), *rates)
    return np.log(np.stack([calendar, cycle], axis=-1))


def year_rates(model: AgeingModel, features: np.ndarray) -> np.ndarray:
    """Return calendar and cycle rate of years known by their features, shape (..., 2), with the model's surrogate."""
    arrays = model.arrays
    scaled = (features - arrays["surrogate_mean"]) / arrays["surrogate_scale"]
    return np.exp(mean_day_rates(model, features) + _quadratic(scaled) @ arrays["surrogate_weights"])


def _quadratic(scaled: np.ndarray) -> np.ndarray:
    """Return 1, x and all products x_i x_j, along the last axis."""
    first, second = np.triu_indices(scaled.shape[-1])
    ones = np.ones((*scaled.shape[:-1], 1))
    return np.concatenate([ones, scaled, scaled[..., first] * scaled[..., second]], axis=-1)


def fit_surrogate(model: AgeingModel, seed: int, years: int = YEARS) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the surrogate's arrays, and its held-out errors."""
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler

    uses = [draw_year(np.random.default_rng([seed, number])) for number in range(years)]
    counted = np.array([_counted(model, *use) for use in uses])
    features = np.array([summary(*use) for use in uses])
    shown = years * 2 // 3
    scaler = StandardScaler().fit(features[:shown])
    wanted = np.log(counted) - mean_day_rates(model, features)
    ridge = Ridge(alpha=RIDGE * shown, fit_intercept=False)
    ridge.fit(_quadratic(scaler.transform(features[:shown])), wanted[:shown])
    arrays = {
        "surrogate_mean": scaler.mean_, "surrogate_scale": scaler.scale_, "surrogate_weights": ridge.coef_.T.copy(),
    }  # fmt: skip
    return arrays, {"years": years - shown, **errors(_with(model, arrays), features[shown:], counted[shown:])}


def _with(model: AgeingModel, arrays: Mapping[str, np.ndarray]) -> AgeingModel:
    from dataclasses import replace

    return replace(model, arrays={**model.arrays, **arrays})


def errors(model: AgeingModel, features: np.ndarray, counted: np.ndarray) -> dict[str, float]:
    """Return the mean relative errors of both rates and of the loss after ten such years."""
    found = year_rates(model, features)
    relative = np.abs(found / counted - 1).mean(axis=0)
    fec = 10 * DAYS_PER_YEAR * features[:, SUMMARY.index("fec_per_day")]
    loss = [
        rates[:, 0] * 10**model.time_exponent + rates[:, 1] * fec**model.cycle_exponent for rates in (found, counted)
    ]
    return {
        "calendar_rate_mape": float(relative[0]),
        "cycle_rate_mape": float(relative[1]),
        "ten_year_loss_mape": float(np.abs(loss[0] / loss[1] - 1).mean()),
    }


def _counted(model: AgeingModel, temperature_c: np.ndarray, soc: np.ndarray) -> tuple[float, float]:
    fade = fade_of_use(model.capacity, Use(temperature_c, soc))
    return fade.calendar_rate, fade.cycle_rate


def draw_year(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a year of hours, cell temperature and state of charge, of a battery drawn at random.

    Seasons and days of a climate between 5 and 35 °C on average; a resting charge, and on most days one or two
    discharges and recharges, of depths and powers that scatter about the battery's own.
    """
    hour = np.arange(HOURS_PER_YEAR)
    season, daily = random.uniform(0, 12), random.uniform(0, 6)
    temperature_c = random.uniform(5, 35) - season * np.cos(2 * np.pi * hour / HOURS_PER_YEAR)
    temperature_c = temperature_c - daily * np.cos(2 * np.pi * (hour - 3) / HOURS_PER_DAY)
    temperature_c = temperature_c + np.repeat(random.normal(0, 2, DAYS_PER_YEAR), HOURS_PER_DAY)
    high = random.uniform(0.6, 1.0)
    depth = random.uniform(0.1, high - 0.05)
    works, twice = random.uniform(0.5, 1.0), random.uniform(0.0, 0.6)
    out_h, in_h, spread = random.uniform(1, 4), random.uniform(1, 6), random.uniform(0.02, 0.4)
    soc = np.full((DAYS_PER_YEAR, HOURS_PER_DAY), high)
    starts = (random.integers(5, 8), random.integers(16, 18))
    for start, worked in zip(
        starts, (random.random(DAYS_PER_YEAR) < works, random.random(DAYS_PER_YEAR) < twice), strict=True
    ):
        deep = np.clip(depth * random.lognormal(0, spread, DAYS_PER_YEAR), 0.02, high - 0.02) * worked
        since = np.arange(HOURS_PER_DAY) - start
        shape = np.clip(since / out_h, 0, 1) - np.clip((since - out_h - 1) / min(in_h, 23 - start - out_h), 0, 1)
        soc -= deep[:, None] * np.where(since < 0, 0.0, np.clip(shape, 0, 1))
    return temperature_c, np.clip(soc, 0.0, 1.0).ravel()

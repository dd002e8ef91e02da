"""How good a trained model is: errors in and out of its range, monotonicity, coverage of its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.degradation.dataset import (
    BEYOND,
    FEATURES,
    PHYSICAL,
    calendar_rates,
    cycle_rates,
    loss_of,
)
from evplan.degradation.direct import direct_loss
from evplan.degradation.fade import Fade
from evplan.degradation.laws import Law
from evplan.degradation.predict import AgeingModel

if TYPE_CHECKING:
    import pandas as pd

COVERAGE = 0.90
MUST_RISE = ("depth", "charge_c_rate", "years", "cycles_per_day")  # a battery used so never ends up with more
PAIRS = 100_000
SLACK = 1e-12  # relative: rounding of the last bits is no violation


def rate_errors(model: AgeingModel, law: Law, rows: Any) -> dict[str, float]:
    """Return mean and worst relative errors of both rates, and of the loss, against the law without scatter."""
    calendar, cycle = model.rates_of(rows)
    true_calendar, true_cycle = calendar_rates(law, rows), cycle_rates(law, rows)
    off = {"calendar": np.abs(calendar / true_calendar - 1), "cycle": np.abs(cycle / true_cycle - 1)}
    learned, true = (loss_of(law, *rates, rows) for rates in ((calendar, cycle), (true_calendar, true_cycle)))
    return {
        **{f"{rate}_rate_mape": float(error.mean()) for rate, error in off.items()},
        **{f"{rate}_rate_worst": float(error.max()) for rate, error in off.items()},
        "loss_mape": float(np.abs(learned / true - 1)[true > 0].mean()),
    }


def learned_loss(model: AgeingModel, law: Law, rows: Any) -> np.ndarray:
    """Return the capacity lost by every row, p.u., which may exceed 1."""
    return loss_of(law, *model.rates_of(rows), rows)


def direct_errors(estimator: Any, law: Law, rows: pd.DataFrame) -> float:
    """Return a direct estimator's mean relative error of the loss against the law without scatter."""
    true = loss_of(law, calendar_rates(law, rows), cycle_rates(law, rows), rows)
    seen = (true > 0.01) & (true < 1)  # a ratio to nearly nothing, or to a dead battery, says nothing
    return float(np.abs(direct_loss(estimator, rows) / true - 1)[seen].mean())


def violations(loss: Callable[[Mapping], np.ndarray], ranges: Mapping, seed: int, pairs: int = PAIRS) -> dict[str, int]:
    """Return, for each feature along which loss must rise, in how many random pairs it falls.

    Pairs differ in that feature alone and lie in the range and up to a fifth of its width beyond.
    """
    random, found = np.random.default_rng(seed), {}
    for name in MUST_RISE:
        rows = {}
        for feature in FEATURES:
            low, high = ranges[feature]
            reach = BEYOND * (high - low)
            rows[feature] = random.uniform(
                max(low - reach, PHYSICAL[feature][0]), min(high + reach, PHYSICAL[feature][1]), (2, pairs)
            )
        first = {feature: values[0] for feature, values in rows.items()}
        gentle, harsh = (first | {name: edge(rows[name], axis=0)} for edge in (np.min, np.max))
        found[name] = int((loss(gentle) > loss(harsh) * (1 + SLACK)).sum())
    return found


def half_width(observed: np.ndarray, predicted: np.ndarray, coverage: float = COVERAGE) -> float:
    """Return the split-conformal half-width of ln(loss): the share `coverage` of batteries falls within it.

    Vovk, Gammerman and Shafer 2005; the quantile is that of n + 1 exchangeable batteries.
    """
    score = np.sort(np.abs(np.log(observed / predicted)))
    return float(score[min(len(score) - 1, int(np.ceil((len(score) + 1) * coverage)) - 1)])


def coverage(observed: np.ndarray, predicted: np.ndarray, width: float) -> float:
    """Return the share of batteries whose loss lies within the interval."""
    return float((np.abs(np.log(observed / predicted)) <= width).mean())


def additivity_error(model: AgeingModel, calendar_rate: float, cycle_rate: float, cycles_per_year: float) -> float:
    """Return how far 3 and 3 years of a duty differ from 6, p.u. of capacity."""
    fade = Fade(calendar_rate, cycle_rate, model.time_exponent, model.cycle_exponent)
    half = fade.further((0.0, 0.0), 3.0, 3.0 * cycles_per_year)
    twice = fade.further(half, 3.0, 3.0 * cycles_per_year)
    return abs(float(sum(twice)) - float(fade.capacity_loss(6.0, 6.0 * cycles_per_year)))

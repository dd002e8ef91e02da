"""Train the ageing model of one chemistry, measure it, and write it with its card and dataset.

Dataset: 80 % to learn from, 20 % never shown; the interval is set on another one of its own. `models/<chemistry>.npz` holds
the splines of both rates and the surrogate, `-direct.joblib` the comparison, `.json` the card, `training.html` the plots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.degradation import quality
from evplan.degradation.dataset import Distributions, beyond_range, fingerprint, monte_carlo, read_distributions
from evplan.degradation.direct import direct_loss, fit_direct
from evplan.degradation.exchange import require_skops, write_exchange
from evplan.degradation.field import calendar_fits, calendar_scale, field_exponent
from evplan.degradation.laws import Law, Rates, law_named
from evplan.degradation.predict import OF_CYCLES, AgeingModel
from evplan.degradation.regression import Spline, fit_rate
from evplan.degradation.store import write_model
from evplan.degradation.surrogate import YEARS, fit_surrogate
from evplan.errors import InputError
from evplan.paths import models_dir, replacing, require_writable

if TYPE_CHECKING:
    import pandas as pd

RATES = {"calendar": ("temperature_c", "soc"), "cycle": ("temperature_c", *OF_CYCLES)}
LEARN = 0.8  # of the samples; the rest is never shown
INTERVAL_SAMPLES = 20_000  # the share of 4,000 that falls within an interval would itself be uncertain by half a point
MIN_SAMPLES = 500  # fewer leave spline columns without data
OUT_SAMPLES = 20_000
MOST_SAMPLES = 1_000_000
MOST_SEED = 2**32 - 3  # scikit-learn takes 32 bits, and two datasets more are drawn
UNITS = {"temperature_c": "°C, cell", "soc": "p.u., mean", "depth": "p.u.", "c_rate": "1/h", "charge_c_rate": "1/h"}


def silent(what: str, known: str) -> None:
    """Report nothing."""


def train(
    chemistry: str, out_dir: Path | None = None, samples: int | None = None, seed: int | None = None,
    distributions: Path | None = None, *, surrogate_years: int = YEARS, direct: bool = True, exchange: bool = False,
    progress: Callable[[str, str], None] = silent,
) -> dict:  # fmt: skip
    """Train, measure and write one model; return its card. The same arguments give the same model.

    samples, seed : replace those of the distributions' file.  direct : train the direct estimators too.
    exchange : write them for others to open, too.

    Raises: InputError for an unknown chemistry, a faulty file, or too few samples.
    """
    out_dir, law = Path(out_dir) if out_dir else models_dir(), law_named(chemistry)
    drawn_from = _asked(read_distributions(distributions), samples, seed)
    samples, seed = drawn_from.samples, drawn_from.seed
    require_writable(out_dir)
    if exchange:
        require_skops()

    progress(chemistry, f"drawing {samples:,} batteries")
    frame = monte_carlo(chemistry, samples, seed, drawn_from)
    write_dataset(frame, out_dir / "datasets" / f"{chemistry}.parquet")
    outside = beyond_range(chemistry, OUT_SAMPLES, seed + 1, drawn_from)
    shown, unseen = frame[: round(samples * LEARN)], frame[round(samples * LEARN) :]

    progress(chemistry, "learning both rates")
    model = learn(law, shown, drawn_from)
    width = quality.half_width(*_losses(model, law, monte_carlo(chemistry, INTERVAL_SAMPLES, seed + 2, drawn_from)))

    progress(chemistry, "learning whole years")
    arrays, year_errors = fit_surrogate(model, seed, surrogate_years)

    progress(chemistry, "comparing with trees and a network")
    estimators = fit_direct(shown, seed) if direct else None
    card = {
        **describe(law, model),
        "samples": samples,
        "seed": seed,
        "training_data_sha256": fingerprint(frame),
        "scatter": {"cells_sigma": drawn_from.cell_scatter_sigma, "in_service_sigma": drawn_from.fleet_scatter_sigma},
        **_measured(law, model, width, unseen, outside, drawn_from),
        "surrogate": year_errors,
        "direct": _direct(law, estimators or {}, unseen, outside, drawn_from),
    }
    if exchange and estimators is not None:
        write_exchange(estimators, out_dir / f"{chemistry}-direct.skops")
    return write_model({**model.arrays, **arrays}, estimators, card, out_dir)


def _asked(drawn_from: Distributions, samples: int | None, seed: int | None) -> Distributions:
    """Return distributions with the samples and the seed asked for; raise `InputError` where they cannot be."""
    asked = replace(
        drawn_from,
        samples=drawn_from.samples if samples is None else samples,
        seed=drawn_from.seed if seed is None else seed,
    )
    if not MIN_SAMPLES <= asked.samples <= MOST_SAMPLES:
        raise InputError(
            f"samples: {asked.samples:,} is not between {MIN_SAMPLES}, enough to train on, and {MOST_SAMPLES:,}, "
            "which memory is sure to hold"
        )
    if not 0 <= asked.seed <= MOST_SEED:
        raise InputError(f"seed: {asked.seed} is below 0 or above {MOST_SEED}; give a whole number between")
    return asked


def _measured(
    law: Law, model: AgeingModel, width: float, unseen: pd.DataFrame, outside: pd.DataFrame, drawn_from: Distributions
) -> dict[str, Any]:
    """Return interval, errors and monotonicity on batteries that were not learned from, in and out of range."""
    return {
        "interval": {
            "nominal_coverage": quality.COVERAGE,
            "log_half_width": width,
            "coverage": quality.coverage(*_losses(model, law, unseen), width),
            "coverage_out_of_range": quality.coverage(*_losses(model, law, outside), width),
        },
        "held_out": quality.rate_errors(model, law, unseen),
        "out_of_range": quality.rate_errors(model, law, outside),
        "monotone_violations": quality.violations(
            lambda rows: quality.learned_loss(model, law, rows), drawn_from.ranges(law), drawn_from.seed
        ),
    }


def _direct(
    law: Law, estimators: Mapping[str, Any], unseen: pd.DataFrame, outside: pd.DataFrame, drawn_from: Distributions
) -> dict[str, Any]:
    """Return the direct estimators' errors in and out of range, and how often they fall where loss must rise."""
    return {
        name: {
            "loss_mape": quality.direct_errors(estimator, law, unseen),
            "loss_mape_out_of_range": quality.direct_errors(estimator, law, outside),
            "monotone_violation_share": _share(estimator, law, drawn_from, drawn_from.seed),
        }
        for name, estimator in estimators.items()
    }


def learn(law: Law, frame: pd.DataFrame, drawn_from: Distributions) -> AgeingModel:
    """Return a model of both rates, without an interval or a surrogate."""
    spans, splines = drawn_from.ranges(law), {}
    for rate, names in RATES.items():
        columns = {name: frame[name].to_numpy() for name in names}
        splines[rate] = fit_rate(columns, spans, law.rising, frame[f"{rate}_rate"].to_numpy())
    capacity = Rates(
        splines["calendar"].rate, splines["cycle"].rate, law.capacity.time_exponent, law.capacity.cycle_exponent
    )
    ranges = {name: spans[name] for name in law.ranges}
    arrays = {rate: spline.coefficients for rate, spline in splines.items()}
    return AgeingModel(law.chemistry, capacity, law.resistance, 0.0, ranges, {"rates": _said(splines)}, arrays)


def _said(splines: Mapping[str, Spline]) -> dict[str, Any]:
    return {
        rate: {"features": list(spline.names), "spans": [list(span) for span in spline.spans]}
        for rate, spline in splines.items()
    }


def _losses(model: AgeingModel, law: Law, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return observed and predicted loss of the batteries in service that are still alive."""
    observed, predicted = rows["fleet_loss"].to_numpy(), quality.learned_loss(model, law, rows)
    alive = (observed > 0) & (observed < 1)
    return observed[alive], predicted[alive]


def _share(estimator: Any, law: Law, drawn_from: Distributions, seed: int, pairs: int = 10_000) -> dict[str, float]:
    """Return the share of pairs in which a direct estimator's loss falls although it must rise."""
    found = quality.violations(lambda rows: direct_loss(estimator, rows), drawn_from.ranges(law), seed, pairs)
    return {name: count / pairs for name, count in found.items()}


def describe(law: Law, model: AgeingModel) -> dict:
    """Return the part of the card that is known before it is measured."""
    return {
        "chemistry": law.chemistry,
        "cell": law.cell,
        "form": "loss = calendar_rate * years^time_exponent + cycle_rate * fec^cycle_exponent, p.u.",
        "time_exponent": law.capacity.time_exponent,
        "cycle_exponent": law.capacity.cycle_exponent,
        "rates": model.card["rates"],
        "rising": list(law.rising),
        "units": UNITS,
        "valid_range": {name: list(span) for name, span in model.valid_range.items()},
        "field": {
            "time_exponent": field_exponent(law),
            "calendar_scale": calendar_scale(law),
            "fits": len(calendar_fits(law.chemistry)),
        },
        "thermal_cell": law.thermal_cell,
        "source": law.source,
        "versions": {name: version(name) for name in ("scikit-learn", "numpy", "scipy", "joblib")},
    }


def write_dataset(frame: pd.DataFrame, path: Path) -> None:
    """Write the dataset as Parquet, whole or not at all."""
    with replacing(path) as temporary:
        frame.to_parquet(temporary, index=False)

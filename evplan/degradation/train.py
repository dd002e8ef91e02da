"""Train the ageing model of one chemistry and write it with its card.

`models/<chemistry>.joblib` holds two regressors; `models/<chemistry>.json`, its card, says what
they learned from, how well, where they hold, and the SHA-256 that `predict` demands before loading.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.degradation.dataset import CELL_SCATTER_SIGMA, fingerprint, law_named, monte_carlo
from evplan.degradation.fade import Fade
from evplan.degradation.laws import Law
from evplan.degradation.regression import build_regressor, predict_rate
from evplan.errors import InputError
from evplan.paths import models_dir, replacing, require_writable
from evplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

FEATURES = {"calendar": ["temperature_c", "soc"], "cycle": ["temperature_c", "depth", "c_rate"]}
TARGETS = {"calendar": "calendar_rate_per_year_p", "cycle": "cycle_rate_per_fec_q"}
HELD_OUT = 0.2  # of the samples, never shown to the regressors
MIN_SAMPLES = 200  # fewer leave spline columns without data


def train(chemistry: str, out_dir: Path | None = None, samples: int = 20000, seed: int = 1) -> dict:
    """Train, measure and write one model; return its card. The same arguments give the same model.

    Raises: InputError for an unknown chemistry or too few samples.
    """
    if samples < MIN_SAMPLES:
        raise InputError(f"samples: {samples} is too few to train on; give {MIN_SAMPLES} or more")
    if seed < 0:
        raise InputError(f"seed: {seed} is below 0; give a whole number from 0")
    require_writable(Path(out_dir) if out_dir else models_dir())
    law = law_named(chemistry)
    frame = monte_carlo(chemistry, samples, seed)
    shown = round(samples * (1 - HELD_OUT))
    regressors = fit(frame[:shown])
    card = {
        **describe(law),
        "samples": samples,
        "seed": seed,
        "training_data_sha256": fingerprint(frame),
        "held_out": {"samples": samples - shown, **measure(law, regressors, frame[shown:])},
    }
    return write(regressors, card, Path(out_dir) if out_dir else models_dir())


def fit(frame: pd.DataFrame) -> dict:
    """Return a trained regressor of ln k for each rate."""
    regressors = {}
    for rate, features in FEATURES.items():
        regressor = build_regressor(spline_columns=len(features) - 1)
        regressors[rate] = regressor.fit(frame[features].to_numpy(), np.log(frame[TARGETS[rate]].to_numpy()))
    return regressors


def measure(law: Law, regressors: dict, frame: pd.DataFrame) -> dict:
    """Return the errors against the law without scatter, on cases the regressors have not seen."""
    inputs = {rate: [frame[name].to_numpy() for name in names] for rate, names in FEATURES.items()}
    true = {"calendar": law.calendar_rate(*inputs["calendar"]), "cycle": law.cycle_rate(*inputs["cycle"])}
    learned = {rate: predict_rate(regressors[rate], *inputs[rate]) for rate in FEATURES}
    years = frame["years"].to_numpy()
    fec = years * DAYS_PER_YEAR * frame["cycles_per_day"].to_numpy()
    loss, learned_loss = (
        Fade(rates["calendar"], rates["cycle"], law.time_exponent, law.cycle_exponent).capacity_loss(years, fec)
        for rates in (true, learned)
    )
    relative = {rate: 100 * np.abs(learned[rate] / true[rate] - 1) for rate in FEATURES}
    return {
        "calendar_rate_mape_percent": round(float(relative["calendar"].mean()), 4),
        "calendar_rate_worst_percent": round(float(relative["calendar"].max()), 4),
        "cycle_rate_mape_percent": round(float(relative["cycle"].mean()), 4),
        "cycle_rate_worst_percent": round(float(relative["cycle"].max()), 4),
        "state_of_health_mae_points": round(float(100 * np.abs(learned_loss - loss).mean()), 4),
    }


def describe(law: Law) -> dict:
    """Return the part of the card that is known before training."""
    return {
        "chemistry": law.chemistry,
        "form": "loss = calendar_rate * years^time_exponent + cycle_rate * fec^cycle_exponent, p.u.",
        "time_exponent": law.time_exponent,
        "cycle_exponent": law.cycle_exponent,
        "features": FEATURES,
        "units": {"temperature_c": "°C, cell", "soc": "p.u., mean", "depth": "p.u.", "c_rate": "1/h"},
        "valid_range": {name: list(span) for name, span in law.ranges.items()},
        "source": law.source,
        "cell_scatter_sigma": CELL_SCATTER_SIGMA,
        "versions": {name: version(name) for name in ("scikit-learn", "numpy", "joblib")},
    }


def write(regressors: dict, card: dict, out_dir: Path) -> dict:
    """Write the artefact, then the card with its SHA-256, each whole or not at all; return the card."""
    import joblib

    artefact = out_dir / f"{card['chemistry']}.joblib"
    with replacing(artefact) as temporary:
        joblib.dump(regressors, temporary, compress=("zlib", 6))
        digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
    card = card | {"artefact": artefact.name, "artefact_sha256": digest}
    with replacing(artefact.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return card

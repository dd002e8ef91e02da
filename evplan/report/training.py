"""The training page: what every trained ageing model learned and how well, as one self-contained HTML file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from evplan.degradation.dataset import FEATURES, PHYSICAL, Distributions, beyond_range, monte_carlo, read_distributions
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import OUTLOOKS, WORDS, AgeingModel, load_model
from evplan.errors import InputError
from evplan.paths import models_dir, replacing
from evplan.report import battery_figures as figures
from evplan.report.page import environment

SHOWN = 1500  # points of a scatter plot
REPEATS = 5
USUAL = {
    "temperature_c": 25.0, "soc": 0.5, "depth": 0.7, "c_rate": 0.5, "charge_c_rate": 0.5, "years": 10.0, "cycles_per_day": 0.8,
}  # fmt: skip
NAMES = {name: called for name, (called, _) in WORDS.items()} | {"years": "years", "cycles_per_day": "cycles a day"}


def write_training_page(folder: Path | None = None, distributions: Path | None = None) -> Path:
    """Write training.html beside the models of a folder and return its path; raise `InputError` without models.

    distributions : the file that they were trained from; left out, the shipped one.
    """

    folder = folder or models_dir()
    models = [load_model(path) for path in sorted(folder.glob("*.npz"))]
    if not models:
        raise InputError(f"{folder}: holds no trained models; train them with `evplan train`")
    drawn_from = read_distributions(distributions)
    text = (
        environment().get_template("training.html.j2").render(models=[_section(model, drawn_from) for model in models])
    )
    with replacing(folder / "training.html") as path:
        path.write_text(text, encoding="utf-8")
    return folder / "training.html"


def _section(model: AgeingModel, drawn_from: Distributions) -> dict[str, Any]:
    """Return what the page says of one model."""
    inside = monte_carlo(model.chemistry, SHOWN, 7, drawn_from)
    outside = beyond_range(model.chemistry, SHOWN, 8, drawn_from)
    pairs = {
        "in range": (inside["fleet_loss"].to_numpy(), 1 - model.soh_of(inside)),
        "out of range": (outside["fleet_loss"].to_numpy(), 1 - model.soh_of(outside)),
    }
    return {
        "card": model.card,
        "factor": math.exp(model.log_interval),
        "scatter": figures.predicted(pairs, importance(model, inside), f"{model.chemistry}: predicted and actual loss"),
        "curves": figures.sensitivity(
            _curves(model, drawn_from), f"{model.chemistry}: state of health over each feature"
        ),
    }


def importance(model: AgeingModel, frame: Any) -> dict[str, float]:
    """Return how much of the fit (R²) to batteries' losses is gone when one feature is shuffled, largest first."""
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.inspection import permutation_importance

    class Loss(RegressorMixin, BaseEstimator):
        """The model as scikit-learn sees it."""

        def fit(self, table: np.ndarray, loss: np.ndarray) -> Any:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, table: np.ndarray) -> np.ndarray:
            return 1 - model.soh_of(dict(zip(FEATURES, table.T, strict=True)))

    loss = frame["fleet_loss"].to_numpy()
    table = frame[list(FEATURES)].to_numpy()
    found = permutation_importance(Loss(), table, loss, n_repeats=REPEATS, random_state=0).importances_mean
    return {NAMES[FEATURES[i]]: float(found[i]) for i in np.argsort(-found)}


def _curves(model: AgeingModel, drawn_from: Distributions) -> dict[str, dict[str, Any]]:
    """Return the state of health, with its interval and by outlook, along each feature, the others as usual."""
    curves = {}
    for name, (low, high) in drawn_from.ranges(LAWS[model.chemistry]).items():
        reach = 0.2 * (high - low)
        along = np.linspace(max(low - reach, PHYSICAL[name][0]), min(high + reach, PHYSICAL[name][1]), 60)
        rows = {feature: np.full(len(along), value) for feature, value in USUAL.items()} | {name: along}
        soh = {outlook: model.outlook(outlook).soh_of(rows) for outlook in OUTLOOKS}
        curves[NAMES[name]] = {
            "along": along, "range": (low, high), "soh": soh, "interval": model.interval(1 - soh["lab"])
        }  # fmt: skip
    return curves

"""The usual way, for comparison: gradient-boosted trees and a neural network that learn the loss itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.degradation.dataset import FEATURES

if TYPE_CHECKING:
    import pandas as pd


def fit_direct(frame: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Return {"trees", "network"}: scikit-learn regressors of capacity_loss from all features."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    trees = HistGradientBoostingRegressor(max_iter=400, learning_rate=0.08, l2_regularization=1.0, random_state=seed)
    network = MLPRegressor(
        hidden_layer_sizes=(64, 64), alpha=1e-4, early_stopping=True, max_iter=200, random_state=seed
    )
    estimators = {"trees": trees, "network": make_pipeline(StandardScaler(), network)}
    table, loss = frame[list(FEATURES)].to_numpy(), frame["capacity_loss"].to_numpy()
    return {name: estimator.fit(table, loss) for name, estimator in estimators.items()}


def direct_loss(estimator: Any, rows: Any) -> np.ndarray:
    """Return the capacity loss an estimator predicts for a table with the features, p.u."""
    return estimator.predict(np.column_stack([np.asarray(rows[name]) for name in FEATURES]))

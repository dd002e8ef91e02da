"""The learned form of a rate: ln k, linear in inverse temperature, splines in the rest.

Learning ln k keeps every prediction positive, and inverse temperature makes an Arrhenius law
a straight line, so it stays sane outside the temperatures it has seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evplan.units import kelvin

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

KNOTS = 9  # with 5 the NMC calendar rate, whose voltage curve has kinks, errs by 0.45 %, with 9 or 15 by 0.2 %
RIDGE = 1e-6  # only lifts the ambiguity between spline columns and intercept


def inverse_kelvin(temperature_c: np.ndarray) -> np.ndarray:
    """Return 1000/T, 1/K: the Arrhenius abscissa."""
    return 1000.0 / kelvin(temperature_c)


def build_regressor(spline_columns: int) -> Pipeline:
    """Return an untrained regressor for a table (temperature_c, then `spline_columns` more)."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler

    arrhenius = make_pipeline(FunctionTransformer(inverse_kelvin), StandardScaler())
    splines = SplineTransformer(n_knots=KNOTS, degree=3, extrapolation="linear")
    features = ColumnTransformer(
        [
            ("arrhenius", arrhenius, [0]),
            ("splines", splines, list(range(1, 1 + spline_columns))),
        ]
    )
    return make_pipeline(features, Ridge(alpha=RIDGE))


def predict_rate(regressor: Pipeline, *columns):
    """Return exp of the regressor's answer for columns that broadcast against each other."""
    columns = np.broadcast_arrays(*(np.asarray(column, float) for column in columns))
    table = np.stack([column.ravel() for column in columns], axis=1)
    return np.exp(regressor.predict(table)).reshape(columns[0].shape)[()]

"""Write the forecast of a battery or a vehicle: a CSV table or an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from evplan.degradation.forecast import Forecast
from evplan.errors import InputError
from evplan.paths import replacing, require_file
from evplan.report.battery_figures import soh_curve

SUFFIXES = (".csv", ".svg")


def checked_suffix(path: Path) -> Path:
    """Return the path of a forecast; raise `InputError` for a suffix other than .csv and .svg."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: a forecast is written as {' or '.join(SUFFIXES)}")
    return path


def write_forecast(future: Forecast, path: Path) -> Path:
    """Write the years to the end of life of a battery, half a year apart; return the path."""
    years = np.arange(0.0, min(60.0, future.life_interval[1]) + 0.5, 0.5)
    soh, (low, high), resistance = future.soh(years), future.soh_interval(years), future.resistance(years)
    more = {} if resistance is None else {"resistance": resistance}
    return write_courses(path, years, soh, low, high, future.end_of_life_soh, future.model.chemistry, more)


def write_courses(
    path: Path, years: np.ndarray, soh: np.ndarray, low: np.ndarray, high: np.ndarray, end_of_life_soh: float, title: str,
    more: Mapping[str, np.ndarray],
) -> Path:  # fmt: skip
    """Write state of health by year with its bounds, as a table with more columns, or as a picture; return the path."""
    require_file(checked_suffix(path))
    with replacing(path) as temporary:
        if path.suffix == ".svg":
            temporary.write_text(soh_curve(years, soh, low, high, end_of_life_soh, title), encoding="utf-8")
        else:
            columns = {"years": years, "soh": soh, "soh_low": low, "soh_high": high, **more}
            np.savetxt(
                temporary, np.column_stack(list(columns.values())), "%.6g", ",", header=",".join(columns), comments=""
            )
    return path

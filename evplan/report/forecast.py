"""Write a battery's forecast to its end of life: a CSV table or an SVG picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evplan.degradation.forecast import Forecast
from evplan.errors import InputError
from evplan.paths import replacing, require_file
from evplan.report.battery_figures import soh_curve


def write_forecast(future: Forecast, path: Path) -> Path:
    """Write the years to the end of life, half a year apart; return the path.

    Raises: InputError for a suffix other than .csv and .svg.
    """
    if path.suffix not in (".csv", ".svg"):
        raise InputError(f"{path}: a forecast is written as .csv or .svg")
    require_file(path)
    years = np.arange(0.0, min(60.0, future.life_interval[1]) + 0.5, 0.5)
    soh, (low, high) = future.soh(years), future.soh_interval(years)
    with replacing(path) as temporary:
        if path.suffix == ".svg":
            svg = soh_curve(years, soh, low, high, future.end_of_life_soh, future.model.chemistry)
            temporary.write_text(svg, encoding="utf-8")
        else:
            resistance = future.resistance(years)
            columns = [years, soh, low, high] + ([] if resistance is None else [resistance])
            names = ["years", "soh", "soh_low", "soh_high"] + ([] if resistance is None else ["resistance"])
            np.savetxt(temporary, np.column_stack(columns), "%.6g", ",", header=",".join(names), comments="")
    return path

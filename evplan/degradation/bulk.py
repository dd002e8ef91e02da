"""Many batteries at once: a table of duties in, the same table with predictions out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.degradation.fade import MAX_LIFE_YEARS, checked_end_of_life
from evplan.degradation.history import COLDEST_C, WARMEST_C
from evplan.degradation.predict import AgeingModel, load_model
from evplan.errors import InputError
from evplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("temperature_c", "soc", "depth", "c_rate", "cycles_per_year", "years")
LIMITS = {
    "temperature_c": (COLDEST_C, WARMEST_C), "soc": (0.0, 1.0), "depth": (0.0, 1.0), "c_rate": (0.0, 20.0),
    "charge_c_rate": (0.0, 20.0), "cycles_per_year": (0.0, 1e5), "years": (0.0, 60.0),
}  # fmt: skip
NOT_ZERO = ("depth", "c_rate", "charge_c_rate")
UNREAD = ("initial_soh", "end_of_life_soh")  # every battery of a table is new, and ends at one limit
KNOWN = {
    *LIMITS,
    "climate",
    "usage",
    "traffic",
    "age",
    "charging",
    "chemistry",
}  # names that are read in any case of letters
MAX_SHOWN = 5
HALVINGS = 60


def open_table(path: Path) -> pd.DataFrame:
    """Return a CSV or Parquet file as a table. Raises: InputError where there is none, or it cannot be read."""
    import pandas as pd

    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, encoding="utf-8-sig")
        if len(frame.columns) == 1 and ";" in str(frame.columns[0]):
            raise InputError(f"{path}: columns must be separated by commas, not semicolons")
        return frame.rename(
            columns=lambda name: str(name).strip().lower() if str(name).strip().lower() in KNOWN else name
        )
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; give a CSV of vehicles (climate, usage, traffic, age) or of cells ({', '.join(NEEDED)}), a row each"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table ({error})") from None


def checked_duties(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the duties in a table; charge_c_rate left out equals c_rate.

    Raises: InputError that names every column missing and every row out of bounds.
    """
    import pandas as pd

    missing = [name for name in NEEDED if name not in frame]
    if missing or frame.empty:
        raise InputError(
            f"{path}: needs rows, and columns {', '.join(NEEDED)}; missing: {', '.join(missing) or 'rows'}"
        )
    if "charge_c_rate" not in frame:
        frame["charge_c_rate"] = frame["c_rate"]
    unread = [name for name in UNREAD if name in frame]
    if unread:
        raise InputError(f"{path}: {', '.join(unread)} is not read from a table; leave the column out")
    faults = []
    for name, (low, high) in LIMITS.items():
        values = pd.to_numeric(frame[name], errors="coerce")
        bad = np.flatnonzero(~((values >= low) & (values <= high) & ((values > 0) | (name not in NOT_ZERO))))
        frame[name] = values
        if len(bad):
            rows = ", ".join(str(row + 2) for row in bad[:MAX_SHOWN]) + (" and more" if len(bad) > MAX_SHOWN else "")
            above = "above " if name in NOT_ZERO else ""
            faults.append(f"{path}: {name} must be a number, {above}{low:g} to {high:g}; see lines {rows}")
    if faults:
        raise InputError("\n".join(faults))
    return frame


def read_measured(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return years and state of health of a CSV with those columns (years, soh); raise `InputError` otherwise."""
    import pandas as pd

    try:
        frame = pd.read_csv(path, encoding="utf-8-sig")
        missing = [name for name in ("years", "soh") if name not in frame]
        if missing:
            raise ValueError(f"there is no column {' or '.join(missing)}; it has {', '.join(map(str, frame.columns))}")
        return frame["years"].to_numpy(float), frame["soh"].to_numpy(float)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a CSV with columns years and soh (0 to 1)") from None
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{path}: needs numbers in columns years and soh ({error})") from None


def predict_table(duties: pd.DataFrame, chemistry: str, end_of_life_soh: float, outlook: str) -> pd.DataFrame:
    """Return the duties with predictions; a column `chemistry`, if there is one, says which model each row takes.

    Raises: InputError for a chemistry without a model.
    """
    import pandas as pd

    if "chemistry" not in duties:
        return predict_many(load_model(chemistry).outlook(outlook), duties, end_of_life_soh)
    parts = [
        predict_many(load_model(str(name)).outlook(outlook), own, end_of_life_soh)
        for name, own in duties.groupby("chemistry", dropna=False)
    ]
    return pd.concat(parts).sort_index()


def predict_many(model: AgeingModel, duties: pd.DataFrame, end_of_life_soh: float) -> pd.DataFrame:
    """Return the duties with soh, soh_low, soh_high (90 % of batteries), resistance, life_years and in_range."""
    out = duties.copy()
    columns = {name: duties[name].to_numpy() for name in LIMITS}
    rows = columns | {"cycles_per_day": columns["cycles_per_year"] / DAYS_PER_YEAR}
    calendar, cycle = model.rates_of(rows)
    soh = model.state_of_health(columns["years"], columns["cycles_per_year"], calendar, cycle)
    out["soh"], (out["soh_low"], out["soh_high"]) = soh, model.interval(1 - soh)
    out["resistance"] = model.resistance_of(rows) if model.resistance else np.nan
    out["life_years"] = _lives(model, calendar, cycle, columns["cycles_per_year"], end_of_life_soh)
    inside = np.ones(len(out), bool)
    for name, (low, high) in model.valid_range.items():
        inside &= (columns[name] >= low) & (columns[name] <= high)
    out["in_range"] = inside
    return out


def _lives(model: AgeingModel, calendar, cycle, cycles_per_year, end_of_life_soh: float) -> np.ndarray:
    """Return years to the end of life, by halving: the loss only grows."""
    checked_end_of_life(end_of_life_soh)
    low, high = np.zeros(len(calendar)), np.full(len(calendar), MAX_LIFE_YEARS)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        alive = model.state_of_health(middle, cycles_per_year, calendar, cycle) > end_of_life_soh
        low, high = np.where(alive, middle, low), np.where(alive, high, middle)
    return high

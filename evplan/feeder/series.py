"""Series of a day as the horizon has them: finer steps are averaged, coarser ones repeated, and the day begins where the horizon does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InputError
from evplan.feeder.study import Horizon
from evplan.instance.columns import rows_shown

if TYPE_CHECKING:
    import pandas as pd

DAY = 1440  # minutes


def minute_of(clock: str) -> int:
    """Return the minute of the day of HH:MM."""
    return 60 * int(clock[:2]) + int(clock[3:])


def on_horizon(series: np.ndarray, horizon: Horizon) -> np.ndarray:
    """Return series of a day from 00:00 on the horizon's steps. series : shape (..., rows), where rows divide a day's minutes."""
    rows = series.shape[-1]
    if rows > horizon.steps:
        made = series.reshape(*series.shape[:-1], horizon.steps, rows // horizon.steps).mean(axis=-1)
    else:
        made = np.repeat(series, horizon.steps // rows, axis=-1)
    return np.roll(made, -(minute_of(horizon.start) // horizon.minutes), axis=-1)


def fits(rows: int, horizon: Horizon) -> bool:
    """Return whether a day of so many rows, whole minutes each, can be put on the horizon's steps."""
    return 0 < rows <= DAY and DAY % rows == 0 and (horizon.steps % rows == 0 or rows % horizon.steps == 0)


def read_series(path: Path, horizon: Horizon) -> pd.DataFrame:
    """Return a table of a day's numbers, a row for each step of the horizon. Raises: InputError for cells that are no numbers."""
    import pandas as pd

    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the feeder file)") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    table = table.drop(columns=[column for column in table.columns if str(column).lower() in ("time", "step", "start")])
    if not fits(len(table), horizon):
        raise InputError(
            f"{path}: must hold a day from 00:00 in steps that fit those of {horizon.minutes} minutes, such as {horizon.steps} rows "
            f"(got {len(table)})"
        )
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        shown = rows_shown([f"row {i + 2} of {table.columns[j]!r}" for i, j in bad.tolist()])
        raise InputError(f"{path}: must hold numbers; see {shown}")
    return pd.DataFrame(on_horizon(numbers.T, horizon).T, columns=[str(column) for column in table.columns])

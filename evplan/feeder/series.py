"""Series of a day as the horizon has them: finer steps are averaged, coarser ones repeated, and the day begins where the horizon does."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InputError
from evplan.feeder.study import Horizon
from evplan.instance.columns import rows_shown
from evplan.paths import sized

if TYPE_CHECKING:
    import pandas as pd

DAY = 1440  # minutes
TIMES = ("time", "start", "timestamp", "datetime")  # what columns of times are called
CLOCKS_YEAR = 1900  # of times that say no date
LONGEST_CLOCK = len("12:00:00")


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
    """Return a table of a day's numbers, a row for each step of the horizon.

    Times, where the file has them, must be those of one day from 00:00; of several days, those of `horizon.date` are taken.
    Raises: InputError for times that are not, and for cells that are no numbers.
    """
    import pandas as pd

    try:
        table = (
            pd.read_parquet(sized(path))
            if path.suffix == ".parquet"
            else pd.read_csv(sized(path), encoding="utf-8-sig")
        )
        table = table.reset_index() if table.index.name is not None else table
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the feeder file)") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    table = _a_day(table, path, horizon)
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        shown = rows_shown([f"row {i + 2} of {table.columns[j]!r}" for i, j in bad.tolist()])
        raise InputError(f"{path}: must hold numbers; see {shown}")
    return pd.DataFrame(on_horizon(numbers.T, horizon).T, columns=[str(column) for column in table.columns])


def _a_day(table: pd.DataFrame, path: Path, horizon: Horizon) -> pd.DataFrame:
    """Return the rows of a day, without columns of times. Raises: InputError where they are not those of a day."""
    timed = [column for column in table.columns if str(column).lower() in TIMES]
    counted = [column for column in timed if table[column].tolist() == list(range(len(table)))]  # steps by another name
    made = table.drop(columns=[*timed, *(column for column in table.columns if str(column).lower() == "step")])
    if timed and not counted:
        minutes = _minutes(table[timed[0]].astype(str).tolist(), path, horizon)
        made = made[np.isfinite(minutes)]
        own = minutes[np.isfinite(minutes)]
        if own.tolist() != [DAY * k / len(own) for k in range(len(own))]:
            raise InputError(
                f"{path}: {timed[0]} must run over one day from 00:00 in even steps (or name its day in horizon.date)"
            )
    if not fits(len(made), horizon):
        raise InputError(
            f"{path}: must hold a day from 00:00 in steps that fit those of {horizon.minutes} minutes, such as {horizon.steps} rows "
            f"(got {len(made)})"
        )
    return made.reset_index(drop=True)


def _minutes(cells: list[str], path: Path, horizon: Horizon) -> np.ndarray:
    """Return the minute of the day of each cell, HH:MM or ISO 8601, of several days NaN where it is not the horizon's date."""
    found, days = [], []
    for i, cell in enumerate(cells):
        try:
            at = datetime.datetime.fromisoformat(
                cell if len(cell) > LONGEST_CLOCK else f"{CLOCKS_YEAR}-01-01T{cell:0>5}"
            )
        except ValueError:
            raise InputError(
                f"{path}: row {i + 2}: times are HH:MM or ISO 8601, such as 2027-03-01 08:15 (got {cell!r})"
            ) from None
        found.append(60.0 * at.hour + at.minute + at.second / 60)
        days.append(at.date())
    if horizon.date is not None and days[0].year > CLOCKS_YEAR:
        if horizon.date not in days:
            raise InputError(f"{path}: holds {min(days)} to {max(days)}; horizon.date is {horizon.date}")
        return np.array([minute if day == horizon.date else np.nan for minute, day in zip(found, days, strict=True)])
    return np.array(found)

"""Series files: a column of numbers from CSV or Parquet, checked with row numbers, without pandas."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path

from evplan.errors import InputError
from evplan.instance.base import SeriesFile
from evplan.instance.faults import did_you_mean

MAX_SHOWN = 5


def read_series(series: SeriesFile, folder: Path) -> list[float]:
    """Return the column's values times `scale`, or raise `InputError` naming the bad rows."""
    path = folder / series.file
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"{path}: must be a .csv or .parquet file")
    try:
        raw = (
            _csv_column(path, series.column) if path.suffix.lower() == ".csv" else _parquet_column(path, series.column)
        )
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the instance file)") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    values, bad = _numbers(raw)
    if bad:
        shown = ", ".join(bad[:MAX_SHOWN]) + (f" and {len(bad) - MAX_SHOWN} more" if len(bad) > MAX_SHOWN else "")
        raise InputError(f"{path}: column {series.column!r} must hold numbers of at least 0; see {shown}")
    if not values:
        raise InputError(f"{path}: column {series.column!r} is empty")
    return [value * series.scale for value in values]


def _csv_column(path: Path, column: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader, [])
        index = _index(path, column, header)
        return [row[index] if index < len(row) else "" for row in reader]


def _parquet_column(path: Path, column: str) -> list:
    from pyarrow import ArrowException, parquet

    try:
        names = parquet.read_schema(path).names
        _index(path, column, names)
        return parquet.read_table(path, columns=[column])[column].to_pylist()
    except ArrowException as error:
        raise InputError(f"{path}: not a readable Parquet file ({str(error).splitlines()[0]})") from None


def _index(path: Path, column: str, header: list[str]) -> int:
    if column not in header:
        raise InputError(f"{path}: there is no column {column!r}{did_you_mean(column, header)}")
    return header.index(column)


def _numbers(raw: Iterable) -> tuple[list[float], list[str]]:
    values, bad = [], []
    for row, text in enumerate(raw, start=2):
        try:
            value = float(text)
        except (TypeError, ValueError):
            value = math.nan
        if not math.isfinite(value) or value < 0:
            bad.append(f"row {row} ({text!r})")
        values.append(value)
    return values, bad


def check_length(series: SeriesFile, count: int, days: int = 365) -> str | None:
    """Return what is wrong with the number of rows, or None: a series must hold one year of 365 or 366 days."""
    per_day = 24 * 60 / series.step_minutes
    if per_day != int(per_day):
        return f"step_minutes must divide a day (got {series.step_minutes})"
    expected = {int(per_day) * days, int(per_day) * (days + 1)}
    if count in expected:
        return None
    return f"must hold one year of {series.step_minutes}-minute steps, {min(expected)} rows (got {count})"

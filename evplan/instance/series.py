"""Series files: a column of numbers from CSV or Parquet, checked with row numbers, without pandas."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path

from evplan.errors import InputError
from evplan.instance.base import PeakDays, SeriesFile
from evplan.instance.suggest import did_you_mean

MAX_SHOWN = 5


class _Wrong(Exception):
    """What is wrong, and the field of `SeriesFile` that leads there; never leaves this module."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_series(series: SeriesFile, folder: Path) -> list[float]:
    """Return the column's values times `scale`, or raise `InputError` naming the bad rows."""
    try:
        return _values(series, folder / series.file)
    except _Wrong as wrong:
        raise InputError(f"{folder / series.file}: {wrong}") from None


def series_fault(series: SeriesFile, folder: Path) -> tuple[str, str] | None:
    """Return what is wrong with a series as (field, message), or None if it holds one sound year."""
    try:
        count = len(_values(series, folder / series.file))
    except _Wrong as wrong:
        return wrong.field, str(wrong)
    message = days_length(series, count) if isinstance(series, PeakDays) else check_length(series, count)
    return ("file", message) if message else None


def _values(series: SeriesFile, path: Path) -> list[float]:
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise _Wrong("file", "must be a .csv or .parquet file")
    raw, first = _column(path, series.column)
    values, bad = _numbers(raw, first, series.scale)
    if bad:
        shown = ", ".join(bad[:MAX_SHOWN]) + (f" and {len(bad) - MAX_SHOWN} more" if len(bad) > MAX_SHOWN else "")
        raise _Wrong("column", f"column {series.column!r} must hold numbers of at least 0; see {shown}")
    if not values:
        raise _Wrong("column", f"column {series.column!r} is empty")
    return values


def _column(path: Path, column: str) -> tuple[list, int]:
    """Return a column as it is written, and the number of its first row as an editor or a table shows it."""
    try:
        if path.suffix.lower() == ".csv":
            return _csv_column(path, column), 2
        return _parquet_column(path, column), 1
    except FileNotFoundError:
        raise _Wrong("file", "no such file (paths are relative to the instance file)") from None
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise _Wrong("file", f"cannot be read ({reason})") from None


def _csv_column(path: Path, column: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader, [])
        index = _index(column, header)
        rows = list(reader)
    while rows and not any(rows[-1]):
        rows.pop()  # editors end files with empty lines
    return [row[index] if index < len(row) else "" for row in rows]


def _parquet_column(path: Path, column: str) -> list:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            _index(column, file.schema_arrow.names)
            return file.read(columns=[column])[column].to_pylist()
    except ArrowException as error:
        raise _Wrong("file", f"not a readable Parquet file ({str(error).splitlines()[0]})") from None


def _index(column: str, header: list[str]) -> int:
    if header.count(column) == 1:
        return header.index(column)
    if column in header:
        raise _Wrong("column", f"column {column!r} appears {header.count(column)} times")
    if len(header) == 1 and ";" in header[0]:
        raise _Wrong("file", "columns must be separated by commas, not semicolons")
    raise _Wrong("column", f"there is no column {column!r}{did_you_mean(column, header)}")


def _numbers(raw: Iterable, first: int, scale: float) -> tuple[list[float], list[str]]:
    values, bad = [], []
    for row, text in enumerate(raw, start=first):
        value = _number(text) * scale
        if not math.isfinite(value) or value < 0:
            bad.append(f"row {row} ({_shown(text)})")
        values.append(value)
    return values, bad


def _number(text: object) -> float:
    try:
        return math.nan if isinstance(text, bool) else float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _shown(text: object) -> str:
    if text is None or text == "":
        return "empty"
    return repr(text) if len(repr(text)) <= 30 else repr(text)[:27] + "..."


def days_length(series: PeakDays, count: int) -> str | None:
    """Return what is wrong with the number of rows of some days, or None."""
    expected = len(series.days) * 24 * 60 // series.step_minutes
    if count == expected and 24 * 60 % series.step_minutes == 0:
        return None
    return f"must hold {len(series.days)} days of {series.step_minutes}-minute steps, {expected} rows (got {count})"


def check_length(series: SeriesFile, count: int, days: int = 365) -> str | None:
    """Return what is wrong with the number of rows, or None: a series must hold one year of 365 or 366 days."""
    per_day = 24 * 60 / series.step_minutes
    if per_day != int(per_day):
        return f"step_minutes must divide a day (got {series.step_minutes})"
    expected = {int(per_day) * days, int(per_day) * (days + 1)}
    if count in expected:
        return None
    meant = [m for m in (1, 5, 10, 15, 20, 30, 60) if count in (1440 // m * days, 1440 // m * (days + 1))]
    hint = f"; {count} rows are a year of {meant[0]}-minute steps: set step_minutes: {meant[0]}" if meant else ""
    return f"must hold one year of {series.step_minutes}-minute steps, {min(expected)} rows (got {count}){hint}"

"""Series files: a column of numbers from CSV or Parquet, checked with row numbers, without pandas."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from evplan.errors import InputError
from evplan.instance.base import Column, PeakDays
from evplan.instance.columns import Wrong, cell_shown, read_columns, rows_shown


def read_series(series: Column, folder: Path, least: float = 0.0, most: float = math.inf) -> list[float]:
    """Return the column's values times `scale`, none below `least` or above `most`, or raise `InputError` naming the bad rows."""
    try:
        return _values(series, folder / series.file, least, most)
    except Wrong as wrong:
        raise InputError(f"{folder / series.file}: {wrong}") from None


def series_fault(series: Column, folder: Path, least: float = 0.0, most: float = math.inf) -> tuple[str, str] | None:
    """Return what is wrong with a series as (field, message), or None if it holds one sound year."""
    try:
        count = len(_values(series, folder / series.file, least, most))
    except Wrong as wrong:
        return wrong.field, str(wrong)
    message = days_length(series, count) if isinstance(series, PeakDays) else check_length(series, count)
    return ("file", message) if message else None


def _values(series: Column, path: Path, least: float, most: float) -> list[float]:
    columns, first = read_columns(path, {"column": series.column})
    values, bad = numbers(columns["column"], first, series.scale, least, most)
    if bad:
        raise Wrong("column", f"column {series.column!r} must hold numbers {_span(least, most)}; see {rows_shown(bad)}")
    if not values:
        raise Wrong("column", f"column {series.column!r} is empty")
    return values


def numbers(
    raw: Iterable, first: int, scale: float = 1.0, least: float = 0.0, most: float = math.inf
) -> tuple[list[float], list[str]]:
    """Return a column as numbers, and its rows that hold none or one out of range."""
    values, bad = [], []
    for row, text in enumerate(raw, start=first):
        value = _number(text) * scale
        if not math.isfinite(value) or not least <= value <= most:
            times = f", times {scale:g}" if scale != 1.0 and math.isfinite(value) else ""
            bad.append(f"row {row} ({cell_shown(text)}{times})")
        values.append(value)
    return values, bad


def _span(least: float, most: float) -> str:
    return f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"


def _number(text: object) -> float:
    try:
        return math.nan if isinstance(text, bool) else float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def days_length(series: PeakDays, count: int) -> str | None:
    """Return what is wrong with the number of rows of some days, or None."""
    expected = len(series.days) * 24 * 60 // series.step_minutes
    if count == expected and 24 * 60 % series.step_minutes == 0:
        return None
    return f"must hold {len(series.days)} days of {series.step_minutes}-minute steps, {expected} rows (got {count})"


def check_length(series: Column, count: int, days: int = 365) -> str | None:
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

"""Values that change in time, from a file or written in place, as means of the steps of a plan's clock; a value holds until the next."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field

from evplan.errors import InputError
from evplan.instance.base import Noun, Positive, Text
from evplan.instance.columns import Wrong, read_columns, rows_shown
from evplan.instance.sessions import FORM, instants
from evplan.units import HOURS_PER_DAY

HOUR_S = 3600.0
MINUTES_PER_HOUR = 60
MOST_VALUES = 100_000
ALMOST_S = 1e-6


class Timed(Noun):
    """Values in time: a column of a CSV or Parquet file, or a list; each holds until the next."""

    file: Text | None = None
    """Path relative to the schedule file; .csv or .parquet."""
    column: Text | None = None
    """Column of the values."""
    time: Text = "time"
    """Column of when each value begins: ISO 8601, local time of `timezone` or with an offset."""
    values: Annotated[tuple[float, ...], Field(min_length=1, max_length=MOST_VALUES)] | None = None
    """The values themselves, instead of a file."""
    minutes: Annotated[int, Field(strict=True, ge=1, le=60 * HOURS_PER_DAY)] = MINUTES_PER_HOUR
    """How long each of `values` holds."""
    begin: datetime.datetime | None = None
    """When the first of `values` begins, local time; left out, with the plan."""
    scale: Positive = 1.0
    """Every value is multiplied by this."""

    @property
    def fault(self) -> str | None:
        """Return what is wrong with what is said and left out, in words."""
        if (self.file is None) == (self.values is None):
            return "needs either a file and a column, or values"
        return "needs the column of the file that holds the values" if self.file and not self.column else None


def on_clock(
    said: Timed, name: str, folder: Path, zone: str, begin_s: float, step_h: float, steps: int, least: float
) -> np.ndarray:
    """Return the mean of values over every step, shape (steps,).

    name : the field of the schedule file.  Raises: InputError for what is no number or time, runs backwards, is below the least, or
    leaves part of the clock out.
    """
    where, at, values = (
        _written(said, name, zone, begin_s) if said.values is not None else _from_file(said, folder, zone)
    )
    values = said.scale * values
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= least)))
    if len(bad):
        least_said = f" of at least {least:g}" if np.isfinite(least) else ""
        shown = rows_shown([f"value {i + 1} ({values[i]:g})" for i in bad.tolist()])
        raise InputError(f"{where}: must hold numbers{least_said}; see {shown}")
    edges = begin_s + HOUR_S * step_h * np.arange(steps + 1)
    if edges[0] < at[0] - ALMOST_S or edges[-1] > at[-1] + ALMOST_S:
        span = [
            f"{datetime.datetime.fromtimestamp(t, ZoneInfo(zone)):%Y-%m-%d %H:%M}"
            for t in (at[0], at[-1], edges[0], edges[-1])
        ]
        raise InputError(f"{where}: holds {span[0]} to {span[1]}; the plan runs from {span[2]} to {span[3]}")
    held = np.append(0.0, np.cumsum(values * np.diff(at)))
    return np.diff(np.interp(edges, at, held)) / (HOUR_S * step_h)


def _written(said: Timed, name: str, zone: str, begin_s: float) -> tuple[str, np.ndarray, np.ndarray]:
    """Return where values stand, when each begins and the last ends, seconds since 1970, and the values."""
    assert said.values is not None
    begin = said.begin
    if begin is not None:
        begin_s = (begin if begin.tzinfo else begin.replace(tzinfo=ZoneInfo(zone))).timestamp()
    return name, begin_s + 60.0 * said.minutes * np.arange(len(said.values) + 1), np.array(said.values)


def _from_file(said: Timed, folder: Path, zone: str) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the same of a file; its last value holds as long as most do."""
    assert said.file is not None and said.column is not None
    path = folder / said.file
    try:
        cells, first = read_columns(path, {"time": said.time, "column": said.column})
    except Wrong as wrong:
        raise InputError(f"{path}: {wrong}") from None
    times, bad = instants(cells["time"], first, ZoneInfo(zone))
    if bad or len(times) < 2:
        raise InputError(f"{path}: column {said.time!r} must hold {FORM}, two rows at least; see {rows_shown(bad)}")
    at = np.array([t.timestamp() for t in times])
    back = np.flatnonzero(np.diff(at) <= 0) + 1
    if len(back):
        rows = rows_shown([f"row {first + i}" for i in back.tolist()])
        raise InputError(f"{path}: column {said.time!r} must rise; see {rows}")
    return f"{path}: column {said.column!r}", np.append(at, at[-1] + np.median(np.diff(at))), _numbers(cells["column"])


def _numbers(cells: list) -> np.ndarray:
    """Return cells as numbers, NaN where they are none."""

    def number(cell: object) -> float:
        try:
            return float(str(cell))
        except ValueError:
            return np.nan

    return np.array([number(cell) for cell in cells])

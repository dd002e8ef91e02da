"""Cell temperature from ambient temperature and C-rate, read off the simulated table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.paths import data_dir

REBUILD = "restore it, or write it anew with evplan.degradation.lookup.build_lookup()"


@dataclass(frozen=True)
class RiseGrid:
    """How much warmer than the air a cell of one chemistry is; NaN where no state is known."""

    ambient_c: np.ndarray
    c_rate: np.ndarray
    rise_k: np.ndarray
    """shape (ambient temperatures, C-rates)"""


def load_lookup(path: Path | None = None) -> dict[str, RiseGrid]:
    """Return the table, one grid per chemistry.

    Raises: InputError when the file is missing or damaged.
    """
    path = Path(path) if path else data_dir() / "degradation" / "thermal_lookup.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        names = dict.fromkeys(row["chemistry"] for row in rows)
        grids = {name: _grid([row for row in rows if row["chemistry"] == name]) for name in names}
    except OSError as error:
        raise InputError(f"{path}: the cell-temperature table cannot be read ({error}); {REBUILD}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: the cell-temperature table is damaged ({error}); {REBUILD}") from error
    if not grids:
        raise InputError(f"{path}: the cell-temperature table is empty; {REBUILD}")
    return grids


def _grid(rows: list[dict]) -> RiseGrid:
    """Return the grid of one chemistry; a cell without current is as warm as the air."""
    points = {(float(row["ambient_c"]), float(row["c_rate"])): float(row["rise_k"]) for row in rows}
    ambient_c = np.array(sorted({ambient for ambient, _ in points}))
    c_rate = np.array(sorted({rate for _, rate in points}))
    if len(points) != len(rows) or len(points) != len(ambient_c) * len(c_rate):
        raise ValueError("each ambient temperature needs each C-rate once")
    rise_k = np.array([[points[ambient, rate] for rate in c_rate] for ambient in ambient_c])
    idle_k = np.zeros((len(ambient_c), 1))
    return RiseGrid(ambient_c, np.append(0.0, c_rate), np.hstack([idle_k, rise_k]))


def cell_temperature(chemistry: str, ambient_c, c_rate, lookup: Mapping[str, RiseGrid] | None = None):
    """Return the cell temperature, °C, for scalars or arrays that broadcast.

    The rise over ambient is bilinear between table points and constant beyond the table's edges.

    Raises: InputError for an unknown chemistry, gaps in the inputs, a negative C-rate, or a point
    where the table has no state.
    """
    lookup = load_lookup() if lookup is None else lookup
    if chemistry not in lookup:
        raise InputError(f"chemistry: {chemistry!r} is not in the cell-temperature table; it has {', '.join(lookup)}")
    ambient_c, c_rate = np.broadcast_arrays(np.asarray(ambient_c, float), np.asarray(c_rate, float))
    if not (np.isfinite(ambient_c) & (c_rate >= 0)).all():
        raise InputError("cell temperature: ambient_c must be a number and c_rate 0 or more, everywhere")
    rise_k = bilinear(lookup[chemistry], ambient_c, c_rate)
    unknown = np.isnan(rise_k)
    if unknown.any():
        raise InputError(
            f"cell temperature: no steady {chemistry} state is known at {ambient_c[unknown].min():g} °C and "
            f"{c_rate[unknown].max():g} C ({unknown.sum()} values); lower c_rate or warm the cells"
        )
    return (ambient_c + rise_k)[()]


def bilinear(grid: RiseGrid, ambient_c: np.ndarray, c_rate: np.ndarray) -> np.ndarray:
    """Return the interpolated rise, K; NaN where a corner that counts is NaN."""
    row, down = _place(grid.ambient_c, ambient_c)
    column, right = _place(grid.c_rate, c_rate)
    rise_k = np.zeros(ambient_c.shape)
    for i, row_weight in ((row, 1 - down), (row + 1, down)):
        for j, column_weight in ((column, 1 - right), (column + 1, right)):
            weight = row_weight * column_weight
            # a corner of weight 0 does not count, though 0 * NaN is NaN
            rise_k = rise_k + np.where(weight > 0, weight * grid.rise_k[i, j], 0.0)
    return rise_k


def _place(axis: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval each value lies in and how far along it, clamped to the axis."""
    inside = np.clip(values, axis[0], axis[-1])
    index = np.clip(np.searchsorted(axis, inside, side="right") - 1, 0, len(axis) - 2)
    return index, (inside - axis[index]) / (axis[index + 1] - axis[index])

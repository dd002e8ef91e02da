"""The tables that the battery simulation writes and planning reads: rows, files, grids.

Every number of a point that the model could not carry is NaN and its status says so; nothing is interpolated over it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.paths import data_dir, replacing

REBUILD = "restore it, or write it anew with `evplan lookup`"


@dataclass(frozen=True)
class HeatRow:
    """A cell held at one temperature: heat per nominal energy, p.u. of capacity per cycle, and per charge from empty."""

    chemistry: str
    cell_c: float
    c_rate: float
    heat_w_per_kwh: float
    heat_to_loss: float
    delivered: float
    charged_from_empty: float
    status: str

    @property
    def told(self) -> str:
        """Return the point in words."""
        return f"{self.chemistry} at {self.cell_c:g} °C, {self.c_rate:g} C: {self.status}"


@dataclass(frozen=True)
class TemperatureRow:
    """A cell in still air: its mean temperature over a cycle, and its heat per nominal energy."""

    chemistry: str
    ambient_c: float
    c_rate: float
    cell_c: float
    heat_w_per_kwh: float
    heat_to_loss: float
    status: str

    @property
    def told(self) -> str:
        """Return the point in words."""
        return f"{self.chemistry} in air of {self.ambient_c:g} °C, {self.c_rate:g} C: {self.status}"


@dataclass(frozen=True)
class ChargeRow:
    """The rate at which cells of one temperature still take up most of their capacity, 1/h."""

    chemistry: str
    cell_c: float
    max_charge_c_rate: float


@dataclass(frozen=True)
class Grid:
    """One quantity of one chemistry over temperature and C-rate; NaN where no state is known.

    values : shape (temperatures, C-rates).
    """

    temperature_c: np.ndarray
    c_rate: np.ndarray
    values: np.ndarray


def charging_rows(heat: Sequence[HeatRow], least: float) -> list[ChargeRow]:
    """Return, by temperature, the C-rate at which a charge from empty takes up just `least` of the capacity.

    Between simulated rates the charge is taken to fall in a straight line; the fastest rate simulated is the most.
    """
    rows = []
    for chemistry in dict.fromkeys(row.chemistry for row in heat):
        for cell_c in dict.fromkeys(row.cell_c for row in heat if row.chemistry == chemistry):
            own = sorted(
                (r.c_rate, r.charged_from_empty) for r in heat if (r.chemistry, r.cell_c) == (chemistry, cell_c)
            )
            rows.append(ChargeRow(chemistry, cell_c, round(_fastest(own, least), 4)))
    return rows


def _fastest(charged: list[tuple[float, float]], least: float) -> float:
    """Return the C-rate where the charge taken up falls below `least`; at rest it is whole."""
    slower, more = 0.0, 1.0
    for c_rate, taken in charged:
        if taken < least:
            return slower + (c_rate - slower) * (more - least) / max(more - taken, 1e-9)
        slower, more = c_rate, taken
    return slower


def write_rows(path: Path, rows: Sequence[Any]) -> Path:
    """Write a table, whole or not at all; return its path."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [column.name for column in fields(rows[0])], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    return path


def read_table(name: str, path: Path | None = None) -> tuple[Path, list[dict[str, str]]]:
    """Return path and rows of a table; raise `InputError` when it is missing, empty or not text."""
    path = Path(path) if path else data_dir() / "degradation" / f"{name}.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: the {name} table cannot be read ({error}); {REBUILD}") from error
    if not rows:
        raise InputError(f"{path}: the {name} table is empty; {REBUILD}")
    return path, rows


def read_grids(name: str, axis: str, column: str, path: Path | None = None) -> Mapping[str, Grid]:
    """Return one column of a table as a grid per chemistry; `axis` names the temperature's column.

    Raises: InputError when the file is missing or damaged.
    """
    path, rows = read_table(name, path)
    try:
        names = dict.fromkeys(row["chemistry"] for row in rows)
        return {known: _grid([row for row in rows if row["chemistry"] == known], axis, column) for known in names}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: the {name} table is damaged ({error}); {REBUILD}") from error


def _grid(rows: list[dict[str, str]], axis: str, column: str) -> Grid:
    points = {(float(row[axis]), float(row["c_rate"])): float(row[column]) for row in rows}
    temperature_c = np.array(sorted({t for t, _ in points}))
    c_rate = np.array(sorted({c for _, c in points}))
    if len(points) != len(rows) or len(points) != len(temperature_c) * len(c_rate) or len(temperature_c) < 2:
        raise ValueError("each temperature needs each C-rate once")
    return Grid(temperature_c, c_rate, np.array([[points[t, c] for c in c_rate] for t in temperature_c]))

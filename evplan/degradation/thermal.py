"""How warm battery cells are, from the air around them and the power they carry.

    repeated cycles in still air:   T_cell = T_air + rise(T_air, C)                           temperature.csv
    any power, step by step:        c dT/dt = q(T, C) - u (T - T_air)                         heat.csv

with heat q in W per kWh of nominal energy, u what leaves to the air in W/K per kWh, c the thermal mass in Wh/K per kWh.
Between the simulated points the logarithm of rise and heat runs as a monotone cubic (PCHIP) over -1/T and over ln C.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from evplan.degradation.tables import REBUILD, Grid, read_grids, read_table
from evplan.errors import InputError
from evplan.units import kelvin

HEAT_CAPACITY_WH_PER_K_KWH = {"lfp": 3.06, "nmc": 0.655}  # bare cells: of cells.py's LFP, of O'Kane 2022
FINE_K, FINE_RATES = 1.0, 48  # spacing of the grid that is read off linearly in the end
PASSES, SETTLED_K = 30, 0.01


def cell_temperature(cell: str, ambient_c, c_rate, rises: Mapping[str, Grid] | None = None):
    """Return the mean temperature, °C, of a cell that cycles at `c_rate` without rest; scalars or arrays that broadcast.

    Below the lowest simulated rate the rise falls to zero with the square of the current; beyond the table's temperatures it is held.

    Raises: InputError for an unknown cell, gaps in the inputs, a negative C-rate, or a point where the table has no state.
    """
    grid = _known(rises or fine_rises(), cell)
    ambient_c, c_rate = np.broadcast_arrays(np.asarray(ambient_c, float), np.asarray(c_rate, float))
    if not (np.isfinite(ambient_c) & (c_rate >= 0)).all():
        raise InputError("cell temperature: ambient_c must be a number and c_rate 0 or more, everywhere")
    rise_k = bilinear(grid, ambient_c, c_rate) * _below(grid, c_rate)
    unknown = np.isnan(rise_k)
    if unknown.any():
        raise InputError(
            f"cell temperature: no steady {cell} state is known at {ambient_c[unknown].min():g} °C and "
            f"{c_rate[unknown].max():g} C ({unknown.sum()} values); lower c_rate or warm the cells"
        )
    return (ambient_c + rise_k)[()]


def step_temperature(cell: str, air_c: np.ndarray, c_rate: np.ndarray, step_h: float) -> np.ndarray:
    """Return the mean cell temperature of every step, °C, of a battery that carries any series of power.

    air_c, c_rate : arrays, shape (steps,); the first step is taken to have lasted long before.  Where the table has no
    state at a rate, the heat is that of the fastest rate that has one.
    """
    from scipy.signal import lfilter

    cooling = cooling_w_per_k_kwh(cell)
    settle_h = HEAT_CAPACITY_WH_PER_K_KWH[cell] / cooling
    kept = float(np.exp(-step_h / settle_h))
    cells_c = np.asarray(air_c, float)
    for _ in range(PASSES):
        wanted_c = air_c + heat_w_per_kwh(cell, cells_c, c_rate) / cooling
        ends_c = lfilter([1 - kept], [1, -kept], wanted_c, zi=[kept * wanted_c[0]])[0]
        begins_c = np.append(wanted_c[0], ends_c[:-1])
        mean_c = wanted_c + (begins_c - wanted_c) * (1 - kept) * settle_h / step_h
        moved_k = float(np.abs(mean_c - cells_c).max(initial=0.0))
        cells_c = mean_c
        if moved_k < SETTLED_K:
            break
    return cells_c


def heat_w_per_kwh(cell: str, cell_c, c_rate) -> np.ndarray:
    """Return the heat of cells at a temperature and rate, W per kWh of nominal energy; at rest none."""
    grid = _known(fine_heat(), cell)
    cell_c, c_rate = np.broadcast_arrays(np.asarray(cell_c, float), np.asarray(c_rate, float))
    row, _ = _place(grid.temperature_c, cell_c)
    fastest = _fastest_known(cell)
    most = np.minimum(fastest[row], fastest[row + 1])
    return bilinear(grid, cell_c, np.minimum(c_rate, most)) * _below(grid, c_rate)


def _below(grid: Grid, c_rate: np.ndarray) -> np.ndarray:
    """Return the part of the slowest simulated rate's heat that is left below it: ohmic, so with the square."""
    return np.minimum(1.0, c_rate / grid.c_rate[0]) ** 2


def max_charge_c_rate(cell: str, cell_c):
    """Return the rate, 1/h, at which cells of a temperature still take up four fifths of their capacity."""
    curve = charging_curve()
    if cell not in curve:
        raise InputError(f"{cell!r} is not in the charging table; it has {', '.join(curve)}")
    return np.interp(cell_c, *curve[cell])


@cache
def cooling_w_per_k_kwh(cell: str) -> float:
    """Return the heat that leaves a cell in still air, W per K and kWh: what the simulated rises were made with."""
    rises = _known(read_grids("temperature", "ambient_c", "cell_c"), cell)
    heat = _known(read_grids("temperature", "ambient_c", "heat_w_per_kwh"), cell)
    ratio = heat.values / (rises.values - rises.temperature_c[:, None])
    return float(np.nanmedian(ratio))


@cache
def fine_rises() -> Mapping[str, Grid]:
    """Return how much warmer than the air cells in still air are, K, on a fine grid."""
    found = read_grids("temperature", "ambient_c", "cell_c")
    rises = {cell: Grid(g.temperature_c, g.c_rate, g.values - g.temperature_c[:, None]) for cell, g in found.items()}
    return {cell: refined(grid) for cell, grid in rises.items()}


@cache
def fine_heat() -> Mapping[str, Grid]:
    """Return the heat of cells held at one temperature, W per kWh, on a fine grid."""
    return {cell: refined(grid) for cell, grid in read_grids("heat", "cell_c", "heat_w_per_kwh").items()}


@cache
def _fastest_known(cell: str) -> np.ndarray:
    """Return, for each temperature of the fine heat grid, the fastest rate that has a state."""
    grid = fine_heat()[cell]
    known = np.isfinite(grid.values)
    return grid.c_rate[np.where(known.any(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1), 0)]


@cache
def charging_curve() -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """Return, for each cell, temperatures and the charging rates that go with them; raise `InputError` if damaged."""
    path, rows = read_table("charging")
    try:
        curves: dict[str, list[tuple[float, float]]] = {}
        for row in rows:
            curves.setdefault(row["chemistry"], []).append((float(row["cell_c"]), float(row["max_charge_c_rate"])))
        return {cell: tuple(np.array(sorted(points)).T) for cell, points in curves.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: the charging table is damaged ({error}); {REBUILD}") from error


def refined(grid: Grid) -> Grid:
    """Return a grid of positive values on finer axes; NaN beyond the first unknown point."""
    between_c = np.arange(grid.temperature_c[0], grid.temperature_c[-1], FINE_K)
    between_rate = np.geomspace(grid.c_rate[0], grid.c_rate[-1], FINE_RATES)[1:-1]
    fine_c = np.union1d(between_c, grid.temperature_c)
    fine_rate = np.union1d(between_rate, grid.c_rate)
    logs = np.log(grid.values)
    by_temperature = [_cubic(-1 / kelvin(grid.temperature_c), column, -1 / kelvin(fine_c)) for column in logs.T]
    rows = np.array(by_temperature).T
    fine = np.array([_cubic(np.log(grid.c_rate), row, np.log(fine_rate)) for row in rows])
    return Grid(fine_c, fine_rate, np.exp(fine))


def _cubic(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the monotone cubic through the known points; NaN outside them."""
    from scipy.interpolate import PchipInterpolator

    known = np.isfinite(y)
    if known.sum() < 2:
        return np.full(len(at), np.nan)
    slack = 1e-12 * max(1.0, float(np.abs(x).max()))
    inside = np.clip(at, x[known][0], x[known][-1])
    values = PchipInterpolator(x[known], y[known])(inside)
    return np.where(np.abs(at - inside) <= slack, values, np.nan)


def _known(grids: Mapping[str, Grid], cell: str) -> Grid:
    if cell not in grids:
        raise InputError(f"cell: {cell!r} is not in the cell-temperature table; it has {', '.join(grids)}")
    return grids[cell]


def bilinear(grid: Grid, temperature_c: np.ndarray, c_rate: np.ndarray) -> np.ndarray:
    """Return interpolated values, held beyond the edges; NaN where a corner that counts is NaN."""
    row, down = _place(grid.temperature_c, temperature_c)
    column, right = _place(grid.c_rate, c_rate)
    total = np.zeros(temperature_c.shape)
    for i, row_weight in ((row, 1 - down), (row + 1, down)):
        for j, column_weight in ((column, 1 - right), (column + 1, right)):
            weight = row_weight * column_weight
            # a corner of weight 0 does not count, though 0 * NaN is NaN
            total = total + np.where(weight > 0, weight * grid.values[i, j], 0.0)
    return total


def _place(axis: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval each value lies in and how far along it, clamped to the axis."""
    inside = np.clip(values, axis[0], axis[-1])
    index = np.clip(np.searchsorted(axis, inside, side="right") - 1, 0, len(axis) - 2)
    return index, (inside - axis[index]) / (axis[index + 1] - axis[index])

"""Write the cell-temperature table: cycle each cell at each ambient temperature and C-rate.

Run once, a few minutes; planning reads only the table. The model is a single particle per
electrode with electrolyte (SPMe) and one temperature; the cell goes between its voltage limits,
without rest, until the cycles repeat. The only module that imports PyBaMM.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from evplan.degradation.cells import CELLS, HEAT_TRANSFER_W_PER_M2_K, Cell
from evplan.errors import InputError
from evplan.paths import data_dir, replacing
from evplan.units import GAS_CONSTANT_J_PER_MOL_K, kelvin

AMBIENT_C = (-10, 0, 10, 20, 25, 30, 40, 45)
CYCLES = 4
PERIODIC_K = 0.05  # a cycle that ends this close to where it began repeats itself
OUTPUT_EVERY = "10 seconds"  # read at the solver's own steps, the smallest loss is 20 % too high
RADIAL_POINTS = 100  # 20 points lose 6 % of the heat of a cold LFP cell at 1 C, 100 lose 1.6 %
TOLERANCE = 1e-6
OUTPUTS = (
    "Time [s]",
    "Current [A]",
    "Voltage [V]",
    "Discharge capacity [A.h]",
    "Total heating [W]",
    "Volume-averaged cell temperature [C]",
)
MIN_DELIVERED = 0.8  # of nominal capacity; below it the voltage limits cut the cycle short
NAN = float("nan")


@dataclass(frozen=True)
class Row:
    """One line of the table; `heat_to_loss` is heat released over electrical energy lost, 1 if energy is conserved."""

    chemistry: str
    ambient_c: float
    c_rate: float
    cell_c: float
    rise_k: float
    heat_to_loss: float
    status: str


def build_lookup(
    path: Path | None = None,
    progress: Callable[[int, int, Row], None] | None = None,
    jobs: int = 1,
) -> Path:
    """Simulate every point on `jobs` processes, write the table, return its path.

    `progress(done, total, row)` is called after each point.
    """
    from joblib import Parallel, delayed

    if jobs < 1:
        raise InputError(f"jobs: {jobs} is no number of processes; give 1 or more")
    points = [(cell, ambient_c, c_rate) for cell in CELLS for ambient_c in AMBIENT_C for c_rate in cell.c_rates]
    rows = []
    for row in Parallel(n_jobs=jobs, return_as="generator")(delayed(simulate)(*point) for point in points):
        rows.append(row)
        if progress:
            progress(len(rows), len(points), row)
    path = Path(path) if path else data_dir() / "degradation" / "thermal_lookup.csv"
    write_rows(path, rows)
    return path


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write the table, whole or not at all."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [column.name for column in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def simulate(cell: Cell, ambient_c: float, c_rate: float) -> Row:
    """Return the periodic state of one cell at one ambient temperature and C-rate.

    A point the model cannot carry gets status `failed` and no numbers.
    """
    cycle = last_cycle(cell, ambient_c, c_rate)
    if cycle is None:
        return Row(cell.chemistry, ambient_c, c_rate, NAN, NAN, NAN, "failed")
    time_s, cell_c = cycle["Time [s]"], cycle["Volume-averaged cell temperature [C]"]
    power_w = cycle["Current [A]"] * cycle["Voltage [V]"]
    mean_c = np.trapezoid(cell_c, time_s) / np.ptp(time_s)
    heat_to_loss = np.trapezoid(cycle["Total heating [W]"], time_s) / -np.trapezoid(power_w, time_s)
    limited = np.ptp(cycle["Discharge capacity [A.h]"]) < MIN_DELIVERED * cell.capacity_ah
    status = "voltage-limited" if limited else "ok"
    return Row(
        cell.chemistry,
        ambient_c,
        c_rate,
        round(float(mean_c), 3),
        round(float(mean_c - ambient_c), 3),
        round(float(heat_to_loss), 3),
        status,
    )


def last_cycle(cell: Cell, ambient_c: float, c_rate: float) -> dict[str, np.ndarray] | None:
    """Return the series of the last cycle, or None where the model breaks down or does not settle."""
    try:
        solution = build_simulation(cell, ambient_c, c_rate).solve(initial_soc=1.0)
    except _pybamm().SolverError:
        return None
    if len(solution.cycles) < CYCLES:  # the solver gave up on the way
        return None
    if solution["Electrolyte concentration [mol.m-3]"].entries.min() <= 0:  # SPMe has left physics
        return None
    series = {name: solution.cycles[-1][name].entries for name in OUTPUTS}
    cell_c = series["Volume-averaged cell temperature [C]"]
    return series if abs(cell_c[-1] - cell_c[0]) < PERIODIC_K else None


def build_simulation(cell: Cell, ambient_c: float, c_rate: float):
    """Return the PyBaMM simulation of a few cycles. Without heat of mixing a third of the loss would vanish."""
    pybamm = _pybamm()
    model = pybamm.lithium_ion.SPMe({"thermal": "lumped", "heat of mixing": "true", **cell.options})
    steps = tuple(pybamm.step.string(text, period=OUTPUT_EVERY) for text in cycle_steps(cell, c_rate))
    return pybamm.Simulation(
        model,
        parameter_values=parameter_values(cell, ambient_c),
        experiment=pybamm.Experiment([steps] * CYCLES),
        solver=pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=TOLERANCE / 100),
        var_pts=dict(model.default_var_pts) | {"r_n": RADIAL_POINTS, "r_p": RADIAL_POINTS},
    )


def cycle_steps(cell: Cell, c_rate: float) -> tuple[str, ...]:
    """Return one cycle in PyBaMM's words; every step says at which voltage or current it ends."""
    return (
        f"Discharge at {c_rate}C until {cell.lower_v}V",
        f"Charge at {c_rate}C until {cell.upper_v}V",
        f"Hold at {cell.upper_v}V until C/20",
    )


def parameter_values(cell: Cell, ambient_c: float):
    """Return the cell's parameters at an ambient temperature, with heat transfer and Arrhenius factors."""
    pybamm = _pybamm()
    values = pybamm.ParameterValues(cell.parameter_set)
    values.update(dict(cell.additions), check_already_exists=False)
    values.update(
        {
            "Total heat transfer coefficient [W.m-2.K-1]": HEAT_TRANSFER_W_PER_M2_K,
            "Ambient temperature [K]": kelvin(ambient_c),
            "Initial temperature [K]": kelvin(ambient_c),
        },
        check_already_exists=False,
    )
    for name, activation in cell.activation_j_per_mol.items():
        values[name] = with_arrhenius(values[name], activation)
    return values


def with_arrhenius(base, activation_j_per_mol: float) -> Callable:
    """Return a PyBaMM parameter, number or function, times an Arrhenius factor that is 1 at 25 °C."""
    pybamm = _pybamm()
    slope_k = activation_j_per_mol / GAS_CONSTANT_J_PER_MOL_K

    def scaled(state, temperature_k):
        value = base(state, temperature_k) if callable(base) else base
        return value * pybamm.exp(slope_k * (1 / kelvin(25) - 1 / temperature_k))

    return scaled


def _pybamm():
    """Return PyBaMM, quiet and without telemetry: it reads the variable when imported."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    import pybamm

    pybamm.set_logging_level("CRITICAL")
    return pybamm

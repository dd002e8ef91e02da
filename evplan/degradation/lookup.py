"""Write the heat, temperature and charging tables: cycle each cell at each temperature and C-rate.

Run once, some minutes; planning reads only the tables. The model is a single particle per electrode with electrolyte
(SPMe); the cell goes between its voltage limits, without rest, until the cycles repeat. Heat and energy are integrated as
states of the model, so no output times enter. The only module that imports PyBaMM.

    heat.csv          cells held at one temperature: heat released, charge delivered
    temperature.csv   cells in still air, one temperature each: how warm they become
    charging.csv      the rate at which cells of one temperature can still be charged
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evplan.degradation.cells import CELLS, HEAT_TRANSFER_W_PER_M2_K, Cell
from evplan.degradation.tables import ChargeRow, HeatRow, TemperatureRow, charging_rows, write_rows
from evplan.errors import InputError
from evplan.paths import data_dir, require_writable
from evplan.units import GAS_CONSTANT_J_PER_MOL_K, KELVIN_AT_0_C, SECONDS_PER_HOUR, kelvin

CELL_C = (-10, 0, 10, 20, 25, 30, 40, 50, 60)
AMBIENT_C = (-15, -5, 5, 15, 30, 50)
ROUNDS = (4, 8, 16)  # cycles tried; cold LFP cells need the most
REPEATS = 5e-4  # cycles whose loss differs by less repeat themselves
RADIAL_POINTS, STRETCH = (
    200,
    8,
)  # crowded at the surface, where graphite's potential is steep: 100 even ones lose 1.7 % of heat
TOLERANCE = 1e-8  # at 1e-6 hot slow cells, whose loss is a small difference, drift by 2 %
DEPLETED_MOL_PER_M3 = 10.0  # electrolyte below it has left the model's physics
MIN_DELIVERED = 0.8  # of nominal capacity; below it the voltage limits cut the cycle short
HEAT, ENERGY, CHARGE, TIME = "Heat released [J]", "Discharge energy [W.h]", "Discharge capacity [A.h]", "Time [s]"
NAN = float("nan")


@dataclass(frozen=True)
class Cycle:
    """One cycle that repeats itself: means over its time, and totals.

    heat_to_loss : heat released over electrical energy lost; 1 if energy is conserved.
    """

    heat_w: float
    heat_to_loss: float
    delivered: float
    status: str


def build_lookup(
    folder: Path | None = None, progress: Callable[[int, int, str], None] | None = None, jobs: int = 1
) -> list[Path]:
    """Simulate every point on `jobs` processes, write the tables, return their paths.

    `progress(done, total, point)` is called after each point.

    Raises: InputError if the folder cannot be written or jobs is below 1.
    """
    from joblib import Parallel, delayed

    if jobs < 1:
        raise InputError(f"jobs: {jobs} is no number of processes; give 1 or more")
    folder = Path(folder) if folder else data_dir() / "degradation"
    require_writable(folder)
    work: list[Callable[[], HeatRow | TemperatureRow]]
    work = [partial(heat_row, cell, t, c) for cell in CELLS for t in CELL_C for c in cell.c_rates]
    work += [partial(temperature_row, cell, t, c) for cell in CELLS for t in AMBIENT_C for c in cell.c_rates]
    rows: list[HeatRow | TemperatureRow] = []
    for row in Parallel(n_jobs=jobs, return_as="generator")(delayed(point)() for point in work):
        rows.append(row)
        if progress:
            progress(len(rows), len(work), row.told)
    heat = [row for row in rows if isinstance(row, HeatRow)]
    warmed = [row for row in rows if isinstance(row, TemperatureRow)]
    tables: dict[str, list[HeatRow] | list[TemperatureRow] | list[ChargeRow]] = {
        "heat": heat, "temperature": warmed, "charging": charging_rows(heat, MIN_DELIVERED)
    }  # fmt: skip
    return [write_rows(folder / f"{name}.csv", table) for name, table in tables.items()]


def heat_row(cell: Cell, cell_c: float, c_rate: float) -> HeatRow:
    """Return the heat of one cell held at one temperature, and what a charge from empty takes up."""
    cycle = repeated_cycle(cell, cell_c, c_rate, thermal="isothermal")
    charged = round(charged_fraction(cell, cell_c, c_rate), 4)
    if cycle is None:
        return HeatRow(cell.chemistry, cell_c, c_rate, NAN, NAN, NAN, charged, "depleted")
    heat = round(cycle.heat_w / cell.kwh, 4), round(cycle.heat_to_loss, 5)
    return HeatRow(cell.chemistry, cell_c, c_rate, *heat, round(cycle.delivered, 4), charged, cycle.status)


def temperature_row(cell: Cell, ambient_c: float, c_rate: float) -> TemperatureRow:
    """Return how warm one cell becomes in still air."""
    cycle = repeated_cycle(cell, ambient_c, c_rate, thermal="lumped")
    if cycle is None:
        return TemperatureRow(cell.chemistry, ambient_c, c_rate, NAN, NAN, NAN, "depleted")
    rise_k = cycle.heat_w / cooling_w_per_k(cell)  # what a repeating cycle releases, it gives to the air
    numbers = round(ambient_c + rise_k, 3), round(cycle.heat_w / cell.kwh, 4), round(cycle.heat_to_loss, 5)
    return TemperatureRow(cell.chemistry, ambient_c, c_rate, *numbers, cycle.status)


def cooling_w_per_k(cell: Cell) -> float:
    """Return the heat a cell gives to still air, W per K."""
    values = parameter_values(cell, 25.0)
    return HEAT_TRANSFER_W_PER_M2_K * float(values["Cell cooling surface area [m2]"])


def repeated_cycle(cell: Cell, temperature_c: float, c_rate: float, thermal: str) -> Cycle | None:
    """Return the cycle that repeats itself, or None where the model breaks down, runs dry or does not settle."""
    pybamm = _pybamm()
    for count in ROUNDS:
        steps = pybamm.Experiment([cycle_steps(cell, c_rate)] * count)
        try:
            solution = build_simulation(cell, temperature_c, thermal, steps).solve(initial_soc=1.0)
            cycles = [[_totals(step) for step in cycle.steps] for cycle in solution.cycles if cycle is not None]
        except (pybamm.SolverError, TypeError, AttributeError):  # an empty solution has no entries to index
            return None
        if len(cycles) < count or any(len(cycle) < 3 for cycle in cycles):
            return None
        if any("depleted" in str(step.termination) for step in solution.cycles[-1].steps):
            return None
        loss = [-sum(step[ENERGY] for step in cycle) * SECONDS_PER_HOUR for cycle in cycles[-2:]]
        if abs(loss[1] / loss[0] - 1) < REPEATS:
            return _cycle(cell, cycles[-1], loss[1])
    return None


def _cycle(cell: Cell, steps: list[dict[str, float]], loss_j: float) -> Cycle:
    heat_j, seconds = (sum(step[name] for step in steps) for name in (HEAT, TIME))
    delivered = min(steps[0][CHARGE], -steps[1][CHARGE]) / cell.capacity_ah
    status = "ok" if delivered >= MIN_DELIVERED else "voltage-limited"
    return Cycle(heat_j / seconds, heat_j / loss_j, delivered, status)


def _totals(step: Any) -> dict[str, float]:
    """Return what one step of a solution moved."""
    series = {name: step[name].entries for name in (HEAT, ENERGY, CHARGE, TIME)}
    return {name: float(values[-1] - values[0]) for name, values in series.items()}


def charged_fraction(cell: Cell, cell_c: float, c_rate: float) -> float:
    """Return the part of nominal capacity that a charge at constant current from empty takes up, p.u."""
    pybamm = _pybamm()
    steps = pybamm.Experiment([(cycle_steps(cell, c_rate)[1],)])
    try:
        charge = build_simulation(cell, cell_c, "isothermal", steps).solve(initial_soc=0.0)[CHARGE].entries
    except (pybamm.SolverError, TypeError, AttributeError):
        return 0.0
    return float(charge[0] - charge[-1]) / cell.capacity_ah


def build_simulation(cell: Cell, temperature_c: float, thermal: str, steps: Any) -> Any:
    """Return the PyBaMM simulation of some steps; without heat of mixing a third of the loss would vanish."""
    pybamm = _pybamm()
    options = {"thermal": thermal, "heat of mixing": "true", "calculate discharge energy": "true"}
    if thermal == "isothermal":
        options["calculate heat source for isothermal models"] = "true"
    else:
        options |= cell.lumped_options
    model = pybamm.lithium_ion.SPMe(options)
    heat = pybamm.Variable(HEAT)
    model.rhs[heat] = model.variables["Total heating [W]"]
    model.initial_conditions[heat] = pybamm.Scalar(0)
    model.variables[HEAT] = heat
    surface = pybamm.MeshGenerator(pybamm.Exponential1DSubMesh, {"side": "right", "stretch": STRETCH})
    return pybamm.Simulation(
        model,
        parameter_values=parameter_values(cell, temperature_c),
        experiment=steps,
        solver=pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=TOLERANCE / 100),
        submesh_types=dict(model.default_submesh_types)
        | {f"{side} particle": surface for side in ("negative", "positive")},
        var_pts=dict(model.default_var_pts) | {"r_n": RADIAL_POINTS, "r_p": RADIAL_POINTS},
    )


def cycle_steps(cell: Cell, c_rate: float) -> tuple[Any, ...]:
    """Return one cycle; every step says at which voltage or current it ends, or that the electrolyte ran dry.

    Discharge empties the positive electrode's electrolyte of salt, charge the negative's.
    """
    pybamm = _pybamm()

    def dry(electrode: str) -> Any:
        salt = f"{electrode} electrolyte concentration [mol.m-3]"
        return pybamm.step.CustomTermination(
            "electrolyte depleted", lambda known: pybamm.min(known[salt]) - DEPLETED_MOL_PER_M3
        )

    return (
        pybamm.step.c_rate(c_rate, termination=[f"{cell.lower_v}V", dry("Positive")]),
        pybamm.step.c_rate(-c_rate, termination=[f"{cell.upper_v}V", dry("Negative")]),
        pybamm.step.string(f"Hold at {cell.upper_v}V until C/20"),
    )


def parameter_values(cell: Cell, temperature_c: float) -> Any:
    """Return the cell's parameters at a temperature, with heat transfer and Arrhenius factors."""
    pybamm = _pybamm()
    values = pybamm.ParameterValues(cell.parameter_set)
    values.update(dict(cell.additions), check_already_exists=False)
    values.update(
        {
            "Total heat transfer coefficient [W.m-2.K-1]": HEAT_TRANSFER_W_PER_M2_K,
            "Ambient temperature [K]": kelvin(temperature_c),
            "Initial temperature [K]": kelvin(temperature_c),
        },
        check_already_exists=False,
    )
    for name, activation in cell.activation_j_per_mol.items():
        values[name] = with_arrhenius(values[name], activation)
    if cell.graphite_of:
        potential = "Negative electrode OCP [V]"
        values[potential] = pybamm.ParameterValues(cell.graphite_of)[potential]
    return values


def with_arrhenius(base: Any, activation_j_per_mol: float) -> Callable:
    """Return a PyBaMM parameter, number or function, times an Arrhenius factor that is 1 at 25 °C."""
    pybamm = _pybamm()
    slope_k = activation_j_per_mol / GAS_CONSTANT_J_PER_MOL_K

    def scaled(state: Any, temperature_k: Any) -> Any:
        value = base(state, temperature_k) if callable(base) else base
        return value * pybamm.exp(slope_k * (1 / (25 + KELVIN_AT_0_C) - 1 / temperature_k))

    return scaled


def _pybamm() -> Any:
    """Return PyBaMM, quiet and without telemetry: it reads the variable when imported."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    import pybamm

    pybamm.set_logging_level("CRITICAL")
    return pybamm

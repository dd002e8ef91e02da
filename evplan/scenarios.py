"""Solve scenarios and solvers side by side and put them in one table."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evplan.errors import EvplanError, InfeasibleError, InputError, NoPlanError
from evplan.instance.read import read
from evplan.paths import require_file
from evplan.plan import silent, solve
from evplan.report.run import Run
from evplan.sites import Progress

BASE = "base"
COLUMNS = (
    "scenario", "solver", "status", "objective", "bound", "gap", "seconds", "chargers", "connection_kw", "pv_kw",
    "battery_kwh", "battery_kw", "capex", "npv", "irr", "payback_years", "lcoc_per_kwh", "viability_gap_grant",
    "viability_gap_per_kwh", "currency", "exit_code", "message",
)  # fmt: skip


def compare(
    path: str | Path,
    scenarios: list[str] | None = None,
    solvers: Sequence[str] = (),
    *,
    gap: float | None = None,
    time_limit_s: float | None = None,
    table: Path | None = None,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Return one row per scenario and solver; a run that fails says why and stops none of the others.

    scenarios : Names; `base` is the file as it stands. None: the file as it stands and every scenario.
    table : File the caller will write; refused at once if it cannot be written.
    solvers : Names; none: the one the file names.  Raises `InputError` if the file or a name is wrong.
    """
    if table is not None:
        require_file(table)
    found = read(path).instance
    names = scenarios or [BASE, *found.scenarios]
    for name in names:
        read(path, _scenario(name))
    chosen = solvers or [found.solver.name]
    rows = []
    for name, solver in itertools.product(names, chosen):
        progress(name, f"with {solver}")
        try:
            run = solve(path, _scenario(name), solver=solver, gap=gap, time_limit_s=time_limit_s, progress=progress)
            rows.append(row(run, name))
        except EvplanError as error:
            rows.append(failed_row(name, solver, error))
    return rows


def failed_row(scenario: str, solver: str, error: EvplanError) -> dict[str, Any]:
    """Return the line of a run that gave no plan: why in a word, and in the error's own words."""
    words = {InfeasibleError: "infeasible", NoPlanError: "no plan in time", InputError: "bad input"}
    status = next((word for kind, word in words.items() if isinstance(error, kind)), "failed")
    return {
        **dict.fromkeys(COLUMNS),
        "scenario": scenario,
        "solver": solver,
        "status": status,
        "exit_code": error.exit_code,
        "message": str(error),
    }


def _scenario(name: str) -> str | None:
    return None if name == BASE else name


def row(run: Run, scenario: str) -> dict[str, Any]:
    """Return one line of the comparison; amounts in the instance's currency."""
    plans, money = run.plans, run.appraisal.portfolio
    return {
        "scenario": scenario,
        "solver": plans[0].solver.split(",")[0],
        "status": run.status,
        "objective": run.objective,
        "bound": run.bound,
        "gap": run.gap,
        "seconds": run.seconds["total"],
        "chargers": ", ".join(f"{n} x {name}" for name, n in _counts(run).items() if n) or "none",
        "connection_kw": sum(plan.connection_kw for plan in plans),
        "pv_kw": sum(plan.solar_kw for plan in plans),
        "battery_kwh": sum(plan.battery_kwh for plan in plans),
        "battery_kw": sum(plan.battery_kw for plan in plans),
        "capex": money.metrics.capex,
        "npv": money.metrics.npv,
        "irr": money.metrics.irr.value,
        "payback_years": money.metrics.payback_years,
        "lcoc_per_kwh": money.metrics.lcoc_per_kwh,
        "viability_gap_grant": money.gap.grant,
        "viability_gap_per_kwh": money.gap.per_kwh,
        "currency": run.read.instance.finance.currency,
        "exit_code": exit_code(run),
        "message": None,
    }


def exit_code(run: Run) -> int:
    """Return what the command line returns for a run that has a plan."""
    return 0 if run.status == "optimal" else NoPlanError.exit_code


def _counts(run: Run) -> dict[str, int]:
    names = [charger.name for charger in run.read.instance.catalogue.chargers]
    return {name: sum(plan.chargers.get(name, 0) for plan in run.plans) for name in names}

"""Solve scenarios and solvers side by side and put them in one table."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evplan.errors import EvplanError, InfeasibleError, InputError, NoPlanError
from evplan.instance.read import Read, read
from evplan.instance.suggest import did_you_mean
from evplan.paths import require_file
from evplan.plan import silent, solve_read
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
    tariffs: Sequence[str] = (),
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Return one row per scenario, tariff and solver; a run that fails says why and stops none of the others.

    tariffs : Names; every site is planned under each in turn, and rows come best first. `all`: every tariff of the file.
        None: each site's own.

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
    chosen, offers = solvers or [found.solver.name], _offers(tariffs, list(found.tariffs))
    rows = []
    for name, tariff, solver in itertools.product(names, offers, chosen):
        said = name if tariff is None else f"{name}, {tariff}"
        progress(said, f"with {solver}")
        try:
            asked = under_tariff(read(path, _scenario(name)), tariff)
            run = solve_read(asked, solver=solver, gap=gap, time_limit_s=time_limit_s, progress=progress)
            rows.append(row(run, said))
        except EvplanError as error:
            rows.append(failed_row(said, solver, error))
    if tariffs:
        rows.sort(key=lambda found: -math.inf if found["objective"] is None else found["objective"], reverse=True)
    return rows


def _offers(tariffs: Sequence[str], known: list[str]) -> list[str | None]:
    """Return the tariffs to plan under; None stands for each site's own."""
    if not tariffs:
        return [None]
    wrong = [name for name in tariffs if name != "all" and name not in known]
    if wrong:
        raise InputError(f"--tariffs: there is no tariff {wrong[0]!r}{did_you_mean(wrong[0], known)}")
    return list(known) if "all" in tariffs else list(tariffs)


def under_tariff(found: Read, tariff: str | None) -> Read:
    """Return an instance whose every site is billed by one tariff."""
    if tariff is None:
        return found
    sites = tuple(site.model_copy(update={"tariff": tariff}) for site in found.instance.sites)
    return replace(found, instance=found.instance.model_copy(update={"sites": sites}))


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

"""A row of a comparison: what it asks, and what came of it, with or without a plan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evplan import __version__
from evplan.errors import INTERRUPTED, EvplanError, InfeasibleError, InputError, NoPlanError, NotInstalledError
from evplan.instance.named import files_in
from evplan.instance.read import Read
from evplan.store.work import Work

if TYPE_CHECKING:
    from evplan.planning.sites import Progress
    from evplan.report.run import Run

Row = dict[str, Any]

ASKED = ("asked_solver", "asked_gap", "asked_time_limit_s", "instance_hash")  # what a row answers
COLUMNS = (
    "scenario", "solver", "status", "objective", "bound", "gap", "seconds", "chargers", "connection_kw", "pv_kw",
    "battery_kwh", "battery_kw", "capex", "npv", "irr", "payback_years", "lcoc_per_kwh", "viability_gap_grant",
    "viability_gap_per_kwh", "currency", "exit_code", "message", *ASKED,
)  # fmt: skip
ANSWERED = ("optimal", "time_limit", "stalled", "infeasible")  # what another run within the same limits would say again


@dataclass(frozen=True)
class Asked:
    """What one row is to answer: an instance by a solver. scenario : what the table calls it, with the tariff if one is set."""

    scenario: str
    read: Read
    solver: str
    gap: float
    time_limit_s: float
    instance_hash: str  # when it was asked

    @property
    def said(self) -> str:
        """Return the row's name."""
        return f"{self.scenario}, {self.solver}"

    @property
    def marks(self) -> Row:
        """Return the columns by which a row is known again."""
        return dict(zip(ASKED, (self.solver, self.gap, self.time_limit_s, self.instance_hash), strict=True))

    def asks_the_same(self, row: Row) -> bool:
        """Return whether a row of a table is of this question, answered or not, of this instance or as it once was."""
        marks = {name: value for name, value in self.marks.items() if name != "instance_hash"}
        return row["scenario"] == self.scenario and all(row[name] == value for name, value in marks.items())

    def is_answered_by(self, row: Row) -> bool:
        """Return whether a row of a table answers this, and would be no other if it were solved again."""
        same = self.asks_the_same(row) and row["instance_hash"] == self.instance_hash
        return same and row["status"] in ANSWERED


def fingerprint(found: Read) -> str:
    """Return a hash of all that a run rests on: the instance without its other scenarios, its files' content, our version."""
    alone = replace(found, instance=found.instance.model_copy(update={"scenarios": {}}))
    digest = hashlib.sha256(f"{__version__} {alone.hash}".encode())
    for name in _files(found):  # in the order of the instance
        path = found.folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:16]


def plan_work(found: Read, kind: str = "plan", **options: Any) -> Work:
    """Return what a plan, or a study of an instance, is made from, as the store of runs knows it."""
    files = sorted(set(_files(found)))
    kept = [name for name in files if (found.folder / name).is_file()]
    return Work(kind, found.path, tuple(kept), {**options, "scenario": found.scenario, "instance": fingerprint(found)})


def _files(found: Read) -> list[str]:
    """Return every file that an instance names."""
    return [name for _, name in files_in(found.instance.model_dump(mode="json"))]


def solve_row(asked: Asked, tell: Progress) -> Row:
    """Return the row of one run, whatever comes of it."""
    from evplan.plan import solve_read  # where rows are solved in other processes, this one needs no solver

    try:
        run = solve_read(asked.read, solver=asked.solver, gap=asked.gap, time_limit_s=asked.time_limit_s, progress=tell)
        return row(run, asked.scenario) | asked.marks
    except Exception as error:  # whatever goes wrong is this row's, and stops none of the others
        return failed_row(asked, error)


def failed_row(asked: Asked, error: Exception) -> Row:
    """Return the line of a run that gave no plan: why in a word, and in the error's own words."""
    words = {
        InfeasibleError: "infeasible",
        NoPlanError: "no plan in time",
        NotInstalledError: "not installed",
        InputError: "bad input",
    }
    status = next((word for kind, word in words.items() if isinstance(error, kind)), "failed")
    ours = isinstance(error, EvplanError)
    return {
        **dict.fromkeys(COLUMNS),
        "scenario": asked.scenario,
        "solver": asked.solver,
        "status": status,
        "exit_code": error.exit_code if isinstance(error, EvplanError) else 1,
        "message": str(error) if ours else f"evplan failed, and it is our fault: {type(error).__name__}: {error}",
        **asked.marks,
    }


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
    return {"optimal": 0, "interrupted": INTERRUPTED}.get(run.status, NoPlanError.exit_code)


def _counts(run: Run) -> dict[str, int]:
    names = [charger.name for charger in run.read.instance.catalogue.chargers]
    return {name: sum(plan.chargers.get(name, 0) for plan in run.plans) for name in names}

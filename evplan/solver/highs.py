"""Run HiGHS on a compiled program through highspy."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from evplan.errors import EvplanError, InputError
from evplan.solver.compile import Program
from evplan.solver.outcome import Options, Outcome, Progress

STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
    highspy.HighsModelStatus.kInterrupt: "interrupted",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "unbounded",
}


def load(program: Program) -> highspy.Highs:
    """Return a silent HiGHS that holds the program."""
    matrix = program.matrix
    rows, columns = matrix.shape
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    # One thread each, always: HiGHS refuses a run whose thread count differs from an earlier one's in the same thread.
    checked(highs.setOptionValue("threads", 1), "option threads")
    passed = highs.passModel(
        columns, rows, matrix.nnz, int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), program.offset,
        program.cost, program.lower, program.upper, program.row_lower, program.row_upper,
        matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data, program.integer.astype(np.int32),
    )  # fmt: skip
    checked(passed, "passModel")
    return highs


def set_options(highs: highspy.Highs, settings: dict[str, Any]) -> None:
    """Set options that the user gave; raise `InputError` for one that HiGHS does not know or take."""
    for name, value in settings.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise InputError(f"solver.options: HiGHS does not take {name}: {value!r}")


def checked(status: Any, call: str) -> None:
    """Raise if HiGHS reports an error; its return codes must never be ignored."""
    if status == highspy.HighsStatus.kError:
        raise EvplanError(f"HiGHS failed in {call}; run again with --verbose and report the log")


def run(program: Program, options: Options, progress: Progress | None = None) -> Outcome:
    """Solve a program with HiGHS and return what it found."""
    highs = load(program)
    settings = {
        "mip_rel_gap": options.gap,
        "time_limit": float(options.time_limit_s),
        "output_flag": options.verbose,
    }
    for name, value in settings.items():
        checked(highs.setOptionValue(name, value), f"option {name}")
    set_options(highs, options.settings)
    _listen(highs, options, progress)
    begun = time.perf_counter()
    checked(highs.run(), "run")
    return outcome(highs, bool(program.integer.any()), time.perf_counter() - begun)


def outcome(highs: highspy.Highs, is_mip: bool, seconds: float) -> Outcome:
    """Return the state of a finished HiGHS as an outcome."""
    model_status = highs.getModelStatus()
    if model_status not in STATUS:
        raise EvplanError(f"HiGHS stopped with status {highs.modelStatusToString(model_status)!r}; try --solver scip")
    info, status = highs.getInfo(), STATUS[model_status]
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.asarray(highs.getSolution().col_value) if found else None
    bound = info.mip_dual_bound if is_mip else info.objective_function_value if status == "optimal" else -np.inf
    return Outcome(
        status, x, info.objective_function_value if found else np.inf, float(bound), seconds, f"HiGHS {highs.version()}"
    )


def _listen(highs: highspy.Highs, options: Options, progress: Progress | None) -> None:
    """Report progress, and end the run when it is told to stop."""

    def tell(event: Any) -> None:
        if progress is not None:
            progress(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)

    highs.cbMipLogging.subscribe(tell)
    obey(highs, options.stop)


def obey(highs: highspy.Highs, stop: threading.Event) -> None:
    """Let a run end when it is told to stop."""

    def ask(event: Any) -> None:
        event.data_in.user_interrupt = stop.is_set()

    for interrupt in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        interrupt.subscribe(ask)


def extreme(program: Program, column: int, largest: bool) -> float:
    """Return the largest (or smallest) value that the rows allow a column, integers relaxed; infinite if none."""
    cost = np.zeros(len(program.cost))
    cost[column] = -1.0 if largest else 1.0
    highs = load(replace(program, cost=cost, offset=0.0, integer=np.zeros(len(cost), bool)))
    checked(highs.run(), "run")
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return float("inf") if largest else float("-inf")
    return cost[column] * highs.getObjectiveValue()

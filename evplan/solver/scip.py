"""Run SCIP on a compiled program through pyscipopt (extra `solvers`), handed over as an MPS file."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import EvplanError, InputError, NotInstalledError
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load
from evplan.solver.outcome import Options, Outcome, Progress

STATUS = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "timelimit": "time_limit",
    "userinterrupt": "interrupted",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "inforunbd": "unbounded",
}


def run(program: Program, options: Options, progress: Progress | None = None) -> Outcome:
    """Solve a program with SCIP and return what it found; it reports progress only at the end."""
    try:
        import pyscipopt
    except ImportError:
        raise NotInstalledError("solver scip is not installed; `pip install evplan[solvers]` brings it") from None
    model = pyscipopt.Model()
    model.hideOutput(not options.verbose)
    _read(model, program)
    model.setParam("limits/gap", options.gap)
    model.setParam("limits/time", float(options.time_limit_s))
    for name, value in options.settings.items():
        try:
            model.setParam(name, value)
        except (KeyError, LookupError, TypeError, ValueError) as error:
            raise InputError(f"solver.options: SCIP does not take {name}: {value!r} ({error})") from None
    begun = time.perf_counter()
    ended = _obey(model, options)
    model.optimizeNogil()
    ended.set()
    seconds = time.perf_counter() - begun
    if model.getStatus() not in STATUS:
        raise EvplanError(f"SCIP stopped with status {model.getStatus()!r}; try --solver highs")
    found = model.getNSols() > 0
    objective = model.getObjVal() if found else np.inf
    if progress is not None:
        progress(objective, model.getDualbound())
    x = _values(model, len(program.cost)) if found else None
    return Outcome(STATUS[model.getStatus()], x, objective, model.getDualbound(), seconds, f"SCIP {model.version()}")


def _obey(model: Any, options: Options) -> threading.Event:
    """Stop SCIP within a second of being told to; set the event returned when it has ended."""

    def watch() -> None:
        while not ended.wait(0.5):
            if options.stop.is_set():
                model.interruptSolve()
                return

    ended = threading.Event()
    threading.Thread(target=watch, daemon=True).start()
    return ended


def _read(model: Any, program: Program) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "program.mps")
        checked(load(program).writeModel(path), "writeModel")
        model.readProblem(path)


def _values(model: Any, columns: int) -> np.ndarray:
    """Return values in column order; the MPS file names column i `c<i>`."""
    best, x = model.getBestSol(), np.zeros(columns)
    for variable in model.getVars():
        x[int(variable.name.removeprefix("t_")[1:])] = model.getSolVal(best, variable)
    return x

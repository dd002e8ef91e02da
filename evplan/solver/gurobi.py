"""Run Gurobi on a compiled program through gurobipy, where it and a licence are installed; nothing else needs it."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from evplan.errors import EvplanError, InputError, NotInstalledError
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load
from evplan.solver.outcome import Options, Outcome, Progress

STATUS = {2: "optimal", 3: "infeasible", 4: "unbounded", 5: "unbounded", 9: "time_limit", 11: "interrupted"}


def run(program: Program, options: Options, progress: Progress | None = None) -> Outcome:
    """Solve a program with Gurobi and return what it found; it reports progress only at the end."""
    try:
        import gurobipy
    except ImportError:
        raise NotInstalledError(
            "solver gurobi is not installed; `pip install gurobipy` and a licence bring it"
        ) from None
    begun = time.perf_counter()
    settings = {
        "OutputFlag": int(options.verbose), "MIPGap": options.gap, "TimeLimit": float(options.time_limit_s), **options.settings,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "program.mps")
        checked(load(replace(program, offset=0.0)).writeModel(path), "writeModel")
        try:
            with gurobipy.Env(params={"OutputFlag": 0}) as env, gurobipy.read(path, env=env) as model:
                for name, value in settings.items():
                    model.setParam(name, value)
                model.optimize(lambda m, where: m.terminate() if options.stop.is_set() else None)
                status, found = model.Status, model.SolCount > 0
                x = np.zeros(len(program.cost))
                if found:
                    for variable in model.getVars():
                        x[int(variable.VarName[1:])] = variable.X
                bound = float(model.ObjBound) if program.integer.any() else float(model.ObjVal) if found else -np.inf
        except gurobipy.GurobiError as error:
            raise InputError(f"gurobi: {error}") from None
    if status not in STATUS:
        raise EvplanError(f"Gurobi stopped with status {status}; try --solver highs")
    objective = float(program.cost @ x) + program.offset if found else np.inf
    if progress is not None:
        progress(objective, bound + program.offset)
    seconds = time.perf_counter() - begun
    version = ".".join(map(str, gurobipy.gurobi.version()))
    return Outcome(
        STATUS[status], x if found else None, objective, bound + program.offset, seconds, f"Gurobi {version}"
    )

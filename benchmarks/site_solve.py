"""One full-year site: evplan's decomposition, the same program whole in HiGHS, and Pyomo's own HiGHS interface.

All three build the same Pyomo model from the same parameters and stop at the same gap; each time includes
building, translation and search. The peers keep HiGHS's default settings, which were the fastest found.
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness import alternate, arguments, finish, report
from pyomo.contrib.appsi.solvers.highs import Highs as PyomoHighs

from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.solver import benders, highs
from evplan.solver.compile import compile_model, no_garbage_collection
from evplan.solver.outcome import Options

GREENSBORO = Path(__file__).resolve().parent.parent / "instances" / "greensboro.yaml"
GAP = 1e-3


def main() -> int:
    """Run the comparison on the rural site of instances/greensboro.yaml."""
    said = arguments(__doc__.splitlines()[0])
    site = prepare(read(GREENSBORO)).sites[1]

    def ours() -> dict:
        with no_garbage_collection():
            model = formulation.build(site)
            program = compile_model(model)
        linking = Values(program.columns).mark(formulation.sizes(model))
        found = benders.run(program, linking, Options(GAP, said.cap))
        return {"objective": -found.objective, "bound": -found.bound}

    def whole() -> dict:
        with no_garbage_collection():
            program = compile_model(formulation.build(site))
        found = highs.run(program, Options(GAP, said.cap))
        return {"objective": -found.objective, "bound": -found.bound, "capped": found.status == "time_limit"}

    def pyomo_interface() -> dict:
        model = formulation.build(site)
        solver = PyomoHighs()
        solver.config.time_limit, solver.config.mip_gap, solver.config.load_solution = said.cap, GAP, False
        found = solver.solve(model)
        best = found.best_feasible_objective
        capped = "optimal" not in str(found.termination_condition)
        return {"objective": -best if best is not None else float("nan"), "capped": capped}

    results = alternate(
        {"evplan": ours, "HiGHS, whole program": whole, "Pyomo's HiGHS interface": pyomo_interface}, said.rounds
    )
    ratios = report(results, "evplan")
    best = results["evplan"][-1][1]
    figures = {
        "ratio_whole": ratios["HiGHS, whole program"],
        "ratio_pyomo": ratios["Pyomo's HiGHS interface"],
        "gap": (best["bound"] - best["objective"]) / abs(best["objective"]),
    }
    finish(figures, said.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())

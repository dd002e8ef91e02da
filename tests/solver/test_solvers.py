"""Every solver that is installed finds the same optimum; one that is missing, or an option it does not know, is told."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from support import TINY, three_step_site, variant

from evplan.errors import InputError
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.read import read
from evplan.plan import solve
from evplan.scenarios.compare import compare
from evplan.solver.compile import compile_model
from evplan.solver.outcome import Options
from evplan.solver.run import NAMES, run

NEEDS = {"scip": "pyscipopt", "cbc": "pulp", "gurobi": "gurobipy"}
INSTALLED = [name for name in NAMES if name not in NEEDS or find_spec(NEEDS[name])]


def answer(name, **how):
    """Return what a solver says of the three-step site."""
    model = formulation.build(three_step_site())
    program = compile_model(model)
    linking = Values(program.columns).mark(formulation.sizes(model))
    return run(program, linking, name, Options(1e-7, 60.0, **how))


@pytest.mark.parametrize("name", INSTALLED)
def test_every_solver_finds_the_same_optimum(name):
    found, known = answer(name), answer("highs")
    assert found.status == "optimal"
    assert found.objective == pytest.approx(known.objective, rel=1e-6)
    assert found.bound <= found.objective + 1e-6 * abs(found.objective)
    assert name.split("-")[0].upper() in found.solver.upper()


@pytest.mark.parametrize("name", INSTALLED)
def test_a_program_without_an_answer_is_said_to_have_none(name):
    model = formulation.build(
        three_step_site(min_served=1.0, existing_kw=0.0, connection_steps=(), solar=None, battery=None)
    )
    program = compile_model(model)
    found = run(program, Values(program.columns).mark(formulation.sizes(model)), name, Options(1e-7, 60.0))
    assert found.status in ("infeasible", "unbounded")
    assert found.x is None


@pytest.mark.parametrize("name", [name for name in INSTALLED if name != "gurobi"])
def test_an_option_that_a_solver_does_not_know_is_told(name):
    with pytest.raises(InputError, match=r"solver\.options: .* no_such_option"):
        answer(name, settings={"no_such_option": 1})


@pytest.mark.parametrize(
    ("name", "option"), [("highs", "threads"), ("cbc", "ratio"), ("scip", "limits/gap"), ("gurobi", "MIPGap")]
)
def test_what_the_proof_rests_on_is_no_option(name, option):
    with pytest.raises(InputError, match="evplan's own"):
        answer(name, settings={option: 1})


def test_options_of_the_instance_reach_the_solver(tmp_path):
    path = variant(tmp_path, {"solver.options": {"highs": {"no-such": 1}, "highs-ipm": {"presolve": "off"}}})
    with pytest.raises(InputError, match="no-such"):
        solve(path)
    assert solve(path, solver="highs-ipm").status == "optimal"


def test_a_missing_solver_fails_its_row_and_no_other(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gurobipy", None)
    rows = compare(TINY, ["base"], ["gurobi", "highs"], gap=1e-2)
    assert [row["status"] for row in rows] == ["not installed", "optimal"]
    assert "not installed" in rows[0]["message"]


def test_the_schema_names_every_solver():
    from typing import get_args

    from evplan.cli import Solver
    from evplan.instance.schema import SolverName

    assert get_args(SolverName) == get_args(Solver) == NAMES
    assert read(TINY).instance.solver.name == "highs"

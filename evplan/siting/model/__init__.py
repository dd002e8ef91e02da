"""The siting program: stations.py (what stands when), coverage.py and service.py (whom it helps), rules.py, and goals.py.

maximise   a goal, or goals weighed, while goals that were sought before stay as good as they were found
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyomo.environ as pyo

from evplan.linear.affine import Affine, Total
from evplan.linear.rows import Rows
from evplan.siting.model import coverage, rules, service, stations
from evplan.siting.model.goals import GOALS
from evplan.siting.problem import Problem
from evplan.siting.reach import Rivals


def model(
    problem: Problem, sought: Mapping[str, float], held: Mapping[str, float], rivals: Sequence[Sequence[Rivals]] = ()
) -> Any:  # fmt: skip
    """Return the program of a study.

    sought : weights of goals, each in its own unit, negative where less is better.  held : goals that must come to so much at least
    (or at most, where less is better).  rivals : sets of stations that compete, by type.
    """
    block = pyo.ConcreteModel()
    stations.add(block, problem)
    asked = {*sought, *held}
    if asked & {"coverage", "equity"} or problem.study.rules.least_coverage:
        coverage.add(block, problem)
    if asked & {"served", "npv", "emissions"}:
        service.add(block, problem, rivals)
    rules.add(block, problem)
    values = {goal: GOALS[goal](block, problem) for goal in sorted(asked)}
    for goal, least in held.items():
        own = values[goal]
        block.add_component(
            f"hold_{goal}", Rows(own <= least if goal == "cost" else own >= least, doc="what was found before")
        )
    total: Affine | None = None
    for goal, weight in sought.items():
        total = -weight * values[goal] if total is None else total - weight * values[goal]
    assert total is not None
    block.goal = pyo.Objective(expr=Total(total))
    return block

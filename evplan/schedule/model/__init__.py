"""The plan as a program: vehicles.py, charge points in points.py, station.py around them, and what is sought in goals.py.

    net_kwh[k] = drawn[k] - given[k]         what a session takes from the site in a step in which it is plugged in
    minimise   one goal, while those before it stay as good as they were found

Every route but the arrow (fast.py) stands on this model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.linear.affine import Affine, Total
from evplan.linear.rows import Rows
from evplan.schedule.model import points, station, vehicles
from evplan.schedule.model.goals import GOALS, Aim
from evplan.schedule.problem import Problem


@dataclass(frozen=True)
class Held:
    """A goal that was sought before, and what it may come to now. breaks : of the shares, where the goal is proportional."""

    goal: Aim
    most: float
    breaks: np.ndarray | None = None


def model(
    problem: Problem,
    goal: Aim = "cost",
    held: Sequence[Held] = (),
    breaks: np.ndarray | None = None,
    switched: bool = False,
) -> Any:
    """Return the program of a problem that seeks one goal.

    held : goals that were sought before.  breaks : see goals.proportional.  switched : with a column for whether each vehicle is on.
    """
    block = pyo.ConcreteModel()
    vehicles.add(block, problem)
    station.add(block, problem)
    if switched:
        points.add_switches(block, problem)
    if not problem.points.plain:
        points.add(block, problem)
    for one in held:
        block.add_component(f"hold_{one.goal}", Rows(_value(block, problem, one.goal, one.breaks) <= one.most))
    block.goal = pyo.Objective(expr=Total(_value(block, problem, goal, breaks)))
    return block


def _value(block: Any, problem: Problem, goal: Aim, breaks: np.ndarray | None) -> Affine:
    return GOALS[goal](block, problem, breaks)

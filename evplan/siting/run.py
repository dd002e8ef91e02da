"""Seek a study's goals, weighed together or one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from evplan.siting.measure import most
from evplan.siting.problem import Problem
from evplan.siting.search import Found, Tell
from evplan.siting.solve import solve
from evplan.siting.study import LESS
from evplan.solver.outcome import Options


def seek(
    problem: Problem, options: Options, tell: Tell = lambda said: None, starts: Sequence[Found] = ()
) -> list[Found]:
    """Return what was found: for the goals weighed together, or for each in turn, the last of which is the plan.

    starts : what was found for the same sites before, to begin from.
    """
    unit, own = most(problem), problem.study.sought
    if problem.study.order == "weighed":
        return [
            solve(
                problem,
                {one.goal: signed(one.goal) * one.weight / unit[one.goal] for one in own},
                {},
                options,
                tell,
                starts,
            )
        ]
    found: list[Found] = []
    held: dict[str, float] = {}
    for one in own:
        begin, goal = found[-1:] or starts, one.goal
        found.append(
            solve(problem, {goal: signed(goal) / unit[goal]}, held, options, partial(_tell, tell, goal), begin)
        )
        value = found[-1].plan.goals[one.goal]
        held = {**held, one.goal: value + (1 - one.keep) * abs(value) * (1 if one.goal in LESS else -1)}
    return found


def _tell(tell: Tell, goal: str, said: str) -> None:
    tell(f"{goal}: {said}")


def signed(goal: str) -> float:
    """Return 1 where more of a goal is better, -1 where less is."""
    return -1.0 if goal in LESS else 1.0

"""Trade-offs: how much of the first goal can be had while a second is held at each of several levels (epsilon-constraint).

The first plan seeks the first goal alone, the last keeps the second at its best; levels between are evenly apart, and each begins from the
plan before it. Source: Haimes, Lasdon and Wismer 1971, IEEE Transactions on Systems, Man, and Cybernetics 1(3), 296-297.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InfeasibleError, InputError
from evplan.siting.measure import most
from evplan.siting.problem import Problem
from evplan.siting.run import signed
from evplan.siting.search import Found, Tell
from evplan.siting.solve import solve
from evplan.siting.study import SitingStudy
from evplan.solver.outcome import Options

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 100


def require_front(study: SitingStudy, second: str, points: int) -> None:
    """Raise `InputError` for goals that are the same or make no sense, and for fewer than two points."""
    first, own = study.sought[0].goal, study.economics
    if second == "npv" and own.price_per_kwh < own.energy_cost_per_kwh:
        raise InputError(
            "--pareto npv: economics.price_per_kwh is below energy_cost_per_kwh, so each kWh would lose money"
        )
    if first == second:
        raise InputError(f"--pareto: {second} is what is sought first; name another goal")
    if not 2 <= points <= MOST_POINTS:
        raise InputError(f"--points must be from 2 to {MOST_POINTS} (got {points})")


def front(
    problem: Problem, second: str, points: int, options: Options, start: Found | None = None, tell: Tell = lambda said: None
) -> list[Found]:  # fmt: skip
    """Return plans from the best of one goal to the best of another, those that are no better than a neighbour left out.

    start : what was found for other goals, to begin from.  Raises: as `require_front`.
    """
    require_front(problem.study, second, points)
    unit, first = most(problem), problem.study.sought[0].goal
    goal: dict[str, float] = {first: signed(first) / unit[first]}
    begin = solve(
        problem, goal, {}, options, partial(_tell, tell, f"{first} alone"), [start] if start is not None else []
    )
    end = solve(
        problem, {second: signed(second) / unit[second]}, {}, options, partial(_tell, tell, f"{second} alone"), [begin]
    )
    found = [begin]
    for k, level in enumerate(np.linspace(begin.plan.goals[second], end.plan.goals[second], points)[1:].tolist()):
        if options.stop.is_set():
            break
        told = partial(_tell, tell, f"point {k + 2} of {points}")
        try:
            found.append(solve(problem, goal, {second: level}, options, told, [found[-1], end]))
        except InfeasibleError:  # the best level itself, which rounding may put out of reach
            continue
    return _undominated(found, first, second)


def _tell(tell: Tell, what: str, said: str) -> None:
    tell(f"{what}: {said}")


def _undominated(found: list[Found], first: str, second: str) -> list[Found]:
    """Return the plans that no other betters in one goal without being worse in the other."""
    at = [(signed(first) * one.plan.goals[first], signed(second) * one.plan.goals[second]) for one in found]
    kept = []
    for i, own in enumerate(at):
        worse = any((a >= own[0] and b > own[1]) or (a > own[0] and b >= own[1]) or (other == own and j < i)
                    for j, other in enumerate(at) for a, b in [other])  # fmt: skip
        if not worse:
            kept.append(found[i])
    return kept


def front_table(found: list[Found]) -> pd.DataFrame:
    """Return a row for every point: all goals, works, stations, and how far it is from the best."""
    import pandas as pd

    return pd.DataFrame([
        {"point": i + 1, **one.plan.goals, "works": one.plan.works.sum(), "stations": int((one.plan.ports[-1] > 0).sum()), "gap": one.gap,
         "seconds": one.seconds}
        for i, one in enumerate(found)
    ])  # fmt: skip

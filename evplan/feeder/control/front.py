"""The trade-off of a day: least unbalance while panels give up no more than each of several levels, and the point that is chosen.

score = weight * U / U_nothing + (1 - weight) * curtailed share          U : sum of |I_0|^2 + |I_2|^2 over the day

No control has the score `weight`; a point that does not better it is never chosen. The knee is the point farthest below the line between
the front's ends (Das 1999, Structural Optimization 18(2-3), 107-115, normal-boundary intersection in two goals).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evplan.feeder.control.baselines import greedy, nothing, panels_off
from evplan.feeder.control.operation import Operation
from evplan.feeder.control.program import Limits, Program
from evplan.feeder.control.settle import settle
from evplan.feeder.day import Day
from evplan.feeder.flow import ONE_THREAD

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Front:
    """Points from least curtailed to least unbalanced, the baselines, and the chosen one, which may be no control."""

    points: tuple[Operation, ...]
    baselines: tuple[Operation, ...]
    chosen: Operation

    @property
    def nothing(self) -> Operation:
        """Return no control."""
        return self.baselines[0]


def front(day: Day, tell: Tell = lambda said: None, stopped: Callable[[], bool] = lambda: False) -> Front:
    """Return the trade-off of a day."""
    with ONE_THREAD.limit(limits=1, user_api="blas"):  # many small products: threads would wait for each other
        return _front(day, tell, stopped)


def _front(day: Day, tell: Tell, stopped: Callable[[], bool]) -> Front:
    baselines = nothing(day), panels_off(day), greedy(day)
    program, said = Program(day), day.study.control
    if not len(program.step):  # nobody whose power could be chosen
        return Front((), baselines, baselines[0])
    most = said.most_curtailed * float(day.panel_kw.sum() * day.hours)
    tell("least unbalance")
    last, limits = settle(program, baselines[2], Limits(), most)
    tell("least curtailed")
    first, limits = settle(program, last, limits, most, least_curtailed=True)
    low, high = first.curtailed_kwh, last.curtailed_kwh
    points: list[Operation] = []
    for k, level in enumerate(np.linspace(low, max(low, high), said.points).tolist()):
        if stopped():
            break
        tell(f"point {k + 1} of {said.points}")
        start = points[-1] if points else first
        found, limits = settle(program, start, limits, max(level, low * (1 + 1e-6)))
        points.append(replace(found, name=f"point {k + 1}"))
        if high <= low:
            break
    kept = tuple(undominated(points))
    return Front(kept, baselines, choose(day, kept, baselines[0]))


def undominated(points: list[Operation]) -> list[Operation]:
    """Return the points that no other betters in one goal without being worse in the other."""
    goals = [(one.curtailed_kwh, one.unbalance_a2) for one in points]
    return [
        one for one, own in zip(points, goals, strict=True)
        if not any(other[0] <= own[0] and other[1] <= own[1] and other != own for other in goals)
    ]  # fmt: skip


def score(one: Operation, none: Operation) -> float:
    """Return what an operation is judged by; less is better."""
    weight = one.day.study.control.weight
    return weight * one.unbalance_a2 / max(none.unbalance_a2, 1e-12) + (1 - weight) * one.curtailed_share


def choose(day: Day, points: tuple[Operation, ...], none: Operation) -> Operation:
    """Return the point that is the plan: as the study says, if it is better than no control; else the best that is, else no control."""
    fair = [one for one in points if _holds(one, none) and score(one, none) < score(none, none)]
    if not fair:
        return none
    best = min(fair, key=lambda one: score(one, none))
    if day.study.control.choose == "weighted" or len(points) < 3:
        return best
    own = knee(points)
    return own if any(own is one for one in fair) else best


def knee(points: tuple[Operation, ...]) -> Operation:
    """Return the point farthest below the line between the ends."""
    at = np.array([(one.curtailed_kwh, one.unbalance_a2) for one in points])
    span = np.maximum(np.ptp(at, axis=0), 1e-12)
    x, y = ((at - at.min(axis=0)) / span).T
    return points[int(np.argmax(1 - x - y))]


def _holds(one: Operation, none: Operation) -> bool:
    """Return whether an operation keeps limits and energy at least as well as no control."""
    return one.violation_pu <= max(none.violation_pu, 3e-4) and one.lacking_kwh.sum() <= none.lacking_kwh.sum() + 1e-3

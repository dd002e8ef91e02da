"""The trade-off of a day: least unbalance while panels give up no more than each of several levels, and the point that is chosen.

score = weight * U / U_nothing + (1 - weight) * curtailed share          U : sum of |I_0|^2 + |I_2|^2 over the day

No control has the score `weight`. Limits come first, then vehicles' energy, then the score: a point that is no better than no control in
this order is never chosen. The knee is the point farthest below the line between the front's ends (Das 1999, Structural Optimization
18(2-3), 107-115, normal-boundary intersection in two goals).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evplan.feeder.control.baselines import evenly, greedy, nothing, panels_off
from evplan.feeder.control.operation import Operation
from evplan.feeder.control.program import Limits, Program
from evplan.feeder.control.settle import settle
from evplan.feeder.day import Day
from evplan.feeder.flow import ONE_THREAD

SAME = 1e-3  # of the energy that vehicles ask for: who lacks as much to within it lacks the same
HOLDS = 3e-4  # p.u., and of ratings: what limits may be passed by
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

    @property
    def compared(self) -> list[Operation]:
        """Return no control and the plan, where that is another."""
        return [self.nothing] if self.chosen is self.nothing else [self.nothing, self.chosen]


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
    starts = (
        baselines[2],
        evenly(day),
        Operation(day, "at rest", np.zeros_like(baselines[0].charge_kw), day.panel_kw.copy()),
    )
    start = min(starts, key=lambda one: one.unsolved)
    if start.unsolved == len(start.solved.settled):  # nothing that vehicles and panels could do would be carried
        return Front((), baselines, baselines[0])
    last, limits = settle(program, start, Limits(), most)
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
    kept = tuple(undominated(_lawful(points)))
    return Front(kept, baselines, choose(day, kept, baselines[0]))


def _lawful(points: list[Operation]) -> list[Operation]:
    """Return the points that keep limits; where none does, those that pass them least."""
    least = min((rank_of_limits(one) for one in points), default=(0, 0.0))
    return [one for one in points if rank_of_limits(one) <= least]


def undominated(points: list[Operation]) -> list[Operation]:
    """Return the points that no other betters in one goal without being worse in the other; of those that are the same, the first."""
    most = max((one.unbalance_a2 for one in points), default=1.0)
    goals = [(round(one.curtailed_kwh, 3), round(one.unbalance_a2 / max(most, 1e-12), 4)) for one in points]
    return [
        one for k, (one, own) in enumerate(zip(points, goals, strict=True))
        if own not in goals[:k] and not any(a <= own[0] and b <= own[1] and (a, b) != own for a, b in goals)
    ]  # fmt: skip


def score(one: Operation, none: Operation) -> float:
    """Return what an operation is judged by; less is better."""
    weight = one.day.study.control.weight
    return weight * one.unbalance_a2 / max(none.unbalance_a2, 1e-12) + (1 - weight) * one.curtailed_share


def choose(day: Day, points: tuple[Operation, ...], none: Operation) -> Operation:
    """Return the point that is the plan: limits first, then vehicles' energy, then the score; no control where no point is better."""
    better = [one for one in points if rank(one, none) < rank(none, none)]
    if not better:
        return none
    best = min(better, key=lambda one: rank(one, none))
    if day.study.control.choose == "weighted" or len(points) < 3:
        return best
    own = knee(points)
    return own if any(own is one for one in better) and rank(own, none)[:2] == rank(best, none)[:2] else best


def rank(one: Operation, none: Operation) -> tuple[tuple[int, float], int, float]:
    """Return what tells better from worse, less first: how limits are passed, what vehicles lack, and the score."""
    asked = sum(session.kwh for session in one.day.sessions)
    return rank_of_limits(one), round(float(one.lacking_kwh.sum()) / max(SAME * asked, 1e-2)), score(one, none)


def rank_of_limits(one: Operation) -> tuple[int, float]:
    """Return in how many steps no voltage carries what is drawn, and by how much limits are passed in the others."""
    return one.unsolved, 0.0 if one.solved_excess <= HOLDS else round(one.solved_excess, 4)


def knee(points: tuple[Operation, ...]) -> Operation:
    """Return the point farthest below the line between the ends."""
    at = np.array([(one.curtailed_kwh, one.unbalance_a2) for one in points])
    span = np.maximum(np.ptp(at, axis=0), 1e-12)
    x, y = ((at - at.min(axis=0)) / span).T
    return points[int(np.argmax(1 - x - y))]

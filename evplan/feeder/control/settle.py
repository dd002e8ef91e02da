"""Solve the program, look at the exact power flow, add the limits that it passes, and solve anew around it, until it holds.

From the third round on powers are tied to those of the round before: without, two answers can take turns.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.feeder.control.operation import Operation
from evplan.feeder.control.program import Limits, Program
from evplan.feeder.control.tangent import tangent

ROUNDS = 12
PARTS = (0.5, 0.5, 0.5, 0.5, 0.0)  # of the way that is left, one after the other
HELD = 1e-5  # p.u., and of ratings: what may be passed by in the end
NEAR = 1e-3  # of the unbalance without control: how far the program's may be from the exact flow's
EASY, TIE = 1e-6, 1e-5  # per kW2


def settle(
    program: Program, start: Operation, limits: Limits, most_kwh: float, least_curtailed: bool = False
) -> tuple[Operation, Limits]:  # fmt: skip
    """Return the best operation that holds by exact power flow, or the one that passes limits least, and the limits that matter."""
    base, best = start, None
    for number in range(ROUNDS):
        tied = EASY if number < 2 else TIE * 2 ** (number - 2)
        new, seen = program.solve(base, tangent(base), limits, most_kwh, tied, least_curtailed)
        new = _carried(base, new)
        more = passed(new)
        if best is None or _order(new, least_curtailed) < _order(best, least_curtailed):
            best = new
        exact = abs(new.unbalance_a2 - seen) <= NEAR * program.unit
        if not (more.voltage - limits.voltage or more.current - limits.current) and exact and new.excess <= HELD:
            break
        limits, base = limits | more, new
    assert best is not None
    return best, limits


def _carried(base: Operation, new: Operation) -> Operation:
    """Return an operation as it is, or, where no voltage carries it, as near to it from the base as one does."""
    for part in PARTS:
        if not new.unsolved or base.unsolved:
            break
        charge, less = (part * there + (1 - part) * here for there, here in (
            (new.charge_kw, base.charge_kw), (new.curtailed_kw, base.curtailed_kw)))  # fmt: skip
        new = replace(new, charge_kw=charge, curtailed_kw=less)
    return new


def passed(one: Operation) -> Limits:
    """Return the limits that an operation passes."""
    day, own = one.day, one.day.study.limits
    pu = np.abs(one.solved.voltage) / day.flow.base_v[:, None]
    sides = [(t, leg, side) for side, bad in ((1, pu > own.highest_pu + HELD / 2), (-1, pu < own.lowest_pu - HELD / 2))
             for leg, t in np.argwhere(bad).tolist()]  # fmt: skip
    keep, rated = day.binding
    current = np.abs(day.flow.branch_idle[keep, None] + day.flow.branch_spread[keep] @ one.solved.current)
    rows = [(t, int(keep[row])) for row, t in np.argwhere(current > rated[:, None] * (1 + HELD / 2)).tolist()]
    return Limits(frozenset(sides), frozenset(rows))


def _order(one: Operation, least_curtailed: bool) -> tuple[float, float, float]:
    """Return what tells better from worse: limits first, then energy, then what is sought."""
    sought = one.curtailed_kwh if least_curtailed else one.unbalance_a2
    return round(max(one.excess - HELD, 0.0), 6), round(float(one.lacking_kwh.sum()), 3), sought

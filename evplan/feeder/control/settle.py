"""Solve the program, look at the exact power flow, add the limits that it passes, and solve anew around it, until it holds.

From the third round on powers are tied to those of the round before: without, two answers can take turns.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.feeder.control.operation import Operation
from evplan.feeder.control.program import Limits, Program
from evplan.feeder.control.tangent import tangent

ROUNDS = 24
PARTS = (0.5, 0.5, 0.5, 0.5, 0.0)  # of the way that is left, one after the other
HELD = 1e-5  # p.u., and of ratings: what may be passed by in the end
NEAR = 1e-3  # of the unbalance without control: how far the program's may be from the exact flow's
EASY, TIE = 1e-6, 1e-5  # per kW2
HALVINGS = 12
FALLS, SLOWER = 0.5, 10.0  # where limits are not passed by half as much as before, powers are tied ten times as much


def settle(
    program: Program, start: Operation, limits: Limits, most_kwh: float, least_curtailed: bool = False
) -> tuple[Operation, Limits]:  # fmt: skip
    """Return the best operation that holds by exact power flow, or the one that passes limits least, and the limits that matter."""
    base, best, tied, last = start, None, TIE, np.inf
    for number in range(ROUNDS):
        tied = EASY if number < 2 else max(TIE, tied)
        new, seen = program.solve(base, tangent(base), limits, most_kwh, tied, least_curtailed)
        new = _carried(base, new)
        more = passed(new)
        if best is None or _order(new, least_curtailed) < _order(best, least_curtailed):
            best = new
        exact = abs(new.unbalance_a2 - seen) <= NEAR * program.unit
        if not (more.voltage - limits.voltage or more.current - limits.current) and exact and new.excess <= HELD:
            break
        tied *= SLOWER if new.excess > max(HELD, FALLS * last) else 2
        limits, base, last = limits | more, new, new.excess
    assert best is not None
    return _kept(best), limits


def _kept(best: Operation) -> Operation:
    """Return an operation as it is, or, where it passes limits that nobody's charging would keep, with as much charging as keeps them."""
    rest = replace(best, charge_kw=np.zeros_like(best.charge_kw))
    if best.excess <= HELD or rest.excess > HELD:
        return best
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        part = (low + high) / 2
        low, high = (part, high) if replace(best, charge_kw=part * best.charge_kw).excess <= HELD else (low, part)
    return replace(best, charge_kw=low * best.charge_kw)


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


def _order(one: Operation, least_curtailed: bool) -> tuple[int, float, float, float]:
    """Return what tells better from worse: limits first, then energy, then what is sought."""
    sought = one.curtailed_kwh if least_curtailed else one.unbalance_a2
    return one.unsolved, round(max(one.solved_excess - HELD, 0.0), 6), round(float(one.lacking_kwh.sum()), 3), sought

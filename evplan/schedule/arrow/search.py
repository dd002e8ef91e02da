"""Mehrotra's predictor-corrector on an arrow. Source: Mehrotra 1992, SIAM J. Optim. 2(4)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evplan.compiled import compiled
from evplan.schedule.arrow import newton, passes, rows
from evplan.schedule.arrow.layout import Layout, sizes
from evplan.schedule.arrow.newton import Newton
from evplan.schedule.arrow.program import Arrow, Guess, Point

MOST_ITERATIONS = 80
START = 0.1  # of the largest cost: how far the first duals lie inside
STEP, LEAST_STEP = 0.9995, 1e-8  # of the way to the nearest bound
NOTHING = 1e-12
DEAR = 1.0  # of the largest cost
EXHAUSTED = 1e-12  # of the objective: complementarity below which rows only get worse
RESIDUAL, NEAR = 1e-9, 1e-4  # relative, of the rows


class Interior(NamedTuple):
    """A point inside all bounds. v, w : columns, and what is left to their upper bounds.  z, q : the prices of both.

    duals : of the rows.  priced : cost - A' duals.
    """

    v: np.ndarray
    w: np.ndarray
    z: np.ndarray
    q: np.ndarray
    duals: np.ndarray
    priced: np.ndarray


class Room(NamedTuple):
    """Where a step writes, arrays over columns. theta : of Newton's equations.  drawn : theta times pull.  move, second : of both steps.

    left, aimed : theta times the second step's pull, in two parts.  across : what a move of duals makes of columns.
    """

    theta: np.ndarray
    drawn: np.ndarray
    move: np.ndarray
    second: np.ndarray
    left: np.ndarray
    aimed: np.ndarray
    across: np.ndarray


def solve(program: Arrow, gap: float, guess: Guess | None = None) -> Point:
    """Return a point near the optimum: where the complementarity gap is below `gap` of the objective, or no step helps any more."""
    costs, most, layout = program.all_costs, program.all_upper, program.layout
    scale = max(float(np.abs(costs).max(initial=0.0)), NOTHING)
    # What has no room gets some, at a price at which nobody takes it: the bound knows better.
    none = most <= NOTHING
    cost = np.where(none, DEAR, costs / scale)
    upper = np.where(none, float(program.upper.mean()) if len(program.upper) else 1.0, most)
    right = np.concatenate([program.want, program.right])
    at = _middle(upper, cost, len(right)) if guess is None else _near(layout, guess, scale, upper, cost)
    room = Room(*(np.empty_like(cost) for _ in Room._fields))
    done = _search(layout, newton.room(layout, len(right)), cost, right, gap, at, room)
    session, shared = np.split(scale * at.duals, [len(program.want)])
    x, _, y = np.split(at.v, np.cumsum([len(program.cost), len(program.want)]))
    return Point(x, y, session, shared, program.bound(session, shared), done)


def _middle(upper: np.ndarray, cost: np.ndarray, rows: int) -> Interior:
    """Return the usual beginning: in the middle of all bounds."""
    return Interior(
        upper / 2, upper / 2, np.maximum(cost, 0.0) + START, np.maximum(-cost, 0.0) + START, np.zeros(rows), cost.copy()
    )


def _near(layout: Layout, guess: Guess, scale: float, upper: np.ndarray, cost: np.ndarray) -> Interior:
    """Return a beginning near a guess."""
    duals, across = np.concatenate([guess.session, guess.shared]) / scale, np.empty_like(cost)
    rows.transposed(layout, duals, across)
    w, z, q = (np.empty_like(cost) for _ in range(3))
    at = Interior(upper.copy(), w, z, q, duals, cost.copy())
    passes.begin(*at[:4], at.priced, across, guess.off / scale)
    return at


def _search(
    layout: Layout, matrix: Newton, cost: np.ndarray, right: np.ndarray, gap: float, at: Interior, room: Room
) -> int:
    """Bring a point near the optimum; return the number of steps."""
    missing, size = np.empty(len(right)), 1.0 + np.abs(right).max()
    for done in range(MOST_ITERATIONS):
        most = _left(layout, right, at.v, missing)
        apart, worth = passes.weigh(at.v, at.w, at.z, at.q, cost, at.priced, room.theta, room.drawn)
        worth = max(abs(worth), NOTHING)
        if apart <= EXHAUSTED * worth or (apart <= gap * worth and most <= RESIDUAL * size):
            return done
        if not _step(layout, matrix, missing, apart, most <= NEAR * size, at, room):
            return done
    return MOST_ITERATIONS


def _step(
    layout: Layout, matrix: Newton, missing: np.ndarray, apart: float, near: bool, at: Interior, room: Room
) -> bool:
    """Take Mehrotra's step; return whether there was one. missing : right-hand sides less rows.  apart : the complementarity gap.

    near : whether little is missing, so that rounding weighs.
    """
    v, w, z, q, duals, priced = at
    theta, drawn, move, second, left, aimed, across = room
    if not newton.factor(layout, theta, matrix):
        return False
    _towards(layout, matrix, missing, theta, drawn, across, move, False)
    # These have served, or do not serve yet: the less is written, the more stays in the cache.
    taken, lowered = drawn, second
    tilt, curve = passes.lean(v, w, z, q, priced, theta, move, left, aimed, taken, lowered)
    ahead, back = passes.part(taken, 1.0), passes.part(lowered, 1.0)
    # (v + a move)(z + b dz) + (w - a move)(q + b dq), summed, with dz and dq of the affine move
    then = (1.0 - back) * (apart + ahead * tilt) - ahead * back * curve
    aim = apart / (2 * len(theta)) * (max(then, 0.0) / apart) ** 3
    np.subtract(left, np.multiply(aim, aimed, out=drawn), out=drawn)
    turn = _towards(layout, matrix, missing, theta, drawn, across, second, near)
    dz, dq, taken, lowered = left, aimed, drawn, theta
    passes.reach(v, w, z, q, move, second, aim, dz, dq, taken, lowered)
    ahead, back = passes.part(taken, STEP), passes.part(lowered, STEP)
    if max(ahead, back) < LEAST_STEP:
        return False
    passes.take(v, w, z, q, priced, second, dz, dq, across, ahead, back)
    duals += back * turn
    return True


@compiled
def _towards(
    layout: Layout, matrix: Newton, missing: np.ndarray, theta: np.ndarray, drawn: np.ndarray, across: np.ndarray, move: np.ndarray,
    near: bool,
) -> np.ndarray:  # fmt: skip
    """Write the move of columns that solves Newton's equations, and what that of duals makes of columns; return that of duals.

    drawn : theta times pull, written over.  near : whether to solve again for what the move leaves missing.
    """
    sessions, count, lines, steps = sizes(layout)
    begin = count + sessions + 4 * steps
    turn, left = np.zeros(len(missing)), np.empty(len(missing))
    pull, peaks, rest = np.empty(lines), np.zeros(lines), np.empty(lines)
    for j in range(lines):
        pull[j], drawn[begin + j] = drawn[begin + j] / theta[begin + j], 0.0
    rows.times(layout, drawn, left)
    for k in range(len(left)):
        left[k] += missing[k]
    for again in range(2 if near else 1):
        if again:
            _left(layout, missing, move, left)
            pull.fill(0.0)
        newton.solve(layout, matrix, pull, left, rest)
        for k in range(len(turn)):
            turn[k] += left[k]
        rows.transposed(layout, turn, across)
        for k in range(len(move)):
            move[k] = theta[k] * across[k] - drawn[k]
        for j in range(lines):
            peaks[j] += rest[j]
            move[begin + j] = peaks[j]
    return turn


@compiled
def _left(layout: Layout, right: np.ndarray, columns: np.ndarray, found: np.ndarray) -> float:
    """Write right-hand sides less rows times columns; return the largest."""
    rows.times(layout, columns, found)
    most = 0.0
    for k in range(len(found)):
        found[k] = right[k] - found[k]
        most = max(most, abs(found[k]))
    return most

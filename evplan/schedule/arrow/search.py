"""Mehrotra's predictor-corrector on an arrow. Source: Mehrotra 1992, SIAM J. Optim. 2(4)."""

from __future__ import annotations

import numpy as np

from evplan.schedule.arrow import passes
from evplan.schedule.arrow.program import Arrow, Guess, Point
from evplan.schedule.arrow.rows import Rows

MOST_ITERATIONS = 80
START = 0.1  # of the largest cost: how far the first duals lie inside
STEP, LEAST_STEP = 0.9995, 1e-8  # of the way to the nearest bound
NOTHING = 1e-12
DEAR = 1.0  # of the largest cost
EXHAUSTED = 1e-12  # of the objective: complementarity below which rows only get worse
RESIDUAL = 1e-9  # relative, of the rows


def solve(program: Arrow, gap: float, guess: Guess | None = None) -> Point:
    """Return a point near the optimum: where the complementarity gap is below `gap` of the objective, or no step helps any more."""
    rows, costs, most = Rows(program), program.all_costs, program.all_upper
    scale = max(float(np.abs(costs).max(initial=0.0)), NOTHING)
    # What has no room gets some, at a price at which nobody takes it: the bound knows better.
    none = most <= NOTHING
    cost = np.where(none, DEAR, costs / scale)
    upper = np.where(none, float(np.median(program.upper)) if len(program.upper) else 1.0, most)
    right = np.concatenate([program.want, program.right])
    at = _Interior(rows, upper, cost, len(right))
    if guess is not None:
        at.begin(np.concatenate([guess.session, guess.shared]) / scale, guess.off / scale, upper)
    size, done = 1.0 + float(np.abs(right).max(initial=0.0)), 0
    while done < MOST_ITERATIONS:
        missing, apart, worth = right - rows.times(at.v), at.weigh(), abs(float(cost @ at.v))
        met = float(np.abs(missing).max(initial=0.0)) <= RESIDUAL * size
        if (met and apart <= gap * max(worth, NOTHING)) or apart <= EXHAUSTED * worth:
            break
        if not at.step(missing, apart):
            break
        done += 1
    session, shared = np.split(scale * at.dual, [len(program.want)])
    x, _, y = np.split(at.v, [rows.columns, rows.columns + rows.sessions])
    return Point(x, y, session, shared, program.bound(session, shared), done)


class _Interior:
    """A point inside all bounds. v, w : columns, and what is left to their upper bounds.  z, q : the prices of both.

    dual : of the rows.  priced : cost - A' dual.
    """

    def __init__(self, rows: Rows, upper: np.ndarray, cost: np.ndarray, duals: int) -> None:
        self.rows = rows
        self.v, self.w = upper / 2, upper / 2
        self.z, self.q = np.maximum(cost, 0.0) + START, np.maximum(-cost, 0.0) + START
        self.dual, self.priced = np.zeros(duals), cost.copy()
        self._theta, self._drawn, self._move, self._second, self._left, self._aimed = np.empty((6, len(cost)))

    def begin(self, dual: np.ndarray, off: float, upper: np.ndarray) -> None:
        """Begin where duals are near to `dual`: prices of bounds by what it leaves of costs, columns so that all pairs are alike."""
        self.dual = dual
        self.priced -= self.rows.transposed(dual)
        self.z, self.q = np.maximum(self.priced, 0.0) + off, np.maximum(-self.priced, 0.0) + off
        self.v = upper * (self.q / (self.z + self.q))
        self.w = upper * (self.z / (self.z + self.q))

    def weigh(self) -> float:
        """Prepare Newton's equations; return the complementarity gap."""
        return float(passes.weigh(self.v, self.w, self.z, self.q, self.priced, self._theta, self._drawn))

    def step(self, missing: np.ndarray, apart: float) -> bool:
        """Take Mehrotra's step; return whether there was one. missing : right-hand sides less rows.  apart : the gap."""
        pairs, rows, theta, peaks = (self.v, self.w, self.z, self.q), self.rows, self._theta, self.rows.peaks
        if not rows.factor(theta):
            return False
        self._towards(missing, self._drawn, self.priced[peaks].copy(), self._move)
        taken, lowered, tilt, curve = passes.lean(
            *pairs, self.priced, theta, self._move, self._left, self._aimed
        )
        ahead, back = min(1.0, _part(taken)), min(1.0, _part(lowered))
        # (v + a move)(z + b dz) + (w - a move)(q + b dq), summed, with dz and dq of the affine move
        then = (1 - back) * (apart + ahead * tilt) - ahead * back * curve
        aim = apart / (2 * len(theta)) * (max(then, 0.0) / apart) ** 3
        drawn = self._left
        drawn -= aim * self._aimed
        turn, across = self._towards(missing, drawn, drawn[peaks] / theta[peaks], self._second)
        dz, dq = self._left, self._aimed
        taken, lowered = passes.reach(*pairs, self._move, self._second, aim, dz, dq)
        ahead, back = min(1.0, STEP * _part(taken)), min(1.0, STEP * _part(lowered))
        if max(ahead, back) < LEAST_STEP:
            return False
        passes.take(*pairs, self.priced, self._second, dz, dq, across, ahead, back)
        self.dual += back * turn
        return True

    def _towards(
        self, missing: np.ndarray, drawn: np.ndarray, pull: np.ndarray, move: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Write the move of columns that solves Newton's equations; return that of duals, and what it makes of columns.

        drawn : theta times pull.  pull : of the peaks' columns.
        """
        peaks = self.rows.peaks
        drawn[peaks] = 0.0
        turn, move_of_peaks = self.rows.solve(missing + self.rows.times(drawn), pull)
        across = self.rows.transposed(turn)
        passes.moved(self._theta, across, drawn, move)
        move[peaks] = move_of_peaks
        return turn, across


def _part(taken: float) -> float:
    """Return how much of a move can be made until something reaches 0. taken : the largest part that the whole move takes away."""
    return 1.0 / taken if taken > 0 else np.inf

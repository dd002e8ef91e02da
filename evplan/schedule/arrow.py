"""An interior point for linear programs in the shape of an arrow: many sessions that meet only in a few shared rows.

    minimise  cost x + short_cost s + shared_cost y
    gain_v x + s_v = want_v                    for every session                    dual  session
    sum of the x of step t + (H y)_t = right_t  for every step, and H y = right for the rows of peaks (arrow_shared.py)    dual  shared
    0 <= x <= upper,  0 <= s <= want,  0 <= y <= shared_upper                       all upper bounds finite

Mehrotra's predictor-corrector. Newton's matrix A diag(theta) A' = [D N; N' K] has a diagonal D for sessions, so they are eliminated and
K - N' D^-1 N, as large as the shared rows, is factored: cost grows with sessions, and with the square of shared rows.

Whatever the duals are, right shared + want session + sum of min(0, reduced cost) upper is a bound: the gap is certified without trust in
the iterations. Source: Mehrotra 1992, SIAM J. Optim. 2(4); bounds as in Wright 1997, Primal-Dual Interior-Point Methods, chapter 11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.schedule.arrow_rows import Rows
from evplan.schedule.arrow_shared import Shared

MOST_ITERATIONS = 80
START = 0.1  # of the largest cost: how far the first duals lie inside
STEP, LEAST_STEP = 0.9995, 1e-8  # of the way to the nearest bound
NOTHING = 1e-12
DEAR = 1.0  # of the largest cost
EXHAUSTED = 1e-12  # of the objective: complementarity below which rows only get worse
RESIDUAL = 1e-9  # relative, of the rows


@dataclass(frozen=True)
class Arrow:
    """A program as in the module's docstring. Columns of x stand session by session.

    session, row : of each x, int, shape (columns,); a row is a step.  gain, cost, upper : shape (columns,).
    want, short_cost : shape (sessions,).
    shared : H.  right : shape (rows,).
    """

    session: np.ndarray
    row: np.ndarray
    gain: np.ndarray
    cost: np.ndarray
    upper: np.ndarray
    want: np.ndarray
    short_cost: np.ndarray
    shared: Shared
    shared_cost: np.ndarray
    shared_upper: np.ndarray
    right: np.ndarray

    @property
    def all_costs(self) -> np.ndarray:
        """Return the cost of x, s and y."""
        return np.concatenate([self.cost, self.short_cost, self.shared_cost])

    @property
    def all_upper(self) -> np.ndarray:
        """Return the upper bounds of x, s and y."""
        return np.concatenate([self.upper, self.want, self.shared_upper])

    def bound(self, session: np.ndarray, shared: np.ndarray) -> float:
        """Return a lower bound of the optimum by any duals of the rows."""
        columns = self.gain * session[self.session] + shared[self.row]
        reduced = self.all_costs - np.concatenate([columns, session, self.shared.transposed(shared)])
        return float(self.want @ session + self.right @ shared + np.minimum(reduced, 0.0) @ self.all_upper)


@dataclass(frozen=True)
class Point:
    """What an interior point ends with. x : shape (columns,).  y : shape (shared columns,).  session, shared : duals of the rows.

    bound : of the optimum, certified.
    """

    x: np.ndarray
    y: np.ndarray
    session: np.ndarray
    shared: np.ndarray
    bound: float
    iterations: int


@dataclass(frozen=True)
class Guess:
    """Duals that the search begins at, and how far, in money per unit, prices may be from them. session, shared : as in `Point`."""

    session: np.ndarray
    shared: np.ndarray
    off: float


def solve(program: Arrow, gap: float, guess: Guess | None = None) -> Point:
    """Return a point near the optimum: where the complementarity gap is below `gap` of the objective, or no step helps any more."""
    rows, scale = Rows(program), float(max(np.abs(program.all_costs).max(initial=0.0), 1e-12))
    # What has no room gets some, at a price at which nobody takes it: the bound knows better.
    none = program.all_upper <= NOTHING
    cost = np.where(none, DEAR, program.all_costs / scale)
    upper = np.where(none, float(np.median(program.upper)) if len(program.upper) else 1.0, program.all_upper)
    right = np.concatenate([program.want, program.right])
    at = _Interior(upper, cost, len(right))
    if guess is not None:
        at.begin(rows, np.concatenate([guess.session, guess.shared]) / scale, guess.off / scale, upper)
    size, done = 1.0 + float(np.abs(right).max(initial=0.0)), 0
    while done < MOST_ITERATIONS:
        missing, apart, worth = right - rows.times(at.v), at.apart(), abs(float(cost @ at.v))
        met = float(np.abs(missing).max(initial=0.0)) <= RESIDUAL * size
        if (met and apart <= gap * max(worth, NOTHING)) or apart <= EXHAUSTED * worth:
            break
        if not at.step(rows, missing, apart):
            break
        done += 1
    session, shared = np.split(scale * at.dual, [len(program.want)])
    x, _, y = np.split(at.v, [rows.columns, rows.columns + rows.sessions])
    return Point(x, y, session, shared, program.bound(session, shared), done)


class _Interior:
    """A point inside all bounds. v, w : columns, and what is left to their upper bounds.  z, q : the prices of both.

    dual : of the rows.  priced : cost - A' dual.
    """

    def __init__(self, upper: np.ndarray, cost: np.ndarray, rows: int) -> None:
        self.v, self.w = upper / 2, upper / 2
        self.z, self.q = np.maximum(cost, 0.0) + START, np.maximum(-cost, 0.0) + START
        self.dual, self.priced = np.zeros(rows), cost.copy()

    def begin(self, rows: Rows, dual: np.ndarray, off: float, upper: np.ndarray) -> None:
        """Begin where duals are near to `dual`: prices of bounds by what it leaves of costs, columns so that all pairs are alike."""
        self.dual = dual
        self.priced -= rows.transposed(dual)
        self.z, self.q = np.maximum(self.priced, 0.0) + off, np.maximum(-self.priced, 0.0) + off
        self.v = upper * (self.q / (self.z + self.q))
        self.w = upper * (self.z / (self.z + self.q))

    def apart(self) -> float:
        """Return the complementarity gap."""
        return float(self.v @ self.z + self.w @ self.q)

    def step(self, rows: Rows, missing: np.ndarray, apart: float) -> bool:
        """Take Mehrotra's step; return whether there was one. missing : right-hand sides less rows.  apart : the gap.

        With 1/v and 1/w at hand, the affine move's dz = -z (1 + move/v) and dq = -q (1 - move/w) need no division, nor do their reaches.
        Arrays are written over where they have served: on long ones memory is what takes time.
        """
        v, w, z, q = self.v, self.w, self.z, self.q
        over_v, over_w = 1.0 / v, 1.0 / w
        z_v, q_w = z * over_v, q * over_w
        theta = z_v + q_w
        np.divide(1.0, theta, out=theta)
        if not rows.factor(theta):
            return False
        _, move = self._towards(rows, theta, missing, self.priced)
        up, down = move * over_v, move * over_w
        ahead = min(1.0, _reach(float(up.min(initial=0.0))), _reach(-float(down.max(initial=0.0))))
        back = min(1.0, 1.0 / (1.0 + max(0.0, float(up.max(initial=0.0)), -float(down.min(initial=0.0)))))
        low, high = z_v * move, q_w * move
        # (v + a move)(z + b dz) + (w - a move)(q + b dq), summed, with dz and dq of the affine move
        curve = float(low @ move) + float(high @ move)
        then = (1 - back) * (apart + ahead * (float(z @ move) - float(q @ move))) - ahead * back * curve
        aim = apart / (2 * len(v)) * (max(then, 0.0) / apart) ** 3
        # low = aim / v + z_v move (1 + up), high = aim / w - q_w move (1 - down): what the affine move leaves in products of pairs
        low += np.multiply(low, up, out=up)
        low += np.multiply(aim, over_v, out=up)
        np.subtract(np.multiply(high, down, out=down), high, out=high)
        high += np.multiply(aim, over_w, out=down)
        pull = np.subtract(self.priced, low, out=up)
        pull += high
        turn, move = self._towards(rows, theta, missing, pull)
        dz, dq = low, high
        dz -= z
        dz -= np.multiply(z_v, move, out=z_v)
        dq -= q
        dq += np.multiply(q_w, move, out=q_w)
        up, down = np.multiply(move, over_v, out=over_v), np.multiply(move, over_w, out=over_w)
        ahead = min(1.0, STEP * _reach(min(float(up.min(initial=0.0)), -float(down.max(initial=0.0)))))
        up, down = np.divide(dz, z, out=z_v), np.divide(dq, q, out=q_w)
        back = min(1.0, STEP * _reach(min(float(up.min(initial=0.0)), float(down.min(initial=0.0)))))
        if max(ahead, back) < LEAST_STEP:
            return False
        move *= ahead
        v += move
        w -= move
        dz *= back
        z += dz
        dq *= back
        q += dq
        self.dual += back * turn
        across = rows.transposed(turn)
        across *= back
        self.priced -= across
        return True

    def _towards(
        self, rows: Rows, theta: np.ndarray, missing: np.ndarray, pull: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the moves of duals and of columns for a right-hand side of Newton's equations."""
        drawn = theta * pull
        drawn[rows.peaks] = 0.0
        turn, peaks = rows.solve(missing + rows.times(drawn), pull[rows.peaks])
        move = rows.transposed(turn)
        move -= pull
        move *= theta
        move[rows.peaks] = peaks
        return turn, move


def _reach(least: float) -> float:
    """Return how far a move can go whose least change, relative, is `least`, before something reaches 0."""
    return -1.0 / least if least < 0 else np.inf

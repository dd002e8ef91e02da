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


def solve(program: Arrow, gap: float) -> Point:
    """Return a point near the optimum: where the complementarity gap is below `gap` of the objective, or no step helps any more."""
    rows, scale = Rows(program), float(max(np.abs(program.all_costs).max(initial=0.0), 1e-12))
    cost, upper = program.all_costs / scale, np.maximum(program.all_upper, NOTHING)
    right = np.concatenate([program.want, program.right])
    at = _Interior(upper, cost, len(right))
    size, done = 1.0 + float(np.abs(right).max(initial=0.0)), 0
    while done < MOST_ITERATIONS:
        missing, apart, worth = right - rows.times(at.v), at.apart(), abs(float(cost @ at.v))
        met = float(np.abs(missing).max(initial=0.0)) <= RESIDUAL * size
        if (met and apart <= gap * max(worth, NOTHING)) or apart <= EXHAUSTED * worth:
            break
        if not at.step(rows, missing):
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

    def apart(self) -> float:
        """Return the complementarity gap."""
        return float(self.v @ self.z + self.w @ self.q)

    def step(self, rows: Rows, missing: np.ndarray) -> bool:
        """Take Mehrotra's step; return whether there was one. missing : right-hand sides less rows.

        With 1/v and 1/w at hand, the affine move's dz = -z (1 + move/v) and dq = -q (1 - move/w) need no division, nor do their reaches.
        """
        v, w, z, q = self.v, self.w, self.z, self.q
        over_v, over_w = 1.0 / v, 1.0 / w
        z_v, q_w = z * over_v, q * over_w
        theta = 1.0 / (z_v + q_w)
        if not rows.factor(theta):
            return False
        _, move = self._towards(rows, theta, missing, self.priced)
        up, down = move * over_v, move * over_w
        ahead = min(1.0, _reach(float(up.min(initial=0.0))), _reach(-float(down.max(initial=0.0))))
        back = min(1.0, 1.0 / (1.0 + max(0.0, float(up.max(initial=0.0)), -float(down.min(initial=0.0)))))
        zm, qm = float(z @ move), float(q @ move)
        curve = float(up @ (z * move)), float(down @ (q * move))
        apart = self.apart()
        # (v + a move)(z + b dz) + (w - a move)(q + b dq), summed, with dz and dq of the affine move
        then = (1 - back) * (apart + ahead * (zm - qm)) - ahead * back * (curve[0] + curve[1])
        aim = apart / (2 * len(v)) * (max(then, 0.0) / apart) ** 3
        # second order: z and q move against each other with what the affine move does
        low, high = aim * over_v + z_v * move * (1.0 + up), aim * over_w - q_w * move * (1.0 - down)
        turn, move = self._towards(rows, theta, missing, self.priced - low + high)
        dz, dq = low - z - z_v * move, high - q + q_w * move
        ahead = STEP * min(_reach(float((move * over_v).min(initial=0.0))), _reach(-float((move * over_w).max(initial=0.0))))
        back = STEP * min(_reach(float((dz / z).min(initial=0.0))), _reach(float((dq / q).min(initial=0.0))))
        ahead, back = min(1.0, ahead), min(1.0, back)
        if max(ahead, back) < LEAST_STEP:
            return False
        move *= ahead
        self.v, self.w = v + move, w - move
        self.z, self.q = z + back * dz, q + back * dq
        self.dual += back * turn
        self.priced -= back * rows.transposed(turn)
        return True

    def _towards(
        self, rows: Rows, theta: np.ndarray, missing: np.ndarray, pull: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the moves of duals and of columns for a right-hand side of Newton's equations."""
        turn = rows.solve(missing + rows.times(theta * pull))
        move = rows.transposed(turn)
        move -= pull
        move *= theta
        return turn, move


def _reach(least: float) -> float:
    """Return how far a move can go whose least change, relative, is `least`, before something reaches 0."""
    return -1.0 / least if least < 0 else np.inf

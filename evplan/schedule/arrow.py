"""An interior point for linear programs in the shape of an arrow: many sessions that meet only in a few shared rows.

    minimise  cost x + short_cost s + shared_cost y
    gain_v x + s_v = want_v                    for every session                    dual  session
    sum of the x of row r + (H y)_r = right_r  for every shared row                 dual  shared
    0 <= x <= upper,  0 <= s <= want,  0 <= y <= shared_upper                       all upper bounds finite

Mehrotra's predictor-corrector. Newton's matrix A diag(theta) A' = [D N; N' K] has a diagonal D for sessions, so they are eliminated and
K - N' D^-1 N, as large as the shared rows, is factored: cost grows with sessions, and with the square of shared rows.

Whatever the duals are, right shared + want session + sum of min(0, reduced cost) upper is a bound: the gap is certified without trust in
the iterations. Source: Mehrotra 1992, SIAM J. Optim. 2(4); bounds as in Wright 1997, Primal-Dual Interior-Point Methods, chapter 11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse import csr_array

MOST_ITERATIONS = 80
START = 0.1  # of the largest cost: how far the first duals lie inside
STEP, LEAST_STEP = 0.9995, 1e-8  # of the way to the nearest bound
NOTHING = 1e-12
EXHAUSTED = 1e-12  # of the objective: complementarity below which rows only get worse
RESIDUAL = 1e-9  # relative, of the rows
LIFT = 1e-13  # of the diagonal, where a factor fails


@dataclass(frozen=True)
class Arrow:
    """A program as in the module's docstring. Columns of x stand session by session.

    session, row : of each x, int, shape (columns,).  gain, cost, upper : shape (columns,).  want, short_cost : shape (sessions,).
    shared : H, shape (rows, shared columns).  right : shape (rows,).
    """

    session: np.ndarray
    row: np.ndarray
    gain: np.ndarray
    cost: np.ndarray
    upper: np.ndarray
    want: np.ndarray
    short_cost: np.ndarray
    shared: csr_array
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
        reduced = self.all_costs - np.concatenate([columns, session, self.shared.T @ shared])
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
    rows = _Rows(program)
    scale = float(max(np.abs(program.all_costs).max(initial=0.0), 1e-12))
    cost, upper = program.all_costs / scale, np.maximum(program.all_upper, NOTHING)
    right = np.concatenate([program.want, program.right])
    dual, v, w = np.zeros(len(right)), upper / 2, upper / 2
    z, q = np.maximum(cost, 0.0) + START, np.maximum(-cost, 0.0) + START
    size, done = 1.0 + float(np.abs(right).max(initial=0.0)), 0
    while done < MOST_ITERATIONS:
        missing = right - rows.times(v)
        met = float(np.abs(missing).max(initial=0.0)) <= RESIDUAL * size
        apart = float(v @ z + w @ q)
        if (met and apart <= gap * max(abs(float(cost @ v)), NOTHING)) or apart <= EXHAUSTED * abs(float(cost @ v)):
            break
        theta = 1.0 / (z / v + q / w)
        if not rows.factor(theta):
            break
        unpriced = cost - rows.transposed(dual) - z + q
        move, turn, dz, dq = _step(rows, theta, missing, unpriced, v, w, z, q)
        ahead = min(1.0, STEP * min(_reach(v, move), _reach(w, -move)))
        back = min(1.0, STEP * min(_reach(z, dz), _reach(q, dq)))
        if max(ahead, back) < LEAST_STEP:
            break
        v, w = v + ahead * move, w - ahead * move
        dual, z, q = dual + back * turn, z + back * dz, q + back * dq
        done += 1
    session, shared = np.split(scale * dual, [len(program.want)])
    x, _, y = rows.parts(v)
    return Point(x, y, session, shared, program.bound(session, shared), done)


def _step(
    rows: _Rows, theta: np.ndarray, missing: np.ndarray, unpriced: np.ndarray, v: np.ndarray, w: np.ndarray, z: np.ndarray,
    q: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return the moves of the columns, the duals of rows, and the duals of bounds: predicted, then corrected."""
    mu = float(v @ z + w @ q) / (2 * len(v))

    def towards(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        pull = unpriced - low / v + high / w
        turn = rows.solve(missing + rows.times(theta * pull))
        move = theta * (rows.transposed(turn) - pull)
        return move, turn, (low - z * move) / v, (high + q * move) / w

    move, _, dz, dq = towards(-v * z, -w * q)
    ahead = min(1.0, _reach(v, move), _reach(w, -move))
    back = min(1.0, _reach(z, dz), _reach(q, dq))
    then = float((v + ahead * move) @ (z + back * dz) + (w - ahead * move) @ (q + back * dq)) / (2 * len(v))
    aim = mu * (then / mu) ** 3
    return towards(aim - v * z - move * dz, aim - w * q + move * dq)


def _reach(at: np.ndarray, move: np.ndarray) -> float:
    """Return how far a move can go before something reaches 0."""
    least = float(np.min(move / at, initial=0.0))
    return -1.0 / least if least < 0 else np.inf


class _Rows:
    """The rows of an arrow: products with them, and Newton's matrix with sessions eliminated."""

    def __init__(self, program: Arrow) -> None:
        self.program, self.columns, self.sessions = program, len(program.cost), len(program.want)
        self.shared_rows = len(program.right)
        self._shared, self._across = program.shared, csr_array(program.shared.T)
        begins = np.flatnonzero(np.diff(program.session, prepend=-1))
        self._begins, self._there = begins, program.session[begins]
        self.touched = int(program.row.max(initial=-1)) + 1  # rows beyond have no columns of sessions
        self._place = program.session * self.touched + program.row

    def parts(self, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return x, s and y of all columns."""
        x, s, y = np.split(v, [self.columns, self.columns + self.sessions])
        return x, s, y

    def by_session(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over the columns of each session."""
        total = np.zeros(self.sessions)
        if len(self._begins):
            total[self._there] = np.add.reduceat(values, self._begins)
        return total

    def times(self, v: np.ndarray) -> np.ndarray:
        """Return the rows times columns."""
        own, (x, s, y) = self.program, self.parts(v)
        met = np.bincount(own.row, x, self.shared_rows) + self._shared @ y
        return np.concatenate([self.by_session(own.gain * x) + s, met])

    def transposed(self, dual: np.ndarray) -> np.ndarray:
        """Return the transposed rows times duals."""
        own, (session, shared) = self.program, np.split(dual, [self.sessions])
        return np.concatenate([own.gain * session[own.session] + shared[own.row], session, self._across @ shared])

    def factor(self, theta: np.ndarray) -> bool:
        """Factor Newton's matrix; return whether it could be."""
        own, (x, s, y) = self.program, self.parts(theta)
        tied = own.gain * x
        self._diagonal = self.by_session(own.gain * tied) + s
        met = np.zeros(self.sessions * self.touched)
        met[self._place] = tied / np.sqrt(self._diagonal)[own.session]
        self._met = met.reshape(self.sessions, self.touched)
        weighted = self._shared.copy()
        weighted.data *= y[weighted.indices]
        schur = (weighted @ self._across).toarray()
        schur[: self.touched, : self.touched] -= self._met.T @ self._met
        schur[np.diag_indices(self.shared_rows)] += np.bincount(own.row, x, self.shared_rows)
        for lift in (0.0, LIFT, 1e4 * LIFT):
            try:
                schur[np.diag_indices(self.shared_rows)] += lift * np.abs(schur.diagonal())
                self._factor = cho_factor(schur, lower=True, check_finite=False)
            except (LinAlgError, ValueError):
                continue
            return True
        return False

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the duals' move for a right-hand side."""
        own, shared = right[: self.sessions], right[self.sessions :]
        root = np.sqrt(self._diagonal)
        shared = shared.copy()
        shared[: self.touched] -= self._met.T @ (own / root)
        turn = cho_solve(self._factor, shared, check_finite=False)
        return np.concatenate([(own / root - self._met @ turn[: self.touched]) / root, turn])

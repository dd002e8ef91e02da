"""What a step of the interior point does to every column, each pass once over memory. All arrays have shape (columns,).

v, w : a column, and what is left to its upper bound.  z, q : the prices of both.  priced : cost - A' duals.
theta : 1 / (z / v + q / w), the diagonal of Newton's equations.  across : A' times a move of duals; columns move by theta (across - pull).

    affine step    pull = priced
    second step    pull = priced - low + high,    low = z / v move (1 + move / v) + aim / v,    high = -q / w move (1 - move / w) + aim / w

move : of the affine step; low and high are what it leaves in the products of pairs, and the aim that these should have.
"""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled


@compiled
def begin(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, priced: np.ndarray, across: np.ndarray, off: float
) -> None:
    """Begin where duals are near to a guess: prices by what it leaves of costs, columns so that all pairs are alike.

    v, priced : upper bounds and costs, written over.  across : what the guess makes of columns.  off : how far prices may be from it.
    """
    for k in range(len(v)):
        priced[k] -= across[k]
        z[k], q[k] = max(priced[k], 0.0) + off, max(-priced[k], 0.0) + off
        part = v[k] / (z[k] + q[k])
        v[k], w[k] = part * q[k], part * z[k]


@compiled
def weigh(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, cost: np.ndarray, priced: np.ndarray, theta: np.ndarray, drawn: np.ndarray
) -> tuple[float, float]:  # fmt: skip
    """Write theta, and `drawn`, theta times the affine step's pull. Return the complementarity gap and the objective."""
    apart, worth = 0.0, 0.0
    for k in range(len(v)):
        theta[k] = v[k] * w[k] / (z[k] * w[k] + q[k] * v[k])
        drawn[k] = theta[k] * priced[k]
        apart += v[k] * z[k] + w[k] * q[k]
        worth += cost[k] * v[k]
    return apart, worth


@compiled
def lean(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, priced: np.ndarray, theta: np.ndarray, move: np.ndarray,
    left: np.ndarray, aimed: np.ndarray, taken: np.ndarray, lowered: np.ndarray,
) -> tuple[float, float]:  # fmt: skip
    """Write theta times the second step's pull, `left` - aim `aimed`, as the aim is not known yet.

    Write also the part of v or w that the affine step takes away, and that of z or q. Return what prices and curvature change in the gap.
    """
    tilt, curve = 0.0, 0.0
    for k in range(len(v)):
        both = 1.0 / (v[k] * w[k])  # one division is dearer than all products
        over_v, over_w = w[k] * both, v[k] * both
        up, down = move[k] * over_v, move[k] * over_w
        low, high = z[k] * up, q[k] * down
        taken[k], lowered[k] = max(-up, down), 1.0 + max(up, -down)
        tilt += (z[k] - q[k]) * move[k]
        curve += (low + high) * move[k]
        left[k] = theta[k] * (priced[k] - low * (1.0 + up) - high * (1.0 - down))
        aimed[k] = theta[k] * (over_v - over_w)
    return tilt, curve


@compiled
def reach(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, move: np.ndarray, second: np.ndarray, aim: float,
    dz: np.ndarray, dq: np.ndarray, taken: np.ndarray, lowered: np.ndarray,
) -> None:  # fmt: skip
    """Write the second step's moves of z and q, and the part of v or w, and of z or q, that it takes away. second : its move of v."""
    for k in range(len(v)):
        both = 1.0 / (v[k] * w[k])
        over_v, over_w = w[k] * both, v[k] * both
        to_v, to_w = z[k] * over_v, q[k] * over_w
        dz[k] = aim * over_v + to_v * (move[k] * (1.0 + move[k] * over_v) - second[k]) - z[k]
        dq[k] = aim * over_w - to_w * (move[k] * (1.0 - move[k] * over_w) - second[k]) - q[k]
        taken[k] = max(-second[k] * over_v, second[k] * over_w)
        lowered[k] = max(-dz[k] * q[k], -dq[k] * z[k]) / (z[k] * q[k])


@compiled
def part(taken: np.ndarray, most: float) -> float:
    """Return how much of a move can be made until something reaches 0, `most` of the way at most of what there is to 0, and 1 at most.

    taken : the part of each column that the whole move takes away, written over: halves are compared, so that several go at once.
    """
    count = len(taken)
    while count > 1:
        half = (count + 1) // 2
        low, high = taken[:half], taken[half:count]
        for k in range(len(high)):
            low[k] = max(low[k], high[k])
        count = half
    return min(1.0, most / taken[0]) if taken[0] > 0.0 else 1.0


@compiled
def take(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, priced: np.ndarray,
    second: np.ndarray, dz: np.ndarray, dq: np.ndarray, across: np.ndarray, ahead: float, back: float,
) -> None:  # fmt: skip
    """Move columns by a part of the second step, `ahead`, and prices by another, `back`."""
    for k in range(len(v)):
        v[k] += ahead * second[k]
        w[k] -= ahead * second[k]
        z[k] += back * dz[k]
        q[k] += back * dq[k]
        priced[k] -= back * across[k]

"""What a step of the interior point does to every column, each pass once over memory. All arrays have shape (columns,).

v, w : a column, and what is left to its upper bound.  z, q : the prices of both.  priced : cost - A' dual.  across : A' times a move of duals.
theta : 1 / (z / v + q / w), the diagonal of Newton's equations, whose columns move by theta (across - pull).

    affine step    pull = priced
    second step    pull = priced - low + high,    low = z / v move (1 + move / v) + aim / v,    high = -q / w move (1 - move / w) + aim / w

move : of the affine step; low and high are what it leaves in the products of pairs, and the aim that these should have.
"""

from __future__ import annotations

import numpy as np

from evplan.schedule.arrow.compiled import compiled


@compiled
def weigh(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, priced: np.ndarray, theta: np.ndarray, drawn: np.ndarray
) -> float:
    """Write theta, and `drawn`, theta times the affine step's pull. Return the complementarity gap."""
    apart = 0.0
    for k in range(len(v)):
        theta[k] = 1.0 / (z[k] / v[k] + q[k] / w[k])
        drawn[k] = theta[k] * priced[k]
        apart += v[k] * z[k] + w[k] * q[k]
    return apart


@compiled
def moved(theta: np.ndarray, across: np.ndarray, drawn: np.ndarray, move: np.ndarray) -> None:
    """Write how columns move. drawn : theta times pull."""
    for k in range(len(move)):
        move[k] = theta[k] * across[k] - drawn[k]


@compiled
def lean(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, priced: np.ndarray, theta: np.ndarray, move: np.ndarray,
    left: np.ndarray, aimed: np.ndarray,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Write theta times the second step's pull, `left` - aim `aimed`, as the aim is not known yet.

    Return the largest part of v and w that the affine step takes away, that of z and q, and what prices and curvature change in the gap.
    """
    taken, lowered, tilt, curve = 0.0, 0.0, 0.0, 0.0
    for k in range(len(v)):
        over_v, over_w = 1.0 / v[k], 1.0 / w[k]
        up, down = move[k] * over_v, move[k] * over_w
        low, high = z[k] * up, q[k] * down
        taken = max(taken, max(-up, down))
        lowered = max(lowered, max(1.0 + up, 1.0 - down))
        tilt += (z[k] - q[k]) * move[k]
        curve += (low + high) * move[k]
        left[k] = theta[k] * (priced[k] - low * (1.0 + up) - high * (1.0 - down))
        aimed[k] = theta[k] * (over_v - over_w)
    return taken, lowered, tilt, curve


@compiled
def reach(
    v: np.ndarray, w: np.ndarray, z: np.ndarray, q: np.ndarray, move: np.ndarray, second: np.ndarray, aim: float,
    dz: np.ndarray, dq: np.ndarray,
) -> tuple[float, float]:  # fmt: skip
    """Write the second step's moves of z and q. second : of v.

    Return the largest part of v and w that it takes away, and that of z and q.
    """
    taken, lowered = 0.0, 0.0
    for k in range(len(v)):
        over_v, over_w = 1.0 / v[k], 1.0 / w[k]
        to_v, to_w = z[k] * over_v, q[k] * over_w
        dz[k] = aim * over_v + to_v * (move[k] * (1.0 + move[k] * over_v) - second[k]) - z[k]
        dq[k] = aim * over_w - to_w * (move[k] * (1.0 - move[k] * over_w) - second[k]) - q[k]
        taken = max(taken, max(-second[k] * over_v, second[k] * over_w))
        lowered = max(lowered, max(-dz[k] / z[k], -dq[k] / q[k]))
    return taken, lowered


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

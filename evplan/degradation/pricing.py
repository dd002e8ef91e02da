"""What the optimiser pays for ageing: convex prices by depth of cycle and by stored energy, that sum to one replacement.

In Z = Q^(1/p) every hour and every cycle adds its own amount, so the price of a unit of Z is the same all life long:

    price of cycling   = (share of the fade that cycling causes) / (Z of a year's cycles * life)
    price of time      = (share that time causes)                / (Z of a year's hours  * life)

A life of the reference use then pays for exactly one replacement. A cycle of depth d costs phi(d) = d k_cyc(d)^(1/q), an
hour at charge s costs k_cal(s)^(1/p). An optimiser needs both convex: each is replaced by its lower convex envelope in a
few straight pieces. Splitting a battery into depth segments reproduces rainflow counting: Xu et al. 2018, IEEE Transactions
on Power Systems 33, 2248-2259.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evplan.degradation.laws import Rates

SAMPLES = 33  # points at which a curve is sampled
TEMPERATURES = 25  # quantiles of a year's temperatures that stand for its hours
DEPTH_PIECES, CHARGE_PIECES = 4, 2  # at most; each costs the solver time
CLOSE = 0.06  # of the curve's height: no further piece where this is reached (LFP takes two depths, in the heat three, NMC three)


@dataclass(frozen=True)
class Pieces:
    """A convex curve from 0 to `ends[-1]` in straight pieces: value at 0, ends of the pieces, and slopes."""

    start: float
    ends: np.ndarray
    slopes: np.ndarray

    def at(self, x) -> np.ndarray:
        """Return the curve's value at x."""
        knots = np.append(0.0, self.ends)
        values = np.append(self.start, self.start + np.cumsum(self.slopes * np.diff(knots)))
        return np.interp(x, knots, values)


def convex_pieces(x: np.ndarray, y: np.ndarray, most: int, close: float = 0.0) -> Pieces:
    """Return the lower convex envelope of points, in at most `most` pieces that lie closest to it.

    Fewer where they come as close to it as `close`, a fraction of its height.

    x : ascending from 0.  y : shape of x.
    """
    hull = _lower_hull(x, y)
    envelope = np.interp(x, x[hull], y[hull])
    inner = hull[1:-1]
    best, least = np.array([hull[0], hull[-1]]), np.inf
    for count in range(min(most - 1, len(inner)) + 1):
        if least <= close * float(np.ptp(y)):
            break
        for chosen in combinations(inner, count):
            knots = np.array([hull[0], *chosen, hull[-1]])
            off = float(np.abs(np.interp(x, x[knots], y[knots]) - envelope).max())
            if off < least - 1e-15:
                best, least = knots, off
    return Pieces(float(y[best[0]]), x[best[1:]], np.diff(y[best]) / np.diff(x[best]))


def _lower_hull(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the indices of the lower convex hull (Andrew 1979, Information Processing Letters 9, 216-219)."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1 and _turns_down(x, y, hull[-2], hull[-1], i):
            hull.pop()
        hull.append(i)
    return np.array(hull)


def _turns_down(x: np.ndarray, y: np.ndarray, a: int, b: int, c: int) -> bool:
    return bool((y[b] - y[a]) * (x[c] - x[a]) >= (y[c] - y[a]) * (x[b] - x[a]))


def typical(temperature_c: np.ndarray) -> np.ndarray:
    """Return the quantiles that stand for a year's temperatures, shape (25,), °C."""
    return np.quantile(temperature_c, (np.arange(TEMPERATURES) + 0.5) / TEMPERATURES)


def cycle_curve(rates: Rates, temperature_c: np.ndarray, c_rate: float, charge_c_rate: float, window: float) -> Pieces:
    """Return phi(d), Z of one full cycle of depth d, from 0 to the window of charge."""
    depth = np.linspace(0.0, window, SAMPLES)
    each = rates.cycle_rate(typical(temperature_c)[:, None], np.maximum(depth, depth[1]), c_rate, charge_c_rate)
    phi = depth * (each ** (1 / rates.cycle_exponent)).mean(axis=0)
    return convex_pieces(depth, phi, DEPTH_PIECES, CLOSE)


def fade_curve(rates: Rates, temperature_c: np.ndarray, soc_min: float, soc_max: float) -> Pieces:
    """Return Z of a year at a state of charge, over the charge above `soc_min`."""
    above = np.linspace(0.0, soc_max - soc_min, SAMPLES)
    each = rates.calendar_rate(typical(temperature_c)[:, None], soc_min + above)
    return convex_pieces(above, (each ** (1 / rates.time_exponent)).mean(axis=0), CHARGE_PIECES)


def warmth(rates: Rates, temperature_c: np.ndarray, soc: float) -> np.ndarray:
    """Return how much faster than on average cells fade at each temperature, shape of temperature_c; its mean is 1."""
    each = rates.calendar_rate(temperature_c, soc) ** (1 / rates.time_exponent)
    return each / each.mean()

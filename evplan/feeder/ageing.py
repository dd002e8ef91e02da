"""How fast a transformer's insulation ages, by its hottest spot.

    d oil = dt / (k11 tau_o) (((1 + R K^2) / (1 + R))^x rise_o - (oil - air))
    d gradient = dt / (k22 tau_w) (gradient_r K^y - gradient)            hot spot = oil + gradient
    V = 2^((hot spot - 98) / 6)                                          1 at 98 degrees C; paper that is not upgraded

A day repeats itself: it is walked through until it ends as it began. Steps are solved exactly, so that they may be as long as they are.

Source: IEC 60076-7:2005, clauses 6.3 and 8.2 (equations and time constants of distribution transformers, ONAN); rises and loss ratio of IEC
60354:1991, table 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RISE_K, GRADIENT_K = 55.0, 23.0  # of top oil over air, and of the hot spot over it, at rated load
LOSS_RATIO, OIL_EXPONENT, WINDING_EXPONENT = 5.0, 0.8, 1.6
K11, K22, OIL_MIN, WINDING_MIN = 1.0, 2.0, 180.0, 4.0
REFERENCE_C, HALVING_K = 98.0, 6.0
DAYS, SAME_K = 30, 1e-6


@dataclass(frozen=True)
class Aged:
    """hot_c : of the hottest spot at the end of each step, degrees C.  days : of life that a day takes, at 98 degrees C one."""

    hot_c: np.ndarray
    days: float


def aged(loading: np.ndarray, minutes: float, air_c: float) -> Aged:
    """Return how a day ages a transformer. loading : of rated, shape (T,)."""
    loading = np.nan_to_num(loading)
    target = RISE_K * ((1 + LOSS_RATIO * loading**2) / (1 + LOSS_RATIO)) ** OIL_EXPONENT
    steep = GRADIENT_K * loading**WINDING_EXPONENT
    oil, gradient = float(target.mean()), float(steep.mean())
    keep_oil, keep_winding = np.exp(-minutes / (K11 * OIL_MIN)), np.exp(-minutes / (K22 * WINDING_MIN))
    hot = np.zeros(len(loading))
    for _ in range(DAYS):
        began = oil, gradient
        for t in range(len(loading)):
            oil = target[t] + (oil - target[t]) * keep_oil
            gradient = steep[t] + (gradient - steep[t]) * keep_winding
            hot[t] = air_c + oil + gradient
        if abs(oil - began[0]) + abs(gradient - began[1]) < SAME_K:
            break
    return Aged(hot, float(np.mean(2 ** ((hot - REFERENCE_C) / HALVING_K))))

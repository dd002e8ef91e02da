"""How fast a transformer's insulation ages, by its hottest spot.

    d oil = dt / (k11 tau_o) (((1 + R K^2) / (1 + R))^x rise_o - (oil - air))
    d gradient = dt / (k22 tau_w) (gradient_r K^y - gradient)            hot spot = oil + gradient
    V = 2^((hot spot - 98) / 6)                                          1 at 98 degrees C; paper that is not upgraded

A day repeats itself: it begins as it ends. Oil and gradient are exact minute by minute, whatever the length of steps; ageing is the mean
over minutes.

Source: IEC 60076-7:2005, clauses 6.3 and 8.2 (equations and time constants of distribution transformers, ONAN); rises and loss ratio of IEC
60354:1991, table 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

RISE_K, GRADIENT_K = 55.0, 23.0  # of top oil over air, and of the hot spot over it, at rated load
LOSS_RATIO, OIL_EXPONENT, WINDING_EXPONENT = 5.0, 0.8, 1.6
K11, K22, OIL_MIN, WINDING_MIN = 1.0, 2.0, 180.0, 4.0
REFERENCE_C, HALVING_K = 98.0, 6.0


@dataclass(frozen=True)
class Aged:
    """hot_c : of the hottest spot at the end of each step, degrees C.  days : of life that a day takes, at 98 degrees C one."""

    hot_c: np.ndarray
    days: float


def aged(loading: np.ndarray, minutes: int, air_c: float) -> Aged:
    """Return how a day ages a transformer. loading : of rated, shape (T,); where one is NaN, ageing is.  minutes : of a step."""
    target = RISE_K * ((1 + LOSS_RATIO * loading**2) / (1 + LOSS_RATIO)) ** OIL_EXPONENT
    steep = GRADIENT_K * loading**WINDING_EXPONENT
    oil = _follows(np.repeat(target, minutes), K11 * OIL_MIN)
    hot = air_c + oil + _follows(np.repeat(steep, minutes), K22 * WINDING_MIN)
    return Aged(hot[minutes - 1 :: minutes], float(np.mean(2 ** ((hot - REFERENCE_C) / HALVING_K))))


def _follows(target: np.ndarray, tau: float) -> np.ndarray:
    """Return what follows a target with a time constant, minute by minute, in a day that begins as it ends. tau : minutes."""
    keep = np.exp(-1.0 / tau)
    grown, _ = lfilter([1 - keep], [1.0, -keep], target, zi=[0.0])
    begun = grown[-1] / (1 - keep ** len(target))
    return grown + begun * keep ** np.arange(1, len(target) + 1)

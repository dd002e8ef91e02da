"""What a yearly cash flow is worth at time 0, and the least support or price that brings it to nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from evplan.instance.finance import Discounting
from evplan.parameters.money import discounts


def npv(flow: np.ndarray, rate: float, falling: Discounting = "end") -> float:
    """Return the net present value of a yearly cash flow whose first entry is year 0."""
    return float(discounts(rate, len(flow) - 1, falling) @ flow)


def smallest(value: Callable[[float], float], first: float, most: float) -> float | None:
    """Return where `value`, which rises and is negative at 0, is zero, or None if it is not up to `most`. first : a guess."""
    high = first
    while value(high) < 0:
        if high >= most:
            return None
        high = min(2 * high, most)
    return float(brentq(value, 0.0, high, xtol=1e-12 * high, rtol=1e-14))

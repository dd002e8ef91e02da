"""The vehicle: how much charging power it accepts, aged and cold.

    C = c min(1, a(T) / (a(25 °C) r))        P = E s / mean over the year (1 / C)

with c the rate a new, warm vehicle accepts over a fast charge, a(T) the rate cells of that temperature can be charged at,
r the resistance and s the capacity of its age, of new. Resistance uses up the same voltage that cold does, so both slow
a charge the same way. The mean is over time: a kWh in January takes as long as it takes.
"""

from __future__ import annotations

import numpy as np

WARM_C = 25.0  # cells at which a new vehicle accepts its rate


def accepted_c_rate(c_rate: float, cold_rate, warm_rate: float, resistance: float = 1.0) -> np.ndarray:
    """Return the rate a vehicle accepts, 1/h.

    c_rate : accepted over a fast charge by a new, warm vehicle, 1/h.
    cold_rate : array   Rate that cells of its temperature can be charged at, 1/h; warm_rate: of cells at `WARM_C`.
    resistance : of new.
    """
    return c_rate * np.minimum(1.0, np.asarray(cold_rate, float) / (warm_rate * resistance))


def accepted_kw(battery_kwh: float, soh: float, c_rates: np.ndarray) -> float:
    """Return the mean power over the year's fast charges, kW: energy by the time that it takes.

    battery_kwh : when new, kWh.  soh : capacity, of new.  c_rates : array   Accepted rate of each charge, 1/h.
    """
    return float(battery_kwh * soh / np.mean(1.0 / c_rates))

"""The vehicle: how much charging power it accepts as its battery ages."""

from __future__ import annotations


def accepted_kw(battery_kwh: float, mean_charge_c_rate: float, soh: float) -> float:
    """Return the mean power accepted over a fast charge, kW.

    Battery management limits the current per capacity, so power shrinks with state of health.
    """
    return battery_kwh * soh * mean_charge_c_rate

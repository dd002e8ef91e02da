"""The stationary battery: one-way efficiency and usable energy."""

from __future__ import annotations

import math


def one_way_efficiency(round_trip: float) -> float:
    """Return the efficiency of charging, equal to that of discharging, from the round trip."""
    return math.sqrt(round_trip)


def usable_fraction(soc_min: float, soc_max: float, soh: float) -> float:
    """Return usable energy per kWh of new capacity: the allowed window of what ageing has left."""
    return (soc_max - soc_min) * soh

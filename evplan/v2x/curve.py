"""A battery that is charged at constant power and takes less and less when it is nearly full: exact over any time.

    P(E) = p                                    while E <= K = C - (p / P_max) (C - E_taper)
    P(E) = P_max (C - E) / (C - E_taper)        above: the time constant is (C - E_taper) / P_max

symbol   name          unit
E        stored        kWh in the battery
C        capacity      kWh
E_taper  taper_kwh     level at which even full power begins to fall; C where it never does
P_max    curve_kw      most power into the battery
p        pilot_kw      power into the battery that is offered, at most P_max

Source: Lee, Sharma and Low 2021, ACN-Sim, IEEE Transactions on Smart Grid 12(6), the two-stage battery of section III.
"""

from __future__ import annotations

import math

from evplan.compiled import compiled

NEAR_FULL = 1e-3  # of capacity: so little below full is full, where full is never reached


@compiled
def gain_kwh(stored: float, capacity: float, taper_kwh: float, curve_kw: float, pilot_kw: float, hours: float) -> float:
    """Return what goes into a battery in some hours at an offered power, kWh."""
    room = capacity - taper_kwh
    if room <= 0.0:
        return max(0.0, min(pilot_kw * hours, capacity - stored))
    if pilot_kw <= 0.0:
        return 0.0
    knee = capacity - pilot_kw / curve_kw * room
    straight = pilot_kw * hours
    if stored + straight <= knee:
        return straight
    start = max(stored, knee)
    left_h = hours - (start - stored) / pilot_kw
    return start - stored + (capacity - start) * (1.0 - math.exp(-curve_kw / room * left_h))


@compiled
def level_before(
    target: float, capacity: float, taper_kwh: float, curve_kw: float, pilot_kw: float, hours: float
) -> float:
    """Return the level from which an offered power reaches a target in just some hours, kWh; below 0 where it is never too late.

    A target that is full, where full is never reached, is taken `NEAR_FULL` of the capacity lower.
    """
    room = capacity - taper_kwh
    if pilot_kw <= 0.0:
        return target
    if room <= 0.0:
        return target - pilot_kw * hours
    target = min(target, capacity * (1.0 - NEAR_FULL))
    knee = capacity - pilot_kw / curve_kw * room
    if target <= knee:
        return target - pilot_kw * hours
    bent_h = room / curve_kw * math.log((capacity - knee) / (capacity - target))
    if bent_h >= hours:
        return capacity - (capacity - target) * math.exp(curve_kw / room * hours)
    return knee - pilot_kw * (hours - bent_h)

"""The charger: what power a port really delivers to the vehicles that come."""

from __future__ import annotations


def port_power_kw(power_kw: float, ports: int, vehicle_accepts_kw: float) -> float:
    """Return the mean power of one busy port, kW: its share of the rating, or what the vehicle accepts."""
    return min(power_kw / ports, vehicle_accepts_kw)

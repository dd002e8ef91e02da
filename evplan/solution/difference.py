"""How different two plans are to build, and which of many differ most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evplan.solution.tables import SiteSolution

MATERIAL = 0.1  # of the larger of two sizes: below this they are the same
LEAST_MATERIAL = 5.0  # kW or kWh
ONE = 0.5  # counts are whole numbers
SIZES = {
    "connection_kw": "connection",
    "solar_kw": "panels",
    "battery_kwh": "battery energy",
    "battery_kw": "battery power",
}


def sizes_of(plan: SiteSolution) -> dict[str, float]:
    """Return everything that is built, by name: counts of chargers by type, kW, kWh."""
    return {**{name: float(n) for name, n in plan.chargers.items()}, **{name: getattr(plan, name) for name in SIZES}}


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the sum, over sizes that differ materially, of difference over the larger; 0 if nothing does."""
    total = 0.0
    for name, a in one.items():
        b = other[name]
        if abs(a - b) >= max(LEAST_MATERIAL if name in SIZES else ONE, MATERIAL * max(a, b)):
            total += abs(a - b) / max(a, b)
    return total


def most_different(sizes: Sequence[Mapping[str, float]], count: int) -> list[int]:
    """Return the numbers of up to `count` plans that differ most, each from the first and from those picked before it.

    None of them is materially the same as another or as the first.
    """
    picked = [0]
    while len(picked) <= count:
        least = [min(difference(own, sizes[known]) for known in picked) for own in sizes]
        if max(least) == 0:
            break
        picked.append(int(np.argmax(least)))
    return picked[1:]

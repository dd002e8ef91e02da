"""Stays: which vehicle is at which port when, with all that matters of it; in batches of worlds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NEVER = 1e9  # the first step of a stay that there is not


class Stays(NamedTuple):
    """Stays of many worlds, shape (worlds, most stays of any) each, by first step; places without one begin `NEVER`.

    first, last : steps in which the vehicle is plugged in.  first_h, last_h : hours of them; first_h where they are the same.
    port : where.  kind : place of its class in the file.  arrival_h, departure_h : since the episode began.
    came : kWh in its battery at arrival; then `VEHICLE`.  capacity, target, most, least : kWh: when full, wanted, walls that it keeps.
    charge_kw, give_kw : most power at the port.  curve_kw : most into the battery.  taper_kwh : see curve.py.
    efficiency, give_efficiency : from port to battery, and back.  wear : price of a kWh out of the battery.

    Compiled loops take them as one table, shape (fields, worlds, stays), whose rows are `FIRST`, `LAST`, and so on.
    """

    first: np.ndarray
    last: np.ndarray
    first_h: np.ndarray
    last_h: np.ndarray
    port: np.ndarray
    kind: np.ndarray
    arrival_h: np.ndarray
    departure_h: np.ndarray
    came: np.ndarray
    capacity: np.ndarray
    target: np.ndarray
    most: np.ndarray
    least: np.ndarray
    charge_kw: np.ndarray
    give_kw: np.ndarray
    curve_kw: np.ndarray
    taper_kwh: np.ndarray
    efficiency: np.ndarray
    give_efficiency: np.ndarray
    wear: np.ndarray

    @property
    def there(self) -> np.ndarray:
        """Return which places hold a stay, bool, shape (worlds, stays)."""
        return self.first < NEVER


VEHICLE = Stays._fields[Stays._fields.index("capacity") :]  # what is of the vehicle: ports hold the same
WHOLE = ("first", "last", "port", "kind")  # whole numbers among them
FIRST, LAST, FIRST_H, LAST_H, PORT, KIND, ARRIVAL_H, DEPARTURE_H, CAME, OF_VEHICLE = range(10)


def blank(worlds: int, stays: int) -> np.ndarray:
    """Return a table with places for stays, one at least, none of them taken."""
    table = np.zeros((len(Stays._fields), worlds, max(stays, 1)))
    table[FIRST] = NEVER
    return table


def stacked(each: list[Stays]) -> np.ndarray:
    """Return stays of one world each as the table of a batch."""
    table = blank(len(each), max((len(one.first) for one in each), default=0))
    for world, one in enumerate(each):
        table[:, world, : len(one.first)] = np.array(one, float)
    return table


def of_world(table: np.ndarray, world: int, which: np.ndarray | None = None) -> Stays:
    """Return the stays of one world, or some of them, shape (stays,) each, without empty places; whole numbers as such."""
    own = table[:, world, which] if which is not None else table[:, world, table[FIRST, world] < NEVER]
    return Stays(*(row.astype(int) if name in WHOLE else row for name, row in zip(Stays._fields, own, strict=True)))

"""Stays: which vehicle is at which port when, with all that matters of it; in batches of worlds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NEVER = 2**31 - 1  # the first step of a stay that there is not


class Stays(NamedTuple):
    """Stays of many worlds, shape (worlds, most stays of any) each, by first step; places without one begin `NEVER`.

    first, last : steps in which the vehicle is plugged in.  first_h, last_h : hours of them; first_h where they are the same.
    port : where.  kind : place of its class in the file.  arrival_h, departure_h : since the episode began.
    capacity, came, target, most, least : kWh in its battery: when full, at arrival, wanted, and the walls that it keeps within.
    charge_kw, give_kw : most power at the port.  curve_kw : most into the battery.  taper_kwh : see curve.py.
    efficiency, give_efficiency : from port to battery, and back.  wear : price of a kWh out of the battery.
    """

    first: np.ndarray
    last: np.ndarray
    first_h: np.ndarray
    last_h: np.ndarray
    port: np.ndarray
    kind: np.ndarray
    arrival_h: np.ndarray
    departure_h: np.ndarray
    capacity: np.ndarray
    came: np.ndarray
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
        return self.first != NEVER

    def of_world(self, world: int) -> Stays:
        """Return the stays of one world, shape (stays,) each, without empty places."""
        count = int(self.there[world].sum())
        return Stays(*(values[world, :count] for values in self))


WHOLE = ("first", "last", "port", "kind")  # whole numbers among them


def blank(worlds: int, stays: int) -> Stays:
    """Return places for stays, none of them taken."""
    kinds = {name: (int if name in WHOLE else float) for name in Stays._fields}
    made = {name: np.zeros((worlds, stays), kind) for name, kind in kinds.items()}
    made["first"][:] = NEVER
    return Stays(**made)


def stacked(each: list[Stays]) -> Stays:
    """Return stays of one world each as those of a batch."""
    most = max((len(one.first) for one in each), default=0)
    made = blank(len(each), most)
    for world, one in enumerate(each):
        for to, values in zip(made, one, strict=True):
            to[world, : len(values)] = values
    return made


def in_order(stays: Stays) -> Stays:
    """Return stays in the order of their first steps."""
    order = np.argsort(stays.first, axis=1, kind="stable")
    return Stays(*(np.take_along_axis(values, order, axis=1) for values in stays))

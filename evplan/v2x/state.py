"""The arrays that a step reads and writes: each is a table whose first axis has names, so that compiled loops take few arguments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NOBODY = -1.0


class Layout(NamedTuple):
    """What hangs on what. Ports stand by station, stations as in the file.

    start : first port of every station, and the number of ports, shape (stations + 1,).  station_kw, transformer : shape (stations,).
    hard : whether a transformer's limit cuts powers, shape (transformers,).
    """

    start: np.ndarray
    station_kw: np.ndarray
    transformer: np.ndarray
    hard: np.ndarray


class Outside(NamedTuple):
    """Prices of a kWh at the meters, the part of `curve_kw` that batteries take in the cold, what vehicles are to draw together, the air.

    Shape (steps, worlds) each.
    """

    buy: np.ndarray
    sell: np.ndarray
    derate: np.ndarray
    setpoint_kw: np.ndarray
    air_c: np.ndarray


class Nodes(NamedTuple):
    """What else flows through transformers, and how much may. Shape (steps, worlds, transformers) each."""

    load_kw: np.ndarray
    solar_kw: np.ndarray
    limit_kw: np.ndarray


class Ports(NamedTuple):
    """Who is plugged in where, shape (worlds, ports) each: `who` is a stay, or `NOBODY`; the rest as in `Stays`.

    hours : of this step, in which it is there.  stored, charged, given : kWh in the battery; at the port since it came.
    """

    who: np.ndarray
    last: np.ndarray
    hours: np.ndarray
    stored: np.ndarray
    charged: np.ndarray
    given: np.ndarray
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


class Outcome(NamedTuple):
    """What stays ended with, kWh, shape (worlds, stays): in the battery, and drawn and given at the port. NaN before."""

    left: np.ndarray
    charged: np.ndarray
    given: np.ndarray


class Books(NamedTuple):
    """What a step came to, shape (worlds,). kWh, and money.

    drawn, given : at ports.  gained, taken : into and out of batteries.  lost : in between.
    bought, sold : at the meters, more than without vehicles.  energy : their price.  demand : demand charges, more than without.
    paid : by drivers, for what of their wish is in the battery, less where it is taken back.  wear : of batteries.
    short : lacking at departure.  over : above transformers' limits.  astray : from the setpoint.  left : number of vehicles.
    sag : voltages outside the band, p.u. h, summed over buses.
    """

    drawn: np.ndarray
    given: np.ndarray
    gained: np.ndarray
    taken: np.ndarray
    lost: np.ndarray
    paid: np.ndarray
    wear: np.ndarray
    bought: np.ndarray
    sold: np.ndarray
    energy: np.ndarray
    demand: np.ndarray
    over: np.ndarray
    astray: np.ndarray
    short: np.ndarray
    left: np.ndarray
    sag: np.ndarray


BUY, SELL, DERATE, SETPOINT_KW, AIR_C = range(len(Outside._fields))
LOAD_KW, SOLAR_KW, LIMIT_KW = range(len(Nodes._fields))
(
    WHO, UNTIL, HOURS, STORED, CHARGED, GIVEN, CAPACITY, TARGET, MOST, LEAST, CHARGE_KW, GIVE_KW, CURVE_KW, TAPER_KWH, EFFICIENCY,
    GIVE_EFFICIENCY, WEAR,
) = range(len(Ports._fields))  # fmt: skip
AT_LEFT, AT_CHARGED, AT_GIVEN = range(len(Outcome._fields))
(
    B_DRAWN, B_GIVEN, B_GAINED, B_TAKEN, B_LOST, B_PAID, B_WEAR, B_BOUGHT, B_SOLD, B_ENERGY, B_DEMAND, B_OVER, B_ASTRAY, B_SHORT,
    B_LEFT, B_SAG,
) = range(len(Books._fields))  # fmt: skip
WITH, BARE = 0, 1  # peaks with vehicles, and without any

"""Sessions of a table as the stays of a world, and the stays of a world as sessions in the form of ACN-Data.

What a table does not say of a vehicle is that of the first class of the file: its battery, its powers, what it gives back.
Source of the form: ACN-Data's web API, sessions under `_items` (Lee, Li and Low 2019, ACM e-Energy).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.paths import write_json
from evplan.schedule.chargers import Chargers
from evplan.schedule.sessions import HOUR_S, Sessions
from evplan.schedule.tables import read_sessions
from evplan.v2x.calendar import Calendar
from evplan.v2x.draw import EMPTIEST, SHORTEST_H
from evplan.v2x.layout import Equipment
from evplan.v2x.site import WorldSite
from evplan.v2x.stays import Stays, of_world

if TYPE_CHECKING:
    from evplan.v2x.scene import Scene


def stays_of_file(site: WorldSite, calendar: Calendar, equipment: Equipment, folder: Path) -> tuple[Stays, int]:
    """Return the stays of a site's sessions in its only episode, and how many found no port.

    Who comes before the episode or after it is left out; who stays beyond its end wants in proportion to the time it has.
    Raises: InputError that names every bad row.
    """
    assert site.sessions is not None
    path = folder / site.sessions
    come = read_sessions(path, Chargers(power_kw=1000.0), site.timezone, site.columns)
    begin_s, hours = calendar.clock.start[0].timestamp(), calendar.steps * calendar.step_h
    inside = (come.arrival_s >= begin_s) & (come.arrival_s < begin_s + HOUR_S * hours - HOUR_S * SHORTEST_H)
    if not inside.any():
        begin = f"{calendar.clock.start[0]:%Y-%m-%d %H:%M}"
        raise InputError(f"{path}: no session begins between {begin} and {hours:g} h later; see start and hours")
    own = come.of(np.flatnonzero(inside)[np.argsort(come.arrival_s[inside], kind="stable")])
    rows, free, refused = [], np.zeros(equipment.ports), 0
    for i in range(len(own)):
        arrival = (own.arrival_s[i] - begin_s) / HOUR_S
        departure = min((own.left_s[i] - begin_s) / HOUR_S, hours)
        first = int(arrival / calendar.step_h + 1e-9)
        port = _port(equipment, str(own.charger[i]), free, first)
        if port is None or departure - arrival < SHORTEST_H:
            refused += 1
            continue
        free[port] = max(first, int(np.ceil(departure / calendar.step_h - 1e-9)) - 1) + 1
        part = (departure - arrival) * HOUR_S / max(own.left_s[i] - own.arrival_s[i], 1.0)
        when = _when(first, int(free[port]) - 1, arrival, departure, calendar.step_h)
        rows.append({"port": port, "kind": 0, **when, **_vehicle(site, equipment, own, i, port, part)})
    return Stays(**{name: np.array([row[name] for row in rows], float) for name in Stays._fields}), refused


def _port(equipment: Equipment, named: str, free: np.ndarray, first: int) -> int | None:
    """Return the port of a session: the one it names, if there is such a one, else the first that is free; None where none is."""
    names, usable = equipment.port_names, equipment.charge_kw[0] > 0
    if named and named in names:
        port = names.index(named)
        return port if free[port] <= first and usable[port] else None
    found = np.flatnonzero((free <= first) & usable)
    return int(found[0]) if len(found) else None


def _when(first: int, last: int, arrival: float, departure: float, step_h: float) -> dict[str, float]:
    """Return when a stay is there."""
    first_h = min(departure, (first + 1) * step_h) - arrival
    last_h = departure - last * step_h if last > first else first_h
    return {
        "first": first, "last": last, "first_h": first_h, "last_h": last_h, "arrival_h": arrival, "departure_h": departure,
    }  # fmt: skip


def _vehicle(site: WorldSite, equipment: Equipment, own: Sessions, i: int, port: int, part: float) -> dict[str, float]:
    """Return what the vehicle of a session can and its driver wants. part : of its time that lies in the episode."""
    usual, energy = (
        site.vehicles[0],
        equipment.efficiency[0, port] * float(own.energy_kwh[i]),
    )  # tables say it at the port
    capacity = float(own.battery_kwh[i])
    if not np.isfinite(capacity):
        capacity = max(usual.battery_kwh, 1.1 * energy)
    came = float(own.arrival_soc[i]) * capacity
    if not np.isfinite(came):
        came = max(EMPTIEST * capacity, sum(usual.target_soc) / 2 * capacity - energy)
    target = min(came + part * energy, capacity)
    gives = bool(own.gives[i]) and usual.v2g_kw > 0
    return {
        "came": came, "capacity": capacity, "target": target, "most": max(target, (usual.most_soc or 0.0) * capacity),
        "least": min(came, usual.reserve_soc * capacity), "charge_kw": min(float(own.max_kw[i]), equipment.charge_kw[0, port]),
        "give_kw": equipment.give_kw[0, port] if gives else 0.0,
        "curve_kw": capacity / usual.battery_kwh * equipment.curve_kw[0, port], "taper_kwh": usual.taper_soc * capacity,
        "efficiency": equipment.efficiency[0, port], "give_efficiency": equipment.give_efficiency[0, port], "wear": usual.wear_per_kwh,
    }  # fmt: skip


def write_acn(scene: Scene, world: int, file: Path, charged_kwh: np.ndarray | None = None) -> None:
    """Write the stays of a world as ACN-Data has sessions. charged_kwh : what each drew at its port, shape (stays,)."""
    import pandas as pd

    own, start = of_world(scene.traces.stay_table, world), scene.start[world]
    names = scene.equipment.port_names

    utc = start.tz_convert("UTC")
    items: list[dict[str, Any]] = []
    for i in range(len(own.first)):
        begin, end = (
            (utc + pd.Timedelta(seconds=round(3600 * float(hours)))).strftime("%a, %d %b %Y %H:%M:%S GMT")
            for hours in (own.arrival_h[i], own.departure_h[i])
        )
        wish = float((own.target[i] - own.came[i]) / own.efficiency[i])  # at the port, as what is delivered
        port = names[int(own.port[i])]
        items.append({
            "sessionID": f"{int(scene.traces.seeds[world])}-{i}", "stationID": port, "charger": port, "connectionTime": begin,
            "disconnectTime": end, "kWhDelivered": None if charged_kwh is None else round(float(charged_kwh[i]), 6),
            "timezone": scene.site.timezone, "userInputs": [{"kWhRequested": round(wish, 6), "requestedDeparture": end}],
            "battery_kwh": float(own.capacity[i]), "arrival_soc": float(own.came[i] / own.capacity[i]),
            "max_power_kw": float(own.charge_kw[i]), "v2g": bool(own.give_kw[i] > 0),
        })  # fmt: skip
    write_json(file, {"_items": items})

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
from evplan.v2x.draw import BEGINS_H, EMPTIEST, SHORTEST_H
from evplan.v2x.layout import Equipment
from evplan.v2x.site import WorldSite
from evplan.v2x.stays import Stays, of_world

if TYPE_CHECKING:
    from evplan.v2x.scene import Scene


def stays_of_file(site: WorldSite, calendar: Calendar, equipment: Equipment, folder: Path) -> tuple[Stays, int]:
    """Return the stays of a site's sessions in its only episode, and how many found no port.

    Who comes before the episode or after it, or stays less than a minute of it, is left out; who stays beyond its end wants in
    proportion to the time it has. Who finds only a port that is left within the step of arrival waits for the next step.
    Raises: InputError that names every bad row.
    """
    assert site.sessions is not None
    path = folder / site.sessions
    come = read_sessions(path, Chargers(power_kw=1000.0), site.timezone, site.columns)
    begin_s, hours = calendar.clock.start[0].timestamp(), calendar.steps * calendar.step_h
    arrival_h = (come.arrival_s - begin_s) / HOUR_S
    departure_h = np.minimum((come.left_s - begin_s) / HOUR_S, hours)
    inside = (arrival_h >= 0) & (departure_h - arrival_h >= SHORTEST_H)
    if not inside.any():
        begin = f"{calendar.clock.start[0]:%Y-%m-%d %H:%M}"
        raise InputError(f"{path}: no session begins between {begin} and {hours:g} h later; see start and hours")
    order = np.flatnonzero(inside)[np.argsort(arrival_h[inside], kind="stable")]
    own, rows, taken = come.of(order), [], Taken(equipment, calendar.step_h)
    for i, (arrival, departure) in enumerate(zip(arrival_h[order].tolist(), departure_h[order].tolist(), strict=True)):
        there = taken.take(str(own.charger[i]), arrival, departure)
        if there is not None:
            part = (departure - arrival) * HOUR_S / (own.left_s[i] - own.arrival_s[i])
            rows.append({"kind": 0, **there, **_vehicle(site, equipment, own, i, int(there["port"]), part)})
    return Stays(**{name: np.array([row[name] for row in rows], float) for name in Stays._fields}), len(own) - len(rows)


class Taken:
    """Until when the ports of a site are taken, as vehicles come one after another."""

    def __init__(self, equipment: Equipment, step_h: float) -> None:
        self._names, self._usable, self._step_h = equipment.port_names, equipment.charge_kw[0] > 0, step_h
        self._step, self._left_h = np.zeros(equipment.ports, int), np.zeros(equipment.ports)

    def take(self, named: str, arrival: float, departure: float) -> dict[str, float] | None:
        """Return the port and the times of a stay; None where none is free. named : the only port that will do, if there is one."""
        step = int(arrival / self._step_h + BEGINS_H)
        will_do = self._usable & (np.array(self._names) == named) if named in self._names else self._usable
        free = np.flatnonzero(will_do & (self._step <= step))
        begins = (step + 1) * self._step_h
        if not len(free) and begins <= departure - SHORTEST_H / 2:
            free = np.flatnonzero(will_do & (self._step == step + 1) & (self._left_h <= arrival))
            step, arrival = step + 1, begins
        if not len(free):
            return None
        port, last = int(free[0]), max(step, int(np.ceil(departure / self._step_h - BEGINS_H)) - 1)
        self._step[port], self._left_h[port] = last + 1, departure
        return {"port": port, **_when(step, last, arrival, departure, self._step_h)}


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

"""From the stations of a world file to ports: where each hangs, what it carries, and what each class of vehicle can do there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.v2x.feeder import Network
from evplan.v2x.site import Station, WorldSite
from evplan.v2x.state import Layout
from evplan.v2x.vehicles import VehicleClass


@dataclass(frozen=True)
class Equipment:
    """Ports and what vehicles can do at them.

    names : of stations, shape (stations,).  place : of each port, its place in `places`.  port_kw : its rating, shape (ports,).
    charge_kw, give_kw, curve_kw, efficiency, give_efficiency : by class and port, shape (classes, ports); charge_kw 0: not to be used.
    network : the feeder above, where there is one.
    """

    layout: Layout
    names: tuple[str, ...]
    places: tuple[str, ...]
    place: np.ndarray
    port_kw: np.ndarray
    charge_kw: np.ndarray
    give_kw: np.ndarray
    curve_kw: np.ndarray
    efficiency: np.ndarray
    give_efficiency: np.ndarray
    network: Network | None

    @property
    def ports(self) -> int:
        """Return the number of ports."""
        return len(self.place)

    @property
    def station(self) -> np.ndarray:
        """Return the station of each port, shape (ports,)."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.layout.start))

    @property
    def transformer(self) -> np.ndarray:
        """Return the transformer of each port, shape (ports,)."""
        return self.layout.transformer[self.station]

    @property
    def port_names(self) -> list[str]:
        """Return what each port is called: its station, with a number behind it where the station has several."""
        counts = np.diff(self.layout.start)
        return [
            name if count == 1 else f"{name}:{i + 1}"
            for name, count in zip(self.names, counts, strict=True)
            for i in range(count)
        ]


def equipment_of(site: WorldSite) -> Equipment:
    """Return the ports of a site."""
    rows = [
        (own, f"{own.name}-{i + 1}" if own.count > 1 else own.name) for own in site.stations for i in range(own.count)
    ]
    known = [one.name for one in site.transformers]
    places = tuple(site.places)
    of_port = [own for own, _ in rows for _ in range(own.ports)]
    table = np.array([[_at(vehicle, own) for own in site.stations] for vehicle in site.vehicles])
    kind = {own.name: i for i, own in enumerate(site.stations)}
    each = table[:, [kind[own.name] for own in of_port]]
    return Equipment(
        Layout(
            start=np.cumsum([0, *(own.ports for own, _ in rows)]),
            station_kw=np.array([own.power_kw for own, _ in rows]),
            transformer=np.array([known.index(own.transformer or known[0]) for own, _ in rows]),
            hard=np.array([one.hard for one in site.transformers]),
        ),
        tuple(name for _, name in rows),
        places,
        np.array([places.index(own.place) if own.place in places else 0 for own in of_port]),
        np.array([_port_kw(own) for own in of_port]),
        each[:, :, 0], each[:, :, 1], each[:, :, 2], each[:, :, 3], each[:, :, 4],
        None if site.feeder is None else Network(site.feeder, known),
    )  # fmt: skip


def _port_kw(station: Station) -> float:
    """Return the most at one port of a station."""
    return min(station.port_kw or station.power_kw, station.power_kw)


def _at(vehicle: VehicleClass, station: Station) -> tuple[float, float, float, float, float]:
    """Return charge_kw, give_kw, curve_kw and efficiencies of a class at a kind of station."""
    port_kw = _port_kw(station)
    if station.current == "dc":
        charge = min(port_kw, vehicle.dc_kw / station.efficiency)
        give = min(port_kw, vehicle.v2g_kw) if charge > 0 else 0.0
        return charge, give, vehicle.dc_kw, station.efficiency, station.efficiency
    own = vehicle.ac_kw / 3 if vehicle.phases > station.phases else vehicle.ac_kw
    there = port_kw / 3 if vehicle.phases < station.phases else port_kw
    charge = min(own, there)
    return charge, min(charge, vehicle.v2g_kw), vehicle.curve_kw, vehicle.ac_efficiency, vehicle.v2g_efficiency

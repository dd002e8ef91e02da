"""What columns of sessions are called: by us, by ACN-Data (interface and tables), OCPI 2.2.1, usual exports, or as the file says."""

from __future__ import annotations

from evplan.instance.base import Noun, Text

NAMES = {
    "name": ("id", "name", "session_id", "sessionid", "session", "_id", "ev_id", "vehicle"),
    "arrival": ("arrival", "connectiontime", "start_date_time", "plug_in", "start_plugin", "arrival_time", "start"),
    "departure": ("departure", "disconnecttime", "end_date_time", "plug_out", "end_plugout", "departure_time", "end"),
    "energy_kwh": ("energy_kwh", "kwhrequested", "requested_energy (kwh)", "kwhdelivered", "delivered_energy (kwh)", "kwh", "total_energy"),
    "max_kw": ("max_power_kw", "max_kw", "power_kw", "nominal_power_kw"),
    "min_kw": ("min_power_kw", "min_kw"),
    "priority": ("priority",),
    "phases": ("phases",),
    "phase": ("phase",),
    "charger": ("charger", "evse_id"),
    "gives": ("v2g", "gives"),
    "battery_kwh": ("battery_kwh", "capacity_kwh"),
    "arrival_soc": ("arrival_soc", "soc"),
    "target_soc": ("target_soc", "departure_soc"),
    "left": ("left", "actual_departure"),
}  # fmt: skip
OCPI = ("start_date_time", "end_date_time")  # its names of times


class SessionColumns(Noun):
    """What a table of sessions calls its columns, where it uses names of its own."""

    name: Text | None = None
    """Of each session."""
    arrival: Text | None = None
    """When it plugs in."""
    departure: Text | None = None
    """When it leaves."""
    energy_kwh: Text | None = None
    """Energy asked for, into the battery."""
    max_kw: Text | None = None
    """Most power."""
    min_kw: Text | None = None
    """Least power."""
    priority: Text | None = None
    """What its shortfall weighs: 1 is usual."""
    phases: Text | None = None
    """1 or 3."""
    phase: Text | None = None
    """Of a one-phase session, on which it is: 1, 2 or 3."""
    charger: Text | None = None
    """Name of a charge point that is shared."""
    gives: Text | None = None
    """Whether it may give back."""
    battery_kwh: Text | None = None
    """Capacity of its battery."""
    arrival_soc: Text | None = None
    """State of charge when it comes."""
    target_soc: Text | None = None
    """State of charge when it leaves, instead of an energy."""
    left: Text | None = None
    """When it really left, for replays; `departure` is then what its driver said."""

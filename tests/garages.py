"""A garage whose vehicles may give back, to try things in: what its file says, with changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evplan.v2x.scene import Scene
from evplan.v2x.setting import Setting, setting_of
from evplan.v2x.site import WorldSite

WORLD: dict[str, Any] = {
    "kind": "v2x",
    "format": 1,
    "timezone": "Europe/Amsterdam",
    "start": "2026-06-01T00:00",
    "days": 7,
    "stations": [{"name": "garage", "place": "office", "count": 6, "ports": 2, "power_kw": 15, "port_kw": 11}],
    "transformers": [{"name": "main", "limit_kw": 60, "load_kw": 10}],
    "places": {"office": {"arrivals_per_day": 20}},
    "vehicles": [
        {"name": "a", "battery_kwh": 58, "dc_kw": 120, "v2g_kw": 10, "consents": 0.7},
        {"name": "b", "battery_kwh": 40, "ac_kw": 7.4, "phases": 1, "taper_soc": 0.7},
    ],
    "tariff": {
        "energy": [{"price_per_kwh": 0.15}, {"price_per_kwh": 0.35, "start": "17:00", "end": "21:00"}],
        "export_per_kwh": 0.12,
    },
}


def site(**changes: Any) -> WorldSite:
    """Return a world's site with changes."""
    return WorldSite.model_validate({**WORLD, **changes})


def setting(**changes: Any) -> Setting:
    """Return the same made ready."""
    return setting_of(site(**changes), Path())


def scene(seeds: Any, **changes: Any) -> Scene:
    """Return worlds of it."""
    made = setting(**changes)
    traces = made.draw(seeds)
    return Scene(made.site, made.equipment, traces, tuple(made.calendar.clock.start[traces.begin]))

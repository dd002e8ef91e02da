"""Examples of requests, as the API's description shows them; tests send each."""

from __future__ import annotations

from typing import Any

import orjson

SITE: dict[str, Any] = {
    "kind": "schedule", "format": 1, "title": "A workplace car park", "timezone": "America/Los_Angeles", "step_minutes": 15,
    "connection": {"limit_kw": 30}, "chargers": {"power_kw": 7.4, "efficiency": 0.9},
    "tariff": {
        "energy": [{"price_per_kwh": 0.11}, {"price_per_kwh": 0.28, "days": "weekday", "start": "12:00", "end": "18:00"}],
        "demand": [{"price_per_kw_month": 15.5}],
    },
    "peak_so_far_kw": 10, "solar": {"values": [0, 2, 6, 9, 10, 10, 8, 5, 2, 0], "begin": "2026-12-01T08:00:00", "minutes": 60},
}  # fmt: skip
SESSIONS: list[dict[str, Any]] = [
    {"id": "ev-1", "arrival": "2026-12-01T08:10", "departure": "2026-12-01T17:00", "energy_kwh": 22.5},
    {"id": "ev-2", "arrival": "2026-12-01T08:40", "departure": "2026-12-01T12:15", "energy_kwh": 14.0, "priority": 2.0},
    {
        "id": "ev-3",
        "arrival": "2026-12-01T09:05",
        "departure": "2026-12-01T17:45",
        "energy_kwh": 30.0,
        "max_power_kw": 3.7,
    },
]
REQUEST = {"site": SITE, "sessions": SESSIONS}
SCHEDULE = orjson.dumps(REQUEST)

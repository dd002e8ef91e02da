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

# One site, one representative week: solved in seconds.
INSTANCE: dict[str, Any] = {
    "kind": "plan", "format": 1, "title": "A small fast-charging site on one summer week",
    "horizon": {"start": "2027-01-01", "years": 10, "timezone": "America/New_York", "operating_years": [1], "weeks": ["2027-07-12"]},
    "weather": {"file": "pvlib:723170TYA.CSV"},
    "catalogue": {
        "chargers": [{"name": "dc50", "power_kw": 50, "cost": 38000, "install_cost": 20000, "om_per_year": 800, "max_count": 6}],
        "solar": {"cost_per_kw": 1920, "om_per_kw_year": 26, "max_kw": 100},
    },
    "tariffs": {"flat": {"fixed_per_month": 45, "energy": [{"price_per_kwh": 0.12}], "demand": [{"price_per_kw_month": 12.5}]}},
    "sites": [{
        "name": "gate-city", "setting": "urban", "tariff": "flat",
        "connection": {"existing_kw": 100, "steps": [{"power_kw": 300, "cost": 60000}]},
        "demand": {
            "sessions_per_day": 20, "growth_per_year": 0.05, "energy_kwh": {"mean": 32, "sd": 14}, "arrival_profile": "urban-fast",
            "min_charger_kw": 50, "max_wait_min": 10,
        },
        "price_per_kwh": 0.48,
    }],
    "finance": {"currency": "USD", "discount_rate": 0.08, "target_irr": 0.1, "tax_rate": 0.25, "inflation": 0.02},
    "solver": {"gap": 0.001, "time_limit_s": 60},
}  # fmt: skip

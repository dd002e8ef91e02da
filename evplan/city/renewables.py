"""What a kW of panels and of wind turbines gives in each hour of a city's year."""

from __future__ import annotations

import numpy as np

from evplan.assets.solar import WeatherYear, yield_per_kw

LOSSES = 0.14  # of panels: soiling, wiring, mismatch; the PVWatts default (Dobos 2014)
HUB_M, MEASURED_M, SHEAR = (
    100.0,
    10.0,
    1 / 7,
)  # the one-seventh power law of wind over height, neutral air over open land
CUT_IN, RATED, CUT_OUT = 3.0, 12.0, 25.0  # m/s at the hub, of a present-day turbine on land
WIND_LOSSES = 0.10  # wakes, outages, wiring


def solar_yield(weather: WeatherYear) -> np.ndarray:
    """Return what a kW of panels gives, tilted as the latitude and facing the equator, kW/kW, shape (8760,)."""
    faces = 180.0 if weather.latitude_deg >= 0 else 0.0
    return yield_per_kw(weather, min(abs(weather.latitude_deg), 60.0), faces, LOSSES)


def wind_yield(wind_m_s: np.ndarray) -> np.ndarray:
    """Return what a kW of turbines gives, kW/kW, shape (8760,). wind_m_s : at 10 m.

    Cubic between cut-in and rated speed, as the power in wind is.
    """
    hub = wind_m_s * (HUB_M / MEASURED_M) ** SHEAR
    part = np.clip((hub**3 - CUT_IN**3) / (RATED**3 - CUT_IN**3), 0.0, 1.0)
    return (1 - WIND_LOSSES) * np.where(hub >= CUT_OUT, 0.0, part)

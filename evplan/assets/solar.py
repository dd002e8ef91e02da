"""Solar panels: yield per kW from a typical meteorological year, with pvlib."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.paths import sized

INVERTER_EFFICIENCY = 0.96  # PVWatts version 5 default, Dobos 2014, NREL/TP-6A20-62641, table 3
TEMPERATURE_COEFFICIENT_PER_K = -0.0037  # PVWatts premium-to-standard module, ibid. table 4 (-0.35 to -0.47 %/K)


@dataclass(frozen=True)
class WeatherYear:
    """A year of hourly weather in local standard time.

    air_c, yield inputs : arrays, shape (8760,); hour i covers [i, i+1) of the standard-time year.
    """

    air_c: np.ndarray
    ghi_w_m2: np.ndarray
    dni_w_m2: np.ndarray
    dhi_w_m2: np.ndarray
    wind_m_s: np.ndarray
    latitude_deg: float
    longitude_deg: float
    utc_offset_h: float
    source: str


def read_weather(file: str, folder: Path, warmer_by_k: float = 0.0) -> WeatherYear:
    """Return a TMY3 year. Raises `InputError` when the file is missing or not TMY3."""
    import pvlib

    shipped = file.startswith("pvlib:")
    path = Path(pvlib.__file__).parent / "data" / file[len("pvlib:") :] if shipped else folder / file
    try:
        data, meta = pvlib.iotools.read_tmy3(sized(path), coerce_year=2001, map_variables=True)
    except FileNotFoundError:
        raise InputError(f"{path}: no such weather file") from None
    except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a TMY3 file ({error})") from None
    if len(data) != 8760:
        raise InputError(f"{path}: a TMY3 year has 8760 hours (got {len(data)})")
    columns = {name: data[name].to_numpy(float) for name in ("temp_air", "ghi", "dni", "dhi", "wind_speed")}
    if not all(np.isfinite(values).all() for values in columns.values()):
        raise InputError(f"{path}: the weather has gaps; fill them first")
    return WeatherYear(
        air_c=columns["temp_air"] + warmer_by_k,
        ghi_w_m2=columns["ghi"],
        dni_w_m2=columns["dni"],
        dhi_w_m2=columns["dhi"],
        wind_m_s=columns["wind_speed"],
        latitude_deg=meta["latitude"],
        longitude_deg=meta["longitude"],
        utc_offset_h=meta["TZ"],
        source=f"TMY3 {meta['USAF']} {str(meta['Name']).strip(chr(34))}, {meta['State']} (NREL)",
    )


def yield_per_kw(weather: WeatherYear, tilt_deg: float | None, azimuth_deg: float, losses: float) -> np.ndarray:
    """Return alternating-current power per kW of panels, shape (8760,), kW/kW.

    PVWatts: plane-of-array irradiance (isotropic sky), SAPM cell temperature of an open rack,
    direct-current power with losses, inverter of equal rating that clips. Source: Dobos 2014.
    """
    import pandas as pd
    import pvlib

    tilt = weather.latitude_deg if tilt_deg is None else tilt_deg
    middle = pd.date_range("2001-01-01 00:30", periods=8760, freq="h", tz="UTC") - pd.Timedelta(
        hours=weather.utc_offset_h
    )
    sun = pvlib.solarposition.get_solarposition(middle, weather.latitude_deg, weather.longitude_deg)
    plane = pvlib.irradiance.get_total_irradiance(
        tilt, azimuth_deg, sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy(),
        weather.dni_w_m2, weather.ghi_w_m2, weather.dhi_w_m2,
    )["poa_global"]  # fmt: skip
    rack = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    cell_c = pvlib.temperature.sapm_cell(plane, weather.air_c, weather.wind_m_s, **rack)
    direct_kw = pvlib.pvsystem.pvwatts_dc(plane, cell_c, 1.0, TEMPERATURE_COEFFICIENT_PER_K) * (1 - losses)
    alternating_kw = pvlib.inverter.pvwatts(direct_kw, 1.0 / INVERTER_EFFICIENCY, INVERTER_EFFICIENCY)
    return np.clip(np.nan_to_num(np.asarray(alternating_kw)), 0.0, None)

"""What a city says of itself that cannot be: its sun, its clock, its name, its electric share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from evplan.city.weather import utc_offset_h
from evplan.instance.faults import Fault
from evplan.instance.horizon import zone_faults
from evplan.instance.source import Loc
from evplan.instance.tree import are_numbers

MIDDLE = (
    17,
    47,
    75,
    105,
    135,
    162,
    198,
    228,
    258,
    288,
    318,
    344,
)  # day of the year of each month's middle sun, Klein 1977
DARK_KWH_M2 = 1.0  # of a month: what twilight may bring
FAR_H = 4.0  # of the clock from the sun; China's west is 3
OBLIQUITY_DEG = 23.45


def place_faults(city: Any, adoption: dict, start: Any, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with a city, `use: NAME` filled in."""
    if not isinstance(city, dict):
        return
    yield from zone_faults(city, (*loc, "timezone"))
    name = city.get("name")
    if isinstance(name, str) and "." in name:
        yield Fault((*loc, "name"), "must have no dot: a folder of results is called so, beside files")
    for months, series in (("temperature_c", "air_c"), ("ghi_kwh_m2", "solar_yield")):
        if all(city.get(said) is None for said in (months, series, "weather")):
            yield Fault(loc, f"needs {months}, a year of weather, or {series} from a file", True)
    yield from _clock(city, loc)
    yield from _night(city, loc)
    yield from _share(city, adoption, start, loc)


def _clock(city: dict, loc: Loc) -> Iterator[Fault]:
    """Yield a time zone that is far from the sun of the place."""
    longitude, zone = city.get("longitude"), city.get("timezone", "UTC")
    if (
        longitude is None
        or not are_numbers(longitude)
        or not isinstance(zone, str)
        or any(zone_faults({"timezone": zone}, loc))
    ):
        return
    try:
        apart = (utc_offset_h(ZoneInfo(zone).key) - longitude / 15 + 12) % 24 - 12  # the date line is no distance
    except (ValueError, OSError):
        return  # the schema says so
    if abs(apart) > FAR_H:
        yield Fault(
            (*loc, "timezone"),
            f"{zone} is {abs(apart):.0f} h from the sun at longitude {longitude:g}; name the city's own time zone",
            "timezone" not in city,
        )


def _night(city: dict, loc: Loc) -> Iterator[Fault]:
    """Yield months that are said to have sun though it does not rise."""
    latitude, months = city.get("latitude"), city.get("ghi_kwh_m2")
    if latitude is None or not are_numbers(latitude) or not isinstance(months, list) or not are_numbers(*months):
        return
    for month, (day, said) in enumerate(zip(MIDDLE, months, strict=False)):
        declination = OBLIQUITY_DEG * math.sin(math.radians(360 * (284 + day) / 365))
        if said > DARK_KWH_M2 and abs(latitude - declination) >= 90:
            yield Fault(
                (*loc, "ghi_kwh_m2", month),
                f"must be about 0: the sun does not rise at latitude {latitude:g} then (got {said:g})",
            )


def _share(city: dict, adoption: dict, start: Any, loc: Loc) -> Iterator[Fault]:
    """Yield an electric share that no curve of the study goes through."""
    share, cap, middle = city.get("electric_share"), adoption.get("cap", 0.95), adoption.get("midpoint_year")
    if share is None or not are_numbers(share, cap):
        return
    if share > cap:
        yield Fault((*loc, "electric_share"), f"must be at most fleet.adoption.cap = {cap:g} (got {share:g})")
    elif (
        middle is not None
        and are_numbers(middle, start)
        and share > 0
        and (share - cap / 2) * (start - middle) <= 0 < abs(share - cap / 2)
    ):
        half, when = ("below", "not after") if share < cap / 2 else ("above", "not before")
        yield Fault(
            (*loc, "electric_share"),
            f"{share:g} in {start} is {half} half of the cap, which fleet.adoption.midpoint_year = {middle} puts {when} that year",
        )

"""What an instance may say of vehicles that stay: their sessions, how long they are there, and whether they give back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from evplan.instance.base import Fraction, NotNegative, Noun, Positive, Text
from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.instance.tree import are_numbers, mapping


class SessionsFile(Noun):
    """Sessions in a CSV or Parquet file, a row each: a year of them, or whole weeks that repeat over the year."""

    file: Text
    """Path relative to the instance file; .csv or .parquet."""
    arrival: Text = "arrival"
    """Column of when vehicles plug in: ISO 8601, local time of `horizon.timezone` or with an offset."""
    departure: Text = "departure"
    """Column of when they leave."""
    energy_kwh: Text = "energy_kwh"
    """Column of the energy they have got by then, kWh."""
    max_power_kw: Text | None = None
    """Column of the most power each takes, kW."""
    arrival_soc: Text | None = None
    """Column of the state of charge in which each arrives, for `v2g`."""
    scale: Positive = 1.0
    """Vehicles that come for each one in the file."""


class Stay(Noun):
    """How long drawn vehicles stay; log-normal with this mean and standard deviation."""

    mean: Annotated[float, Field(strict=True, gt=0, le=168)]
    """Mean, h."""
    sd: NotNegative = 0.0
    """Standard deviation, h."""


class V2G(Noun):
    """Vehicles that also give energy back while they stay."""

    share: Fraction
    """Fraction of the vehicles that take part."""
    power_kw: Positive | None = None
    """Most that a vehicle gives, kW; left out, what it takes at most."""
    min_soc: Fraction = 0.4
    """State of charge below which no vehicle is discharged."""
    arrival_soc: Fraction | None = None
    """State of charge in which vehicles arrive, where the file has no column of it; left out, `catalogue.vehicle.soc`."""
    efficiency: Annotated[float, Field(strict=True, ge=0.5, le=1)] = 0.94
    """Energy onto the site's bus per energy out of the vehicle (one way)."""
    payment_per_kwh: NotNegative = 0.0
    """What drivers are paid for a kWh out of their vehicles."""
    wear_per_kwh: NotNegative | None = None
    """What a kWh out of a vehicle costs its cells; left out, what the ageing model of `catalogue.vehicle` says."""
    cell_cost_per_kwh: NotNegative = 115.0
    """Price of a kWh of vehicle battery, for that wear (115 USD: packs, BloombergNEF battery price survey, December 2024)."""
    end_of_life_soh: Annotated[float, Field(strict=True, ge=0.5, lt=1)] = 0.7
    """State of health at which a vehicle's battery is worth nothing, for that wear (0.7: the usual guarantee)."""


class Managed(Noun):
    """Vehicles that stay (depot, workplace): they can be charged at any time of their stay."""

    sessions: SessionsFile | None = None
    """Sessions from a file; left out, they are drawn with `sessions_per_day`, `energy_kwh` and `stay_h`."""
    stay_h: Stay | None = None
    """How long drawn vehicles stay, h."""
    power_kw: Positive | None = None
    """Most power a vehicle takes, kW; left out, what port and `catalogue.vehicle` allow."""
    v2g: V2G | None = None
    """Vehicles that give energy back; left out, none."""


UNMANAGED = {
    "load_kw": "a measured series says nothing of when vehicles come and go: give managed.sessions, or sessions_per_day",
    "max_wait_min": "vehicles that stay do not wait: who finds no port leaves",
    "spare_chargers": "is not known for managed sessions; give chargers of lower availability instead",
}


def managed_faults(demand: dict, loc: Loc, vehicle: dict) -> Iterator[Fault]:
    """Yield what fits no managed demand, and sessions said twice or not at all."""
    managed = mapping(demand, "managed")
    for field, why in UNMANAGED.items():
        if demand.get(field):
            yield Fault((*loc, field), f"does not go with managed: {why}", True)
    filed, drawn = managed.get("sessions") is not None, demand.get("sessions_per_day") is not None
    if filed and drawn:
        yield Fault((*loc, "sessions_per_day"), "does not go with managed.sessions: sessions come from the file", True)
    if not filed and not drawn and not demand.get("load_kw"):
        both = "needs sessions: {file, ...}, or sessions_per_day and energy_kwh beside it and stay_h: {mean, sd} in it"
        yield Fault((*loc, "managed"), both, True)
    if not filed and drawn and managed.get("stay_h") is None:
        yield Fault((*loc, "managed"), "needs stay_h: {mean, sd}: how long the vehicles that are drawn stay", True)
    if filed and managed.get("stay_h") is not None:
        yield Fault((*loc, "managed", "stay_h"), "does not go with sessions: the file says how long each stays", True)
    yield from _v2g_faults(mapping(managed, "v2g"), filed and mapping(managed, "sessions"), vehicle, (*loc, "managed"))


def _v2g_faults(v2g: dict, sessions: Any, vehicle: dict, loc: Loc) -> Iterator[Fault]:
    low, arrives = v2g.get("min_soc", 0.4), v2g.get("arrival_soc")
    arrives = vehicle.get("soc", 0.6) if arrives is None else arrives
    column = isinstance(sessions, dict) and sessions.get("arrival_soc") is not None
    if v2g and not column and are_numbers(low, arrives) and 0 <= arrives < low <= 1:
        yield Fault(
            (*loc, "v2g"), f"min_soc = {low:g} lies above arrival_soc = {arrives:g}: nothing could be given", True
        )
    if column and not v2g:
        yield Fault((*loc, "sessions", "arrival_soc"), "needs managed.v2g: nothing else asks for it", True)

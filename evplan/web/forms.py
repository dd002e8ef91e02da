"""What the API takes: a schedule's request, with its sessions by the names that this format gives them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Noun, Text
from evplan.schedule.site import ScheduleSite

Solver = Literal["auto", "arrow", "highs"]
Soc = Annotated[float, Field(strict=True, ge=0, le=1)]


class SessionRow(Noun):
    """A vehicle's stay at the site."""

    id: Annotated[str, Field(strict=True, max_length=200)] | Annotated[int, Field(strict=True)] | None = None
    """What it is called in the answer; left out, its number."""
    arrival: Text
    """When it is plugged in: ISO 8601, local time of the site or with an offset."""
    departure: Text
    """When it leaves, within thirty days."""
    energy_kwh: Annotated[float, Field(strict=True, ge=0, le=2000)] | None = None
    """Energy asked for, into the battery; left out, it follows from the battery and its states of charge."""
    max_power_kw: Annotated[float, Field(strict=True, ge=0.1, le=2000)] | None = None
    """Most power that it takes; left out, the charger's."""
    min_power_kw: Annotated[float, Field(strict=True, ge=0, le=2000)] | None = None
    """Least power at which it charges, if it charges; left out, the charger's."""
    priority: Annotated[float, Field(strict=True, ge=1e-3, le=1e3)] | None = None
    """Weight of energy that it does not get; 1 is usual."""
    phases: Annotated[int, Field(strict=True, ge=1, le=3)] | None = None
    """Phases that it charges on; left out, 3."""
    phase: Annotated[int, Field(strict=True, ge=1, le=3)] | None = None
    """Which phase it is on, where it charges on one."""
    charger: Text | None = None
    """Name of a charge point that vehicles share."""
    v2g: Annotated[bool, Field(strict=True)] | None = None
    """Whether it may give energy back, where the site has `giving`."""
    battery_kwh: Annotated[float, Field(strict=True, ge=1, le=2000)] | None = None
    """Capacity of its battery."""
    arrival_soc: Soc | None = None
    """State of charge when it comes, 0 to 1."""
    target_soc: Soc | None = None
    """State of charge wanted when it leaves, 0 to 1; left out, 1."""


class ScheduleRequest(Noun):
    """Who comes to which site: what `evplan schedule` reads from two files."""

    site: ScheduleSite
    """The schedule file, as JSON; what changes in time stands in it as `values`, for no file is opened. `columns` is for
    tables; here sessions have the names below."""
    sessions: Annotated[tuple[SessionRow, ...], Field(min_length=1)]
    """The vehicles."""
    solver: Solver = "auto"
    """The arrow where it applies, else HiGHS."""

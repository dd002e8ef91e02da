"""What a schedule file may say: where vehicles charge, what limits them, what energy costs, and what matters in which order."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import CURRENCY, NotNegative, Noun, Positive, Share, Text
from evplan.instance.tariff import EnergyPrice, Tariff
from evplan.schedule.chargers import Chargers, Efficiency
from evplan.schedule.names import SessionColumns
from evplan.schedule.timed import Timed

Goal = Literal["cost", "fairness", "proportional", "earliness", "smoothness"]
USUAL = Tariff(energy=(EnergyPrice(price_per_kwh=0.2),))  # an assumption, for files that say nothing


class Connection(Noun):
    """What the site may draw from the grid, and send into it."""

    limit_kw: Annotated[float, Field(strict=True, gt=0, le=1e7)]
    """Most that is drawn, kW, mean of a step."""
    limit: Timed | None = None
    """The same from a file, kW, where it changes in time; `limit_kw` then holds where it is higher."""
    excess_price_per_kwh: NotNegative | None = None
    """Price of energy above the limit; left out, it is never passed while a plan within it exists, and told where none does."""
    export_kw: NotNegative = 0.0
    """Most that is sent into the grid, kW."""
    phase_limit_kw: Positive | None = None
    """Most that is drawn on each of three phases, kW; left out, phases are not weighed. A building and panels lie on all three."""


class Battery(Noun):
    """A stationary battery beside the chargers."""

    energy_kwh: Positive
    """Usable capacity."""
    power_kw: Positive
    """Most power, in and out."""
    efficiency: Efficiency = 0.95
    """Energy out of one way per energy in; both ways its square."""
    stored_kwh: NotNegative = 0.0
    """Energy in it when the plan begins; as much must be there when it ends."""
    wear_per_kwh: NotNegative = 0.0
    """Price of a kWh out of it."""


class Giving(Noun):
    """Vehicles that may give energy back: those whose session says so."""

    efficiency: Efficiency = 0.92
    """Energy onto the site per energy out of a vehicle."""
    wear_per_kwh: NotNegative = 0.05
    """Price of a kWh out of a vehicle, for its cells and its driver."""
    depth: Share = 0.3
    """Of a vehicle's battery, how much may be taken below what it came with."""


class ScheduleSite(Noun):
    """A schedule file, validated."""

    kind: Literal["schedule"]
    """What the file describes: schedule."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    timezone: Text = "UTC"
    """IANA name of the site's civil time."""
    start: datetime.datetime | None = None
    """When the plan begins, local time; left out, with the first arrival."""
    hours: Annotated[float, Field(strict=True, gt=0, le=2400)] | None = None
    """How long it is; left out, to the last departure."""
    step_minutes: Annotated[int, Field(strict=True, ge=1, le=60)] = 15
    """Length of a step."""
    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)] = "USD"
    """ISO 4217 code of every amount."""
    connection: Connection
    """The grid connection."""
    chargers: Chargers = Chargers()
    """The charge points."""
    tariff: Tariff = USUAL
    """What energy costs: prices by time of use, demand charges on the month's peak, export; as in an instance file."""
    prices: Timed | None = None
    """Day-ahead prices of a kWh, which may be negative; added to the tariff's."""
    peak_so_far_kw: NotNegative | Annotated[tuple[NotNegative, ...], Field(min_length=1, max_length=100)] = 0.0
    """Highest import of the month until now: demand charges count only what is above it. One for all, or one for each demand charge, inside
    its hours, in their order."""
    load: Timed | None = None
    """A building's load beside the chargers, kW."""
    load_kw: NotNegative = 0.0
    """The same where it is constant."""
    solar: Timed | None = None
    """What panels give, kW."""
    battery: Battery | None = None
    """A stationary battery."""
    giving: Giving | None = None
    """Vehicles that give back; left out, none does."""
    grid_kg_per_kwh: NotNegative = 0.0
    """CO2-equivalent of a kWh drawn, kg."""
    goals: Annotated[tuple[Goal, ...], Field(min_length=1, max_length=5)] = ("cost",)
    """What matters, the first most: each is sought among the plans that are as good as any in those before it. Cost comes last if
    it is not named; what drivers lack is part of it."""
    goal_slack: Annotated[float, Field(strict=True, ge=1e-9, le=0.5)] = 1e-6
    """By how much an earlier goal may give way to a later one, relative."""
    columns: SessionColumns = SessionColumns()
    """What the sessions' table calls its columns; usual names are known."""
    shortfall_price_per_kwh: Positive = 100.0
    """What a kWh that a driver asked for and did not get is worth, times the session's priority."""

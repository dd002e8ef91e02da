"""What a site may say: its connection, the demand that comes, its prices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Count, Fraction, Name, NotNegative, Noun, Positive, Rate, SeriesFile, Share


class ConnectionStep(Noun):
    """A larger grid connection that may be bought."""

    power_kw: Positive
    """Total import limit with this step, kW (not an addition to the existing one)."""
    cost: NotNegative
    """One-off cost, borne by the project."""


class Connection(Noun):
    """The grid connection: what there is and what may be bought."""

    existing_kw: NotNegative = 0.0
    """Import limit today, kW."""
    steps: tuple[ConnectionStep, ...] = ()
    """At most one of these is bought."""


class Energy(Noun):
    """Energy that one session wants; log-normal with this mean and standard deviation."""

    mean: Positive
    """Mean, kWh."""
    sd: NotNegative = 0.0
    """Standard deviation, kWh."""


class Demand(Noun):
    """Charging demand: sessions drawn from a profile, or a measured series of power."""

    sessions_per_day: Annotated[float, Field(strict=True, ge=0, le=20_000)] | None = None
    """Mean sessions per day in the first year; needs `energy_kwh`."""
    energy_kwh: Energy | None = None
    """Energy per session, kWh."""
    arrival_profile: Name = "urban-fast"
    """Hour-of-day shape, by name from data/profiles/."""
    load_kw: SeriesFile | None = None
    """Power that vehicles would draw, kW, instead of drawn sessions."""
    growth_per_year: Rate = 0.0
    """Growth of demand per year, compounding, from the first year on."""
    min_charger_kw: NotNegative = 0.0
    """These drivers use no charger port of less power, kW."""
    max_wait_min: NotNegative | None = None
    """Longest wait drivers accept, minutes; left out, waiting is not limited."""
    wait_probability: Annotated[float, Field(strict=True, ge=0.001, lt=1)] = 0.1
    """Fraction of drivers who may wait longer than `max_wait_min`."""
    min_served: Fraction = 0.0
    """Fraction of the year's energy that must be served (an obligation, not a forecast)."""
    turned_away_cost_per_kwh: NotNegative = 0.0
    """What a kWh turned away costs the planner beyond the lost sale; steers the plan, is not cash."""
    seed: Count = 1
    """Seed of the session draw."""


class Site(Noun):
    """One charging site."""

    name: Name
    """Name of the site."""
    setting: Literal["urban", "rural"]
    """Urban or rural; reports compare the two."""
    tariff: Name
    """Name of a tariff in `tariffs`."""
    connection: Connection
    """Grid connection."""
    demand: Demand
    """Who comes to charge."""
    price_per_kwh: Positive
    """What drivers pay per kWh delivered, without sales tax, in first-year money."""
    land_cost_per_year: NotNegative = 0.0
    """Lease, per year, paid once anything is built."""
    chargers: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Charger types allowed here; left out, all of the catalogue."""
    solar_max_kw: NotNegative | None = None
    """Roof and land limit for panels, kW; left out, the catalogue's."""
    battery_max_kwh: NotNegative | None = None
    """Limit for the battery, kWh; left out, the catalogue's."""
    export_limit: Share = 1.0
    """Export limit as a fraction of the import limit."""

"""What a site may say: its connection, the demand that comes, its prices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from evplan.instance.base import (
    ONE,
    SEVERAL,
    Column,
    Count,
    Fraction,
    Multiple,
    Name,
    NotNegative,
    Noun,
    PeakDays,
    Positive,
    Rate,
    SeriesFile,
    Share,
    Text,
    one_or_several,
)  # fmt: skip
from evplan.instance.host import Host
from evplan.instance.managed import Managed
from evplan.instance.programme import ProgrammeUse

Offers = Annotated[
    Annotated[Name, Tag(ONE)] | Annotated[Annotated[tuple[Name, ...], Field(min_length=1)], Tag(SEVERAL)],
    Discriminator(one_or_several),
]


class OtherRevenue(Noun):
    """An income beside charging, taxed, rising with inflation."""

    name: Text
    """What it is."""
    per_kwh_sold: NotNegative = 0.0
    """Per kWh sold to vehicles."""
    per_year: NotNegative = 0.0
    """Per year, once a charger stands."""


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
    context_share: Annotated[float, Field(strict=True, gt=0, le=1)] | None = None
    """Part of the city's charging (`context`) that comes here: of its charging in public (urban), or on the road outside it (rural).
    Fills in sessions, energy and what becomes of them year by year."""
    energy_kwh: Energy | None = None
    """Energy per session, kWh."""
    arrival_profile: Name = "urban-fast"
    """Hour-of-day shape, by name from data/profiles/."""
    load_kw: SeriesFile | None = None
    """Power that vehicles would draw, kW, instead of drawn sessions."""
    managed: Managed | None = None
    """Vehicles that stay and can be charged at any time of their stay; left out, they charge as they come."""
    peak_days: PeakDays | None = None
    """Days of `load_kw` that are known more finely, so that their billed peaks are: the month's highest, two or three of each."""
    by_year: Annotated[tuple[Multiple, ...], Field(min_length=1, max_length=60)] | None = None
    """Demand of the plan's first year, its second, and so on, as multiples of what is said here: a ramp, or a path that is known."""
    growth_per_year: Rate = 0.0
    """Growth of demand per year, compounding, from the first year on, or from the last of `by_year`."""
    min_charger_kw: NotNegative = 0.0
    """These drivers use no charger port of less power, kW."""
    max_wait_min: NotNegative | None = None
    """Longest wait drivers accept, minutes; left out, waiting is not limited."""
    wait_probability: Annotated[float, Field(strict=True, ge=0.001, lt=1)] = 0.1
    """Fraction of drivers who may wait longer than `max_wait_min`."""
    spare_chargers: Annotated[int, Field(strict=True, ge=0, le=5)] = 0
    """Chargers of every type used that may fail while the others keep the waiting limit; 1 is N+1."""
    min_served: Fraction = 0.0
    """Fraction of the year's energy that must be served (an obligation, not a forecast)."""
    turned_away_cost_per_kwh: NotNegative = 0.0
    """What a kWh turned away costs the planner beyond the lost sale; steers the plan, is not cash."""
    seed: Count = 1
    """Seed of the session draw."""
    matched: bool = False
    """Whether sessions that are drawn are as many as are expected of the modelled days, and come to the energy expected; left out,
    both are as chance has it."""

    def level(self, year: int) -> float:
        """Return the demand of a year of the plan (1, 2, ...) as a multiple of what is said."""
        known = self.by_year or (1.0,)
        return float(known[min(year, len(known)) - 1] * (1 + self.growth_per_year) ** max(0.0, year - len(known)))


class SolarArray(Noun):
    """One plane of panels: a roof, a carport, a field."""

    name: Name
    """Name of the array."""
    tilt_deg: Annotated[float, Field(strict=True, ge=0, le=90)] | None = None
    """Tilt from horizontal, degrees; left out, the catalogue's."""
    azimuth_deg: Annotated[float, Field(strict=True, ge=0, lt=360)] | None = None
    """Direction the panels face, degrees clockwise from north; left out, the catalogue's."""
    yield_kw_per_kw: Column | None = None
    """Alternating-current power per kW of panels, instead of a yield from the weather."""
    max_kw: NotNegative | None = None
    """Room for panels, kW, what stands there included; left out, the site's."""
    existing_kw: NotNegative = 0.0
    """Panels that stand there already, kW."""


class Existing(Noun):
    """What stands at the site already: it costs nothing, is kept up, and may be added to."""

    chargers: dict[Name, Annotated[int, Field(strict=True, ge=0, le=500)]] = Field(default_factory=dict)
    """Chargers by type of the catalogue."""
    solar_kw: NotNegative = 0.0
    """Panels, kW, where no arrays are named."""
    battery_kwh: NotNegative = 0.0
    """Battery, kWh."""
    battery_kw: NotNegative = 0.0
    """Its power, kW."""


class CriticalLoad(Noun):
    """Which part of a site must be supplied in an outage of the grid."""

    load_fraction: Fraction = 1.0
    """Part of `load_kw`."""
    charging_fraction: Fraction = 0.0
    """Part of what vehicles want."""


class Site(Noun):
    """One charging site."""

    name: Name
    """Name of the site."""
    setting: Literal["urban", "rural"]
    """Urban or rural; reports compare the two."""
    tariff: Offers
    """Name of a tariff in `tariffs`, or several that the utility offers: the plan picks."""
    connection: Connection
    """Grid connection."""
    demand: Demand = Demand(sessions_per_day=0.0, energy_kwh=Energy(mean=1.0))
    """Who comes to charge; left out, nobody."""
    price_per_kwh: Positive | None = None
    """What drivers pay per kWh delivered, without sales tax; needed where there is `demand`."""
    load_kw: SeriesFile | None = None
    """Power of a building or a depot beside the chargers, kW; it must be met at every step."""
    load_growth_per_year: Rate = 0.0
    """Growth of that load per year, compounding, from the first year on."""
    critical_load: CriticalLoad = CriticalLoad()
    """What of load and charging is critical in `outages`; left out, all of the load."""
    existing: Existing = Existing()
    """What stands here already."""
    solar_arrays: Annotated[tuple[SolarArray, ...], Field(min_length=1)] | None = None
    """Planes on which panels can stand; left out, one that faces as the catalogue says."""
    land_cost_per_year: NotNegative = 0.0
    """Lease, per year, paid once anything is built or stands."""
    chargers: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Charger types allowed here; left out, all of the catalogue."""
    solar_max_kw: NotNegative | None = None
    """Roof and land limit for panels, kW; left out, the catalogue's."""
    battery_max_kwh: NotNegative | None = None
    """Limit for the battery, kWh; left out, the catalogue's."""
    revenue_share: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0
    """Part of the revenue from charging that is paid to the host of the site."""
    host: Host | None = None
    """The host of the site, where its side is to be shown, or it pays for some of what is built; left out, the operator pays for all."""
    other_revenue: Annotated[tuple[OtherRevenue, ...], Field(max_length=20)] = ()
    """Income beside charging: ancillary services, advertising, carbon credits, what a programme pays for energy given back."""
    programmes: Annotated[tuple[ProgrammeUse, ...], Field(max_length=10)] = ()
    """Support programmes that the site asks for, one after the other; what each gives stands beside the plan."""
    export_limit: Share = 1.0
    """Export limit as a fraction of the import limit."""

    @property
    def is_shared(self) -> bool:
        """Return whether the host pays for some of what is built, so that host and operator are planned as one."""
        return self.host is not None and bool(self.host.pays)

    @property
    def offered(self) -> tuple[str, ...]:
        """Return the names of the tariffs the site can have."""
        return (self.tariff,) if isinstance(self.tariff, str) else self.tariff

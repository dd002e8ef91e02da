"""What a city study may say: cities, their fleet, charging, supply, prices and costs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.city.costs import Costs, Life, Price, Prices
from evplan.instance.base import PLACE, Column, Fraction, Name, NotNegative, Noun, Rate, Share, Text
from evplan.instance.catalogue import Chemistry
from evplan.instance.schema import Weather

Twelve = Field(min_length=12, max_length=12)
Celsius = Annotated[float, Field(strict=True, ge=-60, le=50)]
Kelvin = Annotated[float, Field(strict=True, ge=0, le=40)]
Irradiation = Annotated[float, Field(strict=True, ge=0, le=350)]  # kWh/m2 and month; no place on Earth has more
Year = Annotated[int, Field(strict=True, ge=2000, le=2100)]
ByYear = Annotated[tuple[tuple[Year, NotNegative], ...], Field(min_length=1, max_length=60)]
Strategy = Literal["unmanaged", "night", "price-following", "solar-following", "v2g"]
Use = Literal["gentle", "average", "heavy", "taxi"]
Traffic = Literal["free", "normal", "jammed"]


class Supply(Noun):
    """What a city is supplied by. Capacities are pairs of year and amount, interpolated between the years and held outside them."""

    per: Literal["1000-inhabitants", "1000-vehicles", "city"] = "1000-inhabitants"
    """What capacities are of: 1,000 inhabitants or vehicles (electric or not) of the first year, or the city."""
    solar_kw: ByYear
    """Solar panels, kW."""
    wind_kw: ByYear
    """Wind turbines, kW."""
    wind_m_s: Annotated[float, Field(strict=True, ge=0, le=20)] | None = None
    """Mean wind speed at 10 m where the turbines stand; left out, the city's own, which is mostly too little."""
    storage_kwh: ByYear
    """Batteries, kWh."""
    storage_hours: Annotated[float, Field(strict=True, ge=0.1, le=1000)] = 4.0
    """Energy of batteries over their power, h."""
    round_trip_efficiency: Annotated[float, Field(strict=True, ge=0.3, le=1)] = 0.86
    """Energy out of batteries per energy in."""
    import_kw: ByYear
    """Most that the grid gives for charging, kW."""
    export_share: Fraction = 0.5
    """Most that goes into the grid, as a part of the most that comes out of it."""


class Place(Noun):
    """A city: where it lies, its climate, its people and their cars."""

    name: Name
    """Name of the city, or of one shipped in data/cities with `use`."""
    country: Annotated[str, Field(strict=True, pattern=PLACE)] = "XX"
    """ISO 3166 code of the country; XX where none is said."""
    latitude: Annotated[float, Field(strict=True, ge=-90, le=90)]
    """Degrees north."""
    longitude: Annotated[float, Field(strict=True, ge=-180, le=180)]
    """Degrees east."""
    elevation_m: Annotated[float, Field(strict=True, ge=-500, le=6000)] = 0.0
    """Above the sea, m."""
    timezone: Text = "UTC"
    """IANA name; hours of a day are those of its standard time."""
    temperature_c: Annotated[tuple[Celsius, ...], Twelve] | None = None
    """Mean air temperature of each month, °C; hours are made of it where no file gives them."""
    daily_range_k: Annotated[tuple[Kelvin, ...], Twelve] = (10.0,) * 12
    """Highest less lowest temperature of a mean day of each month, K."""
    ghi_kwh_m2: Annotated[tuple[Irradiation, ...], Twelve] | None = None
    """Global horizontal irradiation of each month, kWh/m2; hours are made of it where no file gives them."""
    wind_m_s: Annotated[float, Field(strict=True, ge=0, le=20)] = 3.0
    """Mean wind speed at 10 m, m/s."""
    weather: Weather | None = None
    """A typical meteorological year from a file, in place of temperature_c, ghi_kwh_m2 and wind_m_s."""
    air_c: Column | None = None
    """Air temperature of every hour from a file, °C, from 1 January in standard time."""
    solar_yield: Column | None = None
    """What a kW of panels gives in every hour, from a file, kW."""
    wind_yield: Column | None = None
    """What a kW of turbines gives in every hour, from a file, kW."""
    population: Annotated[float, Field(strict=True, gt=0, le=1e8)]
    """Inhabitants in the first year."""
    population_growth: Rate = 0.0
    """Growth of the population per year."""
    vehicles_per_1000: Annotated[float, Field(strict=True, ge=0, le=2000)]
    """Vehicles of the classes below per 1,000 inhabitants, electric or not."""
    electric_share: Fraction
    """Share of them that is electric in the first year."""
    price_per_kwh: Price
    """Price of a kWh from the grid in the first year, hourly factors aside."""
    grid_kg_per_kwh: NotNegative = 0.0
    """CO2-equivalent of a kWh from the grid, kg."""
    supply: Supply | None = None
    """What this city is supplied by; left out, the study's."""
    source: Text = ""
    """Where the figures come from."""


class VehicleClass(Noun):
    """One class of vehicles."""

    name: Name
    """Name of the class."""
    share: Share
    """Share of all vehicles; those of all classes sum to 1."""
    battery_kwh: Annotated[float, Field(strict=True, ge=1, le=2000)]
    """Capacity when new, kWh."""
    kwh_per_km: Annotated[float, Field(strict=True, ge=0.01, le=10)]
    """Energy from the battery at 20 °C in normal traffic, when new."""
    km_per_year: Annotated[float, Field(strict=True, ge=1, le=500_000)]
    """Distance of a vehicle in average use, a year."""
    use: Use = "average"
    """How they are driven: distance and power relative to average."""
    chemistry: Chemistry = "nmc"
    """Cell chemistry; chooses the ageing model."""
    charge_kw: Annotated[float, Field(strict=True, ge=0.5, le=1000)] = 7.4
    """Power at which it charges at home, at work or in public."""
    mean_soc: Fraction = 0.6
    """Mean state of charge while it stands."""
    depth: Annotated[float, Field(strict=True, ge=0.05, le=1)] = 0.5
    """Part of the battery that is used between two charges."""
    life_years: Life = 15.0
    """Mean age at which vehicles are scrapped."""
    battery_cost_per_kwh: NotNegative = 115.0
    """Price of cells, for what wears; BloombergNEF, December 2024, pack average."""


class Adoption(Noun):
    """How the electric share grows from the first year's."""

    cap: Share = 0.95
    """Share that is never passed."""
    midpoint_year: Year | None = None
    """Year in which half of `cap` is reached: an S-curve through the first year's share."""
    growth_per_year: Rate | None = None
    """Growth of the share per year, instead of an S-curve, up to the cap."""
    since_year: Year = 2015
    """Year in which the first vehicles came; ages of today's follow from it."""


class Fleet(Noun):
    """Vehicles and how they become electric."""

    classes: Annotated[tuple[VehicleClass, ...], Field(min_length=1, max_length=20)]
    """Classes of vehicles."""
    adoption: Adoption = Adoption(midpoint_year=2035)
    """How the electric share grows."""
    traffic: Traffic = "normal"
    """Traffic of the city: free, normal, jammed."""
    ageing_outlook: Literal["lab", "field"] = "field"
    """Ageing as the laboratory has it, or as a measured fleet does."""
    internal_loss: Fraction = 0.05
    """Part of a new battery's energy that its resistance turns into heat, driving and charging; grows with resistance."""


class Charging(Noun):
    """Where vehicles charge on working days (at weekends each place by its measured use), and when."""

    home: Fraction = 0.6
    """Share of energy that is charged at home."""
    workplace: Fraction = 0.2
    """Share charged at work."""
    public: Fraction = 0.13
    """Share charged in public, where vehicles stay."""
    fast: Fraction = 0.07
    """Share charged at fast chargers, which cannot wait. The four sum to 1."""
    fast_kw: Annotated[float, Field(strict=True, ge=5, le=2000)] = 150.0
    """Power of fast chargers."""
    corridor_share: Fraction = 0.3
    """Part of fast charging that is done on the roads around the city: what rural stations see; the city's supply carries it too."""
    strategy: Strategy = "unmanaged"
    """When charging that can wait is done: as it comes, at night, in cheap hours, with the sun; v2g also gives back."""
    managed_share: Fraction = 0.7
    """Part of the charging that can wait whose drivers let it."""
    efficiency: Annotated[float, Field(strict=True, ge=0.5, le=1)] = 0.9
    """Energy into batteries per energy drawn."""
    put_off_share: Fraction = 0.2
    """Part of the fleet's usable capacity that can be left empty for later where supply is short."""
    v2g_share: Fraction = 0.1
    """Part of the fleet's usable capacity that gives back, with `v2g`."""


class CityStudy(Noun):
    """A city file, validated."""

    kind: Literal["city"]
    """What the file describes: city."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    start_year: Year
    """First year."""
    years: Annotated[int, Field(strict=True, ge=1, le=40)] = 10
    """Years."""
    seed: Annotated[int, Field(strict=True, ge=0)] = 1
    """Seed of the hourly weather."""
    cities: Annotated[tuple[Place, ...], Field(min_length=1, max_length=500)]
    """Cities."""
    fleet: Fleet
    """Vehicles."""
    charging: Charging = Charging()
    """Where and when vehicles charge."""
    supply: Supply
    """What every city without a supply of its own is supplied by."""
    prices: Prices = Prices()
    """Prices of energy."""
    costs: Costs
    """Costs."""
    dispatch: Literal["rule-based", "least-cost", "both"] = "rule-based"
    """How storage and grid are run: by rules, at least cost, or both side by side."""

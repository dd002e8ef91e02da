"""What a siting file may say: the region's data, types of stations, phases with budgets, rules, and what is sought."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import CURRENCY, Count, Fraction, Name, NotNegative, Noun, Positive, Rate, Share, Text
from evplan.siting.sources import Areas, Candidates, Distances, Existing, Zones

Goal = Literal["coverage", "equity", "served", "cost", "npv", "emissions"]
LESS: tuple[Goal, ...] = ("cost",)  # goals of which less is better


class Band(Noun):
    """Who is within a distance is covered by a share."""

    km: Positive
    """By road."""
    share: Share = 1.0
    """Of the area's weight that counts as covered, and of its demand that would drive so far: 1 is all of it."""


class StationType(Noun):
    """A type of station: slow or fast."""

    name: Name
    """What tables call it: l2, l3."""
    power_kw: Positive
    """Of a port."""
    kwh_per_port_day: Positive
    """Energy that a port can give in a day: what queues and nights leave of its power."""
    cover: Annotated[tuple[Band, ...], Field(min_length=1, max_length=6)]
    """Bands of distance, the nearest first; shares fall."""
    backup_share: Fraction = 0.0
    """What a second station within the first band adds to an area's coverage, as part of its weight."""
    demand_share: Fraction = 0.5
    """Part of the areas' public charging that asks for this type; of all types together at most 1."""
    ports: tuple[Annotated[int, Field(strict=True, ge=1)], Annotated[int, Field(strict=True, ge=1, le=200)]] = (2, 8)
    """Fewest and most ports of a station."""
    station_cost: NotNegative
    """Of the first ports of this type at a site: works and equipment that they share."""
    port_cost: NotNegative
    """Of a port."""
    om_per_port_year: NotNegative = 0.0
    """Operation and maintenance."""
    removal_cost: NotNegative = 0.0
    """Of a port that is taken away."""
    resale: Fraction = 0.0
    """Part of `port_cost` that a port taken away earns."""
    spacing_km: NotNegative = 0.0
    """Straight distance that a new station keeps from any other of this type."""


class Phase(Noun):
    """Years in which is built at once and then operated."""

    name: Annotated[Text, Field(min_length=1)]
    """What tables call it, such as 2027."""
    years: Annotated[float, Field(strict=True, gt=0, le=30)] = 3.0
    """How long it is."""
    budget: NotNegative
    """For works; what is earned by removal counts in."""
    ev_factor: Positive | None = None
    """Vehicles in this phase per vehicle of the data; left out, by `adoption`."""


class Adoption(Noun):
    """How vehicles grow: a logistic curve, EVs(year) = ceiling / (1 + ((ceiling - 1) exp(-rate year))), 1 in year 0, in units of now."""

    ceiling: Annotated[float, Field(strict=True, gt=1)] = 12.0
    """Vehicles at the end, per vehicle of now."""
    rate: Annotated[float, Field(strict=True, gt=0, le=2)] = 0.3
    """Growth per year in the beginning, as long as few drive electric."""


class Demand(Noun):
    """Who asks for what."""

    kwh_per_ev_day: NotNegative = 2.0
    """Public charging of a vehicle in a day."""
    weights: dict[Text, NotNegative] = Field(default_factory=lambda: {"evs": 1.0})
    """What makes an area weigh: evs, population, density, transit, land_use, lacking (vehicles per public port near), or another field."""


class Rules(Noun):
    """What plans keep to."""

    most_per_area: Count | None = None
    """Stations in a demand area, those that stand included; where more stand, no more come."""
    least_coverage: dict[Name, Fraction] = Field(default_factory=dict)
    """Of groups, in the last phase, mean of types: {rural: 0.5}."""
    carry: bool = True
    """Whether what a phase leaves of its budget may be spent later."""


class Sought(Noun):
    """A goal with its weight, or how much of it later goals must keep."""

    goal: Goal
    weight: Positive = 1.0
    """Where goals are weighed: coverage, equity and served are shares of 1, money counts per all budgets together, emissions as served."""
    keep: Share = 0.99
    """Where they are sought one after the other: part of the best that later goals keep."""


Factors = Annotated[tuple[Annotated[float, Field(strict=True, gt=0, le=10)], ...], Field(max_length=6)]


class Sensitivity(Noun):
    """Under what else `--sensitivity` plans again: each factor by itself, and each of `demand.weights` alone."""

    budget: Factors = (0.75, 1.25)
    """Times every phase's budget."""
    distances: Factors = (0.8, 1.25)
    """Times the bands of all types."""
    growth: Factors = (0.75, 1.25)
    """Times what vehicles grow by."""
    demand: Factors = ()
    """Times the energy of a vehicle."""
    costs: Factors = ()
    """Times the costs of sites, stations, ports and removal."""
    weights: Annotated[bool, Field(strict=True)] = True
    """Whether each weight is tried alone."""


class Economics(Noun):
    """What a kWh brings and costs."""

    price_per_kwh: NotNegative = 0.45
    """That drivers pay."""
    energy_cost_per_kwh: NotNegative = 0.18
    """That the operator pays."""
    discount_rate: Rate = 0.07
    """Per year."""
    saved_kg_per_kwh: NotNegative = 0.6
    """CO2-equivalent that a kWh in a vehicle saves, less that of making it."""


class SitingStudy(Noun):
    """A siting file, validated."""

    kind: Literal["siting"]
    """What the file describes: siting."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    notes: tuple[Text, ...] = ()
    """Sentences for the report."""
    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)] = "EUR"
    """ISO 4217 code of every amount."""
    areas: Areas
    """Where demand is."""
    existing: Existing | None = None
    """Stations that stand."""
    candidates: Candidates
    """Where stations may be opened."""
    zones: Zones | None = None
    """Zones of the grid; left out, the grid carries everything."""
    distances: Distances = Distances()
    """How far it is."""
    types: Annotated[tuple[StationType, ...], Field(min_length=1, max_length=4)]
    """Types of stations."""
    site_cost: NotNegative = 0.0
    """Of a place where nothing stands: land, works and connection."""
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=10)]
    """When is built, and for how much."""
    adoption: Adoption = Adoption()
    """How vehicles grow."""
    demand: Demand = Demand()
    """Who asks for what."""
    rules: Rules = Rules()
    """What plans keep to."""
    economics: Economics = Economics()
    """What a kWh brings and costs."""
    sensitivity: Sensitivity = Sensitivity()
    """Under what else is planned again, where that is asked for."""
    sought: Annotated[tuple[Sought, ...], Field(min_length=1, max_length=6)] = (
        Sought(goal="coverage"),
        Sought(goal="served", weight=0.25),
    )
    """Goals: weighed together, or one after the other."""
    order: Literal["weighed", "one after the other"] = "weighed"
    """How goals are put together."""

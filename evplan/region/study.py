"""What a region file may say: the studies it is made of, the networks its stations hang on, and support."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Fraction, Name, NotNegative, Noun, Positive, Share, Text


class CityOf(Noun):
    """A city whose charging the stations share: siting says which part of it each gets, the city how much there is, year by year."""

    file: Text
    """City file, relative to this one."""
    name: Text
    """Which of its cities."""


class FeederOf(Noun):
    """A low-voltage network that stations are connected to."""

    file: Text
    """Feeder file, relative to this one."""
    stations: Annotated[dict[Text, Text], Field(min_length=1)]
    """Bus of each station, by the name of its site in the siting study."""


class Pot(Noun):
    """Money for stations that do not pay by themselves."""

    by_phase: Annotated[tuple[NotNegative, ...], Field(min_length=1)]
    """What there is in each phase of the siting study."""
    carried: bool = True
    """Whether what is left in a phase may be given in later ones."""
    favours: Literal["energy", "stations"] = "energy"
    """What as much as possible is bought of: energy added in the first year, or stations."""
    rural_weight: Positive = 1.0
    """How much a rural station, or its kWh, counts beside an urban one."""
    settings: Annotated[tuple[Literal["urban", "rural"], ...], Field(min_length=1)] = ("urban", "rural")
    """Which stations may have some of it."""
    most_share: Share = 1.0
    """Most of a station's construction cost that may be paid."""


class RegionStudy(Noun):
    """A region file, validated."""

    kind: Literal["region"]
    """What the file describes: region."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    siting: Text
    """Siting file: which stations, where and when."""
    stations: Text
    """Plan file of what stations are like: weather, catalogue, tariffs, money; its first urban site stands for urban stations, its
    first rural one for rural ones."""
    chargers: dict[Name, Name] = Field(default_factory=dict)
    """Charger of the plan file's catalogue that stands at stations of each type of the siting file, where one stands already."""
    city: CityOf | None = None
    """A city run that gives demand, growth, carbon and age of vehicles; left out, demand is the siting study's."""
    feeders: tuple[FeederOf, ...] = ()
    """Networks whose stations may draw what these carry; others have the connection of the plan file."""
    min_served: Fraction = 0.9
    """Part of the energy that siting gives a station which it must serve, whatever that costs: the region wants it there."""
    pot: Pot | None = None
    """Support; left out, there is none."""
    siting_gap: Share = 0.02
    """How far from the best the siting plan may be."""
    siting_time_limit_s: Positive = 120.0
    """Seconds for its search."""

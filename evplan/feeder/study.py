"""What a feeder file may say: a network, what is connected to it and when, limits, and what is sought."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import (
    CURRENCY,
    DAY_TIME,
    Count,
    Day,
    Fraction,
    Name,
    NotNegative,
    Noun,
    Positive,
    Rate,
    Share,
    Text,
)

Clock = Annotated[str, Field(strict=True, pattern=DAY_TIME)]
PerUnit = Annotated[float, Field(strict=True, ge=0.5, le=1.5)]


class Source(Noun):
    """The grid above the transformer."""

    kv: Positive = 10.0
    """Between phases."""
    pu: PerUnit = 1.0
    """Its voltage, of rated."""
    short_circuit_mva: Positive = 100.0
    """Of three phases."""
    r_per_x: NotNegative = 0.3
    """Of its impedance, the same for the zero sequence."""


class Transformer(Noun):
    """From the grid to the feeder: a delta and a star whose neutral is on ground (Dyn)."""

    kva: Positive
    """Rated."""
    kv: Positive = 0.4
    """Of its low side, between phases."""
    vk_percent: Positive = 4.0
    """Short-circuit voltage."""
    vkr_percent: NotNegative = 1.2
    """Its resistive part."""
    to: Name = "lv"
    """The bus at its low side, which lines begin from."""


class Tables(Noun):
    """A network as tables. Lines: name, from, to, length_m, r1, x1, r0, x0 (ohm/km), and where known rating_a, phases (as 123)."""

    lines: Text
    """CSV of lines."""
    customers: Text
    """CSV of customers: name, bus, phases (as 2 or 123), kw, and where known kvar."""
    buses: Text | None = None
    """CSV of places: bus, x, y."""
    source: Source = Source()
    """The grid above."""
    transformer: Transformer
    """Between the grid and the lines."""


class NetworkOf(Noun):
    """Where the network is: exactly one of these."""

    dss: Text | None = None
    """Master file of OpenDSS (extra `feeder`)."""
    pandapower: Text | None = None
    """Net that pandapower wrote as JSON."""
    tables: Tables | None = None
    """Plain tables."""


class Loads(Noun):
    """What customers draw, step by step."""

    file: Text | None = None
    """CSV or Parquet, kW: a column for each customer, a row for each step; left out, the network's own series, or what it says."""
    power_factor: Annotated[float, Field(strict=True, gt=0, le=1)] | None = None
    """Lagging; left out, the network's own."""
    scale: Positive = 1.0
    """Times all loads."""


class Panels(Noun):
    """Photovoltaics: who has them, and what they can give. With neither field they are those of the network itself."""

    file: Text | None = None
    """CSV: name, bus, phases, kw (rated)."""
    series: Text | None = None
    """CSV or Parquet: a column for each by its name, kW, or one column `pu` of the rated; a row for each step."""


class Sessions(Noun):
    """Vehicles that charge."""

    file: Text
    """CSV: name, bus, phases, arrival, departure (HH:MM within the horizon), energy_kwh, max_kw."""
    efficiency: Share = 1.0
    """From the grid to the battery; `energy_kwh` is in the battery."""


class Limits(Noun):
    """What the feeder must keep to."""

    lowest_pu: PerUnit = 0.94
    """Lowest voltage of a customer."""
    highest_pu: PerUnit = 1.10
    """Highest."""
    line_loading: Positive = 1.0
    """Of each line's rating, where it is known."""
    transformer_loading: Positive = 1.0
    """Of the transformer's, phase by phase."""


class Control(Noun):
    """What is traded: unbalance against panels' energy."""

    points: Annotated[int, Field(strict=True, ge=2, le=100)] = 20
    """Of the trade-off."""
    most_curtailed: Fraction = 1.0
    """Part of the panels' energy that may be given up at most."""
    choose: Literal["knee", "weighted"] = "knee"
    """Which point is the plan: where giving up more begins to help little, or the least weighed sum."""
    weight: Fraction = 0.5
    """Of unbalance in the weighed sum; the rest is curtailment's."""


class Horizon(Noun):
    """A day in steps."""

    start: Clock = "12:00"
    """Of the first step; sessions' times are within the 24 hours after it."""
    minutes: Literal[5, 10, 15, 30, 60] = 15
    """Of a step."""
    date: Day | None = None
    """Which day of series that hold several: the network's own (simbench's profiles, yearly shapes of OpenDSS), or files with times."""

    @property
    def steps(self) -> int:
        """Return their number."""
        return 24 * 60 // self.minutes

    @property
    def hours(self) -> float:
        """Return the length of a step."""
        return self.minutes / 60


class Hosting(Noun):
    """How much can be connected: customers get panels or chargers one after the other, at random, many times over."""

    kind: Literal["panels", "chargers"] = "panels"
    """What they get."""
    kw: Positive = 5.0
    """Of each."""
    orders: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 500
    """Random orders in which customers come."""
    seed: Count = 0
    """Of the draws."""


class Upgrade(Noun):
    """A larger transformer that control is set against."""

    kva: Positive
    """Rated."""
    cost: NotNegative
    """Of the exchange."""
    years: Annotated[int, Field(strict=True, ge=1, le=60)] = 30
    """That it lasts."""
    discount_rate: Rate = 0.05
    """Per year."""
    price_per_kwh: NotNegative = 0.08
    """What panels' energy that is given up, and losses, are worth."""


class FeederStudy(Noun):
    """A feeder file, validated."""

    kind: Literal["feeder"]
    """What the file describes: feeder."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    network: NetworkOf
    """The network."""
    horizon: Horizon = Horizon()
    """The day."""
    loads: Loads = Loads()
    """What customers draw."""
    panels: Panels | None = None
    """Photovoltaics."""
    sessions: Sessions | None = None
    """Vehicles."""
    limits: Limits = Limits()
    """What must be kept."""
    control: Control = Control()
    """What is sought."""
    hosting: Hosting = Hosting()
    """What is tried where hosting capacity is asked for."""
    upgrade: Upgrade | None = None
    """A larger transformer, where it is to be weighed."""
    air_c: Annotated[float, Field(strict=True, ge=-40, le=60)] = 20.0
    """Of the air around the transformer, degrees C."""
    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)] = "EUR"
    """ISO 4217 code of every amount."""

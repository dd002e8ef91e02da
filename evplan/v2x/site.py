"""What a world file may say: stations and their transformers, who comes, prices, events, and what is rewarded."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import CURRENCY, Fraction, Name, NotNegative, Noun, Number, Positive, Text
from evplan.instance.tariff import EnergyPrice, Tariff
from evplan.schedule.names import SessionColumns
from evplan.schedule.timed import Timed
from evplan.v2x.behaviour import PlaceName
from evplan.v2x.feeder import Feeder
from evplan.v2x.vehicles import USUAL, Efficiency, VehicleClass

FLAT = Tariff(energy=(EnergyPrice(price_per_kwh=0.2),))  # an assumption, for files that say nothing
Many = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Ports = Annotated[int, Field(strict=True, ge=1, le=100)]


class Station(Noun):
    """Stations of one kind, each with ports that share its power."""

    name: Name
    """What tables call them, with a number behind it where there are several."""
    place: Name = "workplace"
    """Of `places`: whose vehicles come here."""
    transformer: Name | None = None
    """What it hangs on; left out, the first."""
    count: Many = 1
    """How many there are."""
    ports: Ports = 1
    """Of each."""
    current: Literal["ac", "dc"] = "ac"
    """What its ports give."""
    phases: Literal[1, 3] = 3
    """Of an alternating-current station."""
    power_kw: Positive = 22.0
    """Most that a station draws, all its ports together, and gives."""
    port_kw: Positive | None = None
    """Most at one port; left out, the station's."""
    efficiency: Efficiency = 0.95
    """Of a direct-current station, each way; with alternating current the vehicle's own counts."""


class Transformer(Noun):
    """A transformer with its meter: what hangs on it is billed together."""

    name: Name
    """What stations call it."""
    limit_kw: Positive
    """Most that flows through it, either way."""
    hard: bool = False
    """Whether powers are cut alike to keep within the limit; else more may flow, and is counted and paid."""
    load: Timed | None = None
    """Load that cannot be moved, kW."""
    load_kw: NotNegative = 0.0
    """The same where it is constant."""
    solar: Timed | None = None
    """What panels give, kW."""


class Place(Noun):
    """How many vehicles come to a place, and how they behave."""

    arrivals_per_day: Annotated[float, Field(strict=True, ge=0, le=100_000)]
    """Mean number on a weekday, all its stations together."""
    behaviour: PlaceName = "workplace"
    """When they come, how long they stay, and what they use: measured distributions of data/behaviour."""
    stay_scale: Positive = 1.0
    """Every stay is multiplied by this."""
    energy_scale: Positive = 1.0
    """And every energy by this."""


class Event(Noun):
    """Demand response: at times, less may flow through a transformer than it could."""

    transformer: Name | None = None
    """Whose limit falls; left out, every transformer's, each at times of its own."""
    per_day: Annotated[float, Field(strict=True, ge=0, le=24)] = 1.0
    """Mean number in a day."""
    start_hour: Annotated[tuple[float, float], Field()] = (16.0, 20.0)
    """Local hours between which it begins, evenly."""
    minutes: Positive = 60.0
    """How long it lasts."""
    reduction: Fraction = 0.35
    """Part of the limit that is not to be used."""
    notice_minutes: NotNegative = 60.0
    """How long ahead it is known."""


class Forecast(Noun):
    """How wrong forecasts are: relative standard error of a forecast one day ahead; it grows with the square root of the lead."""

    price: NotNegative = 0.0
    load: NotNegative = 0.05
    solar: NotNegative = 0.2
    hours: Annotated[float, Field(strict=True, gt=0, le=168)] = 6.0
    """How far ahead observations look."""


class Reward(Noun):
    """What a step is worth: weights of terms in money, summed."""

    profit: Number = 1.0
    """What drivers and the grid pay, less what the grid is paid and what batteries lose; cost of the load that cannot be moved left out."""
    shortfall: Number = 1.0
    """Less what leaving vehicles lack, at `shortfall_price_per_kwh`."""
    overload: Number = 1.0
    """Less energy above transformers' limits, at `overload_price_per_kwh`."""
    tracking: Number = 0.0
    """Less the distance from the setpoint, kWh, at `tracking_price_per_kwh`."""
    voltage: Number = 0.0
    """Less voltage outside the feeder's band, at `voltage_price_per_pu_h`."""
    scale: Positive = 1.0
    """The sum is multiplied by this."""


class WorldSite(Noun):
    """A world file, validated."""

    kind: Literal["v2x"]
    """What the file describes: v2x."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    timezone: Text = "UTC"
    """IANA name of the civil time."""
    start: datetime.datetime
    """When the first possible episode begins, local time."""
    days: Annotated[int, Field(strict=True, ge=1, le=3660)] = 1
    """From how many days, from `start` on, a seed draws the one on which its episode begins."""
    hours: Annotated[float, Field(strict=True, gt=0, le=8784)] = 24.0
    """How long an episode is."""
    step_minutes: Annotated[int, Field(strict=True, ge=1, le=60)] = 15
    """Length of a step."""
    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)] = "EUR"
    """ISO 4217 code of every amount."""
    stations: Annotated[tuple[Station, ...], Field(min_length=1, max_length=1000)]
    """Where vehicles plug in."""
    transformers: Annotated[tuple[Transformer, ...], Field(min_length=1, max_length=1000)]
    """What stations hang on."""
    places: dict[Name, Place] = Field(default_factory=dict)
    """Who comes, by the name of a place."""
    sessions: Text | None = None
    """A file of sessions instead, relative to this one, that are the same in every episode: CSV, Parquet, XLSX or JSON."""
    columns: SessionColumns = SessionColumns()
    """What the sessions' table calls its columns; usual names are known."""
    vehicles: Annotated[tuple[VehicleClass, ...], Field(min_length=1, max_length=100)] = USUAL
    """Classes of vehicles."""
    tariff: Tariff = FLAT
    """What energy costs at every transformer's meter: prices by time of use, demand charges, export; as in an instance file."""
    prices: Timed | None = None
    """Day-ahead prices of a kWh, which may be negative; added to the tariff's."""
    export_share: Fraction | None = None
    """What a kWh sent into the grid earns, as part of what one costs then; left out, what the tariff says of export."""
    driver_price_per_kwh: NotNegative = 0.0
    """What drivers pay for a kWh of what they want, when it is in the battery; what is taken back is paid back."""
    temperature: Timed | None = None
    """Air temperature, degrees Celsius: batteries in the cold take less; left out, they are warm."""
    setpoint: Timed | None = None
    """Power that all vehicles together are to draw, kW, for tracking."""
    events: tuple[Event, ...] = ()
    """Demand response."""
    forecast: Forecast = Forecast()
    """How wrong forecasts are."""
    reward: Reward = Reward()
    """What a step is worth."""
    shortfall_price_per_kwh: NotNegative = 1.0
    """What a kWh that a vehicle lacks when it leaves is worth, beside the price of energy."""
    overload_price_per_kwh: NotNegative = 1.0
    """What a kWh above a transformer's limit costs."""
    tracking_price_per_kwh: NotNegative = 1.0
    """What a kWh away from the setpoint costs, in rewards."""
    voltage_price_per_pu_h: NotNegative = 100.0
    """What an hour costs in which a bus is outside the band by its whole rated voltage, in rewards."""
    feeder: Feeder | None = None
    """A radial feeder above the transformers, whose voltages are told after every step."""
    grid_kg_per_kwh: NotNegative = 0.0
    """CO2-equivalent of a kWh from the grid, kg."""

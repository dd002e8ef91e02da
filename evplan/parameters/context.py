"""What every site shares: clock, weather, ageing, vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.assets.solar import WeatherYear, read_weather
from evplan.instance.catalogue import Incentives
from evplan.instance.read import Read
from evplan.instance.schema import Instance
from evplan.parameters.ageing import BatteryAgeing, assumed_ageing
from evplan.parameters.clock import Clock, make_clock
from evplan.parameters.money import NO_INCENTIVES, schedule
from evplan.parameters.sessions import AS_PLANNED, Level
from evplan.parameters.vehicle import vehicle_accepts_kw


@dataclass(frozen=True)
class Context:
    """What every site shares."""

    instance: Instance
    folder: Path
    clock: Clock
    year: Clock  # the full year, also where representative weeks stand for it
    years: tuple[int, ...]
    weather: WeatherYear
    air_c: np.ndarray  # shape (steps of the full year,), degrees Celsius
    ageing: BatteryAgeing | None
    vehicle_kw: float
    level: Level = AS_PLANNED  # of demand, beside an instance it is compared with
    bought: int = 0  # the year in which things are built: 0, or that before a later stage

    def first_cost(self, cost: float) -> float:
        """Return what construction costs that has a price, interest meanwhile included."""
        return cost * self.instance.finance.built_factor

    def present_cost(
        self, cost: float, replacement: float, life_years: float, incentives: Incentives = NO_INCENTIVES,
        replaced_in: tuple[int, ...] | None = None, change: float = 0.0,
    ) -> float:  # fmt: skip
        """Return the after-tax present cost of an investment over the horizon. change : of its price per year, in real terms."""
        finance, years = self.instance.finance, self.instance.horizon.years
        then = (1 + change) ** self.bought
        plan = schedule(
            then * cost, then * replacement, life_years, years, finance, incentives, replaced_in, self.bought
        )
        return plan.present_value(finance.discount_rate, finance.tax_rate, finance.discounting)


def make_context(read: Read) -> Context:
    """Return what every site shares: clock, weather, ageing, vehicles."""
    instance = read.instance
    weather = read_weather(instance.weather.file, read.folder, instance.weather.warmer_by_k)
    battery, vehicle = instance.catalogue.battery, instance.catalogue.vehicle
    years, whole = instance.horizon.modelled_years(), instance.horizon.model_copy(update={"weeks": ()})
    year = make_clock(whole)
    air_c = on_clock(weather.air_c, weather, year)
    ageing = assumed_ageing(battery, air_c, read.folder) if battery and battery.replaced_in_years is None else None
    accepts = vehicle_accepts_kw(vehicle, weather.air_c)
    return Context(instance, read.folder, make_clock(instance.horizon), year, years, weather, air_c, ageing, accepts)


def on_clock(hourly: np.ndarray, weather: WeatherYear, clock: Clock) -> np.ndarray:
    """Return an hourly standard-time year on the clock's steps, shape (steps,): the hour each step lies in."""
    standard = clock.start.tz_convert("UTC") + np.timedelta64(int(weather.utc_offset_h * 60), "m")
    day = standard.day_of_year - 1 - ((standard.month > 2) & standard.is_leap_year)
    return hourly[np.asarray((day * 24 + standard.hour) % len(hourly))]

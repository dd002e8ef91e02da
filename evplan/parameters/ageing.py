"""From climate and duty to ageing: battery wear and fade, and the power that aged vehicles accept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.assets.vehicle import accepted_kw
from evplan.degradation.predict import AgeingModel, Duty, load_model
from evplan.degradation.thermal import cell_temperature
from evplan.degradation.wear import Wear, battery_wear
from evplan.errors import InputError
from evplan.instance.catalogue import Battery, Vehicle

LEAST_SOH = 0.2  # below it no vehicle is still driven, and no ageing law holds
VEHICLE_DEPTH = 0.5  # a recharge from about 30 % to 80 %, the fast-charging window of most trips
VEHICLE_C_RATE = 0.3  # driving at mean power: 0.2 kWh/km at 90 km/h on 75 kWh is 0.24 1/h, rounded up


@dataclass(frozen=True)
class BatteryAgeing:
    """What the ageing model says of a stationary battery in its climate."""

    wear: Wear
    duty: Duty

    @property
    def mean_cell_c(self) -> float:
        """Return the mean cell temperature of the year, degrees Celsius."""
        return float(np.mean(self.duty.temperature_c))


def battery_model(battery: Battery, folder: Path) -> AgeingModel:
    """Return the ageing model of the battery: the one named, or its chemistry's own."""
    name = battery.ageing_model or battery.chemistry
    return load_model(folder / name if name.endswith(".joblib") else name)


def battery_duty(battery: Battery, air_c: np.ndarray, cycles_per_year: float, depth: float, c_rate: float) -> Duty:
    """Return a battery's duty in a climate; its cells follow the thermal lookup."""
    soc = (battery.soc_min + battery.soc_max) / 2
    cells_c = cell_temperature(battery.chemistry, air_c, c_rate)
    return Duty(temperature_c=cells_c, soc=soc, depth=depth, c_rate=c_rate, cycles_per_year=cycles_per_year)


def battery_ageing(battery: Battery, air_c: np.ndarray, folder: Path) -> BatteryAgeing:
    """Return wear at the duty that the instance assumes (the plan's own duty is checked afterwards)."""
    model = battery_model(battery, folder)
    depth = battery.cycle_depth or battery.soc_max - battery.soc_min
    duty = battery_duty(battery, air_c, 365.0 * battery.cycles_per_day, depth, battery.c_rate)
    return BatteryAgeing(battery_wear(model, duty, battery.end_of_life_soh), duty)


def vehicle_accepts_kw(vehicle: Vehicle, air_c: np.ndarray) -> float:
    """Return the mean power a vehicle of mean age accepts, kW."""
    model = load_model(vehicle.chemistry)
    duty = Duty(
        temperature_c=cell_temperature(vehicle.chemistry, air_c, VEHICLE_C_RATE),
        soc=vehicle.soc, depth=VEHICLE_DEPTH, c_rate=VEHICLE_C_RATE, cycles_per_year=vehicle.cycles_per_year,
    )  # fmt: skip
    age = vehicle.mean_age_years
    soh = float(model.fade(duty).state_of_health(age, age * vehicle.cycles_per_year))
    if soh <= LEAST_SOH:
        raise InputError(
            f"catalogue.vehicle: batteries of {age:g} years have no health left in this climate; lower mean_age_years"
        )
    return accepted_kw(vehicle.battery_kwh, vehicle.mean_charge_c_rate, soh)


def soh_of_years(wear: Wear, years: tuple[int, ...], end_of_life_soh: float) -> np.ndarray:
    """Return the state of health to plan with in each modelled year, shape (years,).

    Middle of the year; after the end of life the cells are new again.
    """
    age = np.mod(np.array(years) - 0.5, max(wear.life_years, 0.5))
    return np.clip(wear.soh_by_year(age), end_of_life_soh, 1.0)

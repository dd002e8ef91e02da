"""What age does to vehicles: health and resistance of their batteries, energy per km, charges, the power they accept.

health(a)       learned ageing model at the temperature of cells in this climate; cycles add up on what capacity is left
kWh/km(a)       = new * traffic * (1 + internal loss * (resistance(a) - 1)) at 20 °C; a climate's cold and heat come on top
charges(a)      = energy in this climate / (depth * capacity * health(a))
fast power(a)   = what cells of that resistance and temperature can be charged at, over the year (assets/vehicle.py)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.assets.vehicle import accepted_kw
from evplan.city.stock import OLDEST
from evplan.city.study import Fleet, VehicleClass
from evplan.degradation.duty import Duty
from evplan.degradation.fade import Fade
from evplan.degradation.field import fleet_scale, scaled
from evplan.degradation.laws import law_named
from evplan.degradation.predict import load_model
from evplan.degradation.thermal import cell_temperature
from evplan.parameters.vehicle import charging_rates
from evplan.parameters.vehicle_wear import LONGEST_YEARS, extra_loss
from evplan.units import HOURS_PER_DAY

AGES = np.arange(OLDEST + 1) + 0.5  # a year of life is seen from its middle
LEAST_HEALTH = 0.4  # below it no vehicle is driven: its range is less than half
# Assumptions, unless a source is named: what words of use and traffic stand for.
DISTANCE = {"gentle": 0.8, "average": 1.0, "heavy": 1.3, "taxi": 3.5}  # of the class's distance
RATE = {"gentle": 0.2, "average": 0.3, "heavy": 0.45, "taxi": 0.35}  # 1/h: mean power over capacity while it is used
ENERGY = {"free": 0.94, "normal": 1.0, "jammed": 1.12}  # per km; stop and go against steady driving
COMFORT_C = (18.0, 24.0)
# More energy per km and K outside comfort: AAA 2019, range 41 % less at -7 °C (1 / 0.59 - 1 over 25 K), 17 % less at 35 °C (over 11 K).
HEATING, COOLING = 0.028, 0.019
WORTHLESS = 0.7  # health at which a battery is worth nothing, for what giving back wears: as for the vehicles of a plan
FASTEST = 1.3  # 1/h: mean rate that a new, warm battery accepts over a charge, as for the vehicles of a plan
RESISTANCE_PER_LOSS = 2.0  # an assumption where no law is published: twice the capacity lost, so 1.6 at 70 % health
RESISTANCES, TEMPERATURES = np.array([1.0, 1.25, 1.5, 2.0, 3.0]), 36  # points at which fast charging is worked out

Number = float | np.ndarray


@dataclass(frozen=True)
class Wear:
    """What a use does to a battery; numbers, or columns of many vehicles, shape (vehicles, 1).

    duty : when new.  kwh_per_km : when new, in its traffic.  growth : of resistance; None where no law is published.
    climate : energy of the year over that at 20 °C.  more_cycles : full cycles a year besides driving, of vehicles that give back.
    """

    duty: Duty
    fade: Fade
    growth: Fade | None
    km_per_year: Number
    kwh_per_km: Number
    battery_kwh: Number
    internal_loss: float
    climate: Number = 1.0
    more_cycles: float = 0.0

    def by_age(self, ages: np.ndarray, held_at: float | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return health, resistance and kWh per km at rising ages, a line each.

        ages : array, shape (ages,) or (ages, ...) that broadcasts with the vehicles; between two the vehicle cycles as it did at
        the first.  held_at : health of every age, to see what it does.
        """
        health: Number = 1.0
        per_km, cycles, before, found = self.kwh_per_km, np.zeros(()), 0.0, []
        for age in ages:
            driven = self.km_per_year * per_km * self.climate / (self.battery_kwh * health)
            cycles = cycles + (age - before) * (driven + self.more_cycles)
            health = np.maximum(LEAST_HEALTH, self.fade.state_of_health(age, cycles)) if held_at is None else held_at
            resistance = self._resistance(age, cycles, health, held_at is not None)
            per_km = self.kwh_per_km * (1 + self.internal_loss * (resistance - 1))
            found.append((health, resistance, per_km))
            before = age
        healths, resistances, per_kms = (np.array(part) for part in zip(*found, strict=True))
        return healths, resistances, per_kms

    def _resistance(self, age: Number, cycles: np.ndarray, health: Number, held: bool) -> Number:
        if self.growth is None or held:
            return 1 + RESISTANCE_PER_LOSS * (1 - health)
        return 1 + self.growth.capacity_loss(age, cycles)

    def times(self, factor: Number) -> Wear:
        """Return the wear of batteries that fade `factor` times as fast."""
        return replace(
            self, fade=scaled(self.fade, factor), growth=scaled(self.growth, factor) if self.growth else None
        )


@dataclass(frozen=True)
class Aged:
    """One class of vehicles by age, shape (OLDEST + 1,); each stands for the middle of its year of life.

    kwh_per_km : at 20 °C.  sessions : charges a year.  fast_kw : most that it accepts at a fast charger, mean of a charge.
    wear_per_kwh : what a kWh given back costs in cells, where as much is given as driven (parameters/vehicle_wear.py).
    """

    health: np.ndarray
    resistance: np.ndarray
    kwh_per_km: np.ndarray
    km_per_year: float
    sessions: np.ndarray
    charge_kw: np.ndarray
    fast_kw: np.ndarray
    usable_kwh: np.ndarray
    wear_per_kwh: float

    @property
    def kwh_per_year(self) -> np.ndarray:
        """Return what a vehicle takes out of its battery a year, at 20 °C."""
        return self.kwh_per_km * self.km_per_year


def aged(
    vehicle: VehicleClass, fleet: Fleet, air_c: np.ndarray, fast: float = 0.0, held_at: float | None = None,
    more_cycles: float = 0.0,
) -> Aged:  # fmt: skip
    """Return a class of vehicles by age in a climate.

    air_c : array, shape (8760,).  fast : share of energy from fast chargers.  held_at : see `Wear.by_age`.
    more_cycles : see `Wear`.
    """
    own = replace(wear(vehicle, fleet, air_c, fast), more_cycles=more_cycles)
    health, resistance, per_km = own.by_age(AGES, held_at)
    usable = vehicle.battery_kwh * health
    sessions = own.km_per_year * per_km * own.climate / (vehicle.depth * usable)
    fast_kw = health * fast_power(vehicle, own, resistance)
    cycles, years = own.duty.cycles_per_year, min(vehicle.life_years, LONGEST_YEARS)
    extra = extra_loss(own.fade, own.fade.cycle_rate, cycles, cycles, years)
    worn = vehicle.battery_cost_per_kwh / (1 - WORTHLESS) * extra / (cycles * years)
    slow_kw = np.minimum(vehicle.charge_kw, fast_kw)
    distance = vehicle.km_per_year * DISTANCE[vehicle.use]
    return Aged(health, resistance, per_km, distance, sessions, slow_kw, fast_kw, usable, worn)


def wear(vehicle: VehicleClass, fleet: Fleet, air_c: np.ndarray, fast: float = 0.0) -> Wear:
    """Return what a class's use does to its batteries in a climate; arguments as in `aged`.

    Charging ages by its mean rate: slow charging at the power of a charge point over capacity, fast charging at FASTEST.
    """
    model = load_model(vehicle.chemistry).outlook(fleet.ageing_outlook)
    cells_c = cell_temperature(law_named(vehicle.chemistry).thermal_cell, air_c, RATE[vehicle.use])
    km, new = vehicle.km_per_year * DISTANCE[vehicle.use], vehicle.kwh_per_km * ENERGY[fleet.traffic]
    charged = (1 - fast) * min(vehicle.charge_kw / vehicle.battery_kwh, FASTEST) + fast * FASTEST
    climate = float(climate_factors(air_c).mean())
    cycles = km * new * climate / vehicle.battery_kwh
    duty = Duty(cells_c, vehicle.mean_soc, vehicle.depth, RATE[vehicle.use], cycles, charged)
    fade = model.fade(duty)
    if fleet.ageing_outlook == "field":
        fade = scaled(fade, fleet_scale(model.capacity, vehicle.chemistry))
    growth = model.resistance.fade(duty) if model.resistance else None
    return Wear(duty, fade, growth, km, new, vehicle.battery_kwh, fleet.internal_loss, climate)


def climate_factors(air_c: np.ndarray) -> np.ndarray:
    """Return the energy of each day over that of a day at 20 °C, shape (365,): cold and heat cost."""
    mean_c = air_c.reshape(-1, HOURS_PER_DAY).mean(axis=1)
    return 1 + HEATING * np.maximum(COMFORT_C[0] - mean_c, 0) + COOLING * np.maximum(mean_c - COMFORT_C[1], 0)


def fast_power(vehicle: VehicleClass, own: Wear, resistance: np.ndarray) -> np.ndarray:
    """Return the mean power that batteries of new capacity accept at a fast charger over a year, kW, shape of `resistance`."""
    cell = law_named(vehicle.chemistry).thermal_cell
    cells_c = np.quantile(own.duty.temperature_c, (np.arange(TEMPERATURES) + 0.5) / TEMPERATURES)
    powers = [
        accepted_kw(vehicle.battery_kwh, 1.0, charging_rates(cell, FASTEST, float(r), cells_c)) for r in RESISTANCES
    ]
    return np.interp(resistance, RESISTANCES, powers)

"""What age does to a city's vehicles: health and resistance of their batteries, energy per km, sessions, the power they take.

health(a)       learned ageing model at the temperature of cells in this climate; cycles add up on what capacity is left
kWh/km(a)       = new * traffic * (1 + internal loss * (resistance(a) - 1))
sessions(a)     = energy / (depth * capacity * health(a))
power(a)        = the charger's, or what the cells can take in half an hour, whichever is less
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.city.stock import OLDEST
from evplan.city.study import Fleet, VehicleClass
from evplan.degradation.duty import Duty
from evplan.degradation.field import fleet_scale, scaled
from evplan.degradation.laws import law_named
from evplan.degradation.predict import load_model
from evplan.degradation.thermal import cell_temperature

LEAST_HEALTH = 0.4  # below it no vehicle is driven: its range is less than half
# Assumptions, unless a source is named: what words of use and traffic stand for.
DISTANCE = {"gentle": 0.8, "average": 1.0, "heavy": 1.3, "taxi": 3.5}  # of the class's distance
RATE = {"gentle": 0.2, "average": 0.3, "heavy": 0.45, "taxi": 0.35}  # 1/h: mean power over capacity while it is used
ENERGY = {"free": 0.94, "normal": 1.0, "jammed": 1.12}  # per km; stop and go against steady driving
FASTEST = 1.3  # 1/h: mean rate that a new, warm battery accepts over a charge
RESISTANCE_PER_LOSS = 2.0  # an assumption where no law is published: twice the capacity lost, so 1.6 at 70 % health


@dataclass(frozen=True)
class Aged:
    """One class of vehicles by age, shape (OLDEST + 1,); each stands for the middle of its year of life.

    kwh_per_km : at 20 °C.  sessions : charges a year.  charge_kw : mean power of a charge where vehicles stay.
    """

    health: np.ndarray
    resistance: np.ndarray
    kwh_per_km: np.ndarray
    km_per_year: float
    sessions: np.ndarray
    charge_kw: np.ndarray
    usable_kwh: np.ndarray

    @property
    def kwh_per_year(self) -> np.ndarray:
        """Return what a vehicle takes out of its battery a year, at 20 °C."""
        return self.kwh_per_km * self.km_per_year


def aged(vehicle: VehicleClass, fleet: Fleet, air_c: np.ndarray, held_at: float | None = None) -> Aged:
    """Return a class of vehicles by age in a climate.

    air_c : array, shape (8760,).  held_at : health of every age, to see what it does; left out, what the model says.
    """
    model = load_model(vehicle.chemistry).outlook(fleet.ageing_outlook)
    cells_c = cell_temperature(law_named(vehicle.chemistry).thermal_cell, air_c, RATE[vehicle.use])
    km = vehicle.km_per_year * DISTANCE[vehicle.use]
    new = vehicle.kwh_per_km * ENERGY[fleet.traffic]
    cycles_new = km * new / vehicle.battery_kwh
    duty = Duty(cells_c, vehicle.mean_soc, vehicle.depth, RATE[vehicle.use], cycles_new)
    fade, growth = model.fade(duty), model.resistance.fade(duty) if model.resistance else None
    if fleet.ageing_outlook == "field":
        fade = scaled(fade, fleet_scale(model.capacity, vehicle.chemistry))
    health, resistance, per_km = (np.ones(OLDEST + 1) for _ in range(3))
    cycles = 0.0
    for age in range(OLDEST + 1):
        left, was = (health[age - 1], per_km[age - 1]) if age else (1.0, new)
        half = km * was / (vehicle.battery_kwh * left) / 2
        cycles += half if age == 0 else 2 * half
        found = float(fade.state_of_health(age + 0.5, cycles))
        health[age] = held_at if held_at is not None else max(LEAST_HEALTH, found)
        if growth is None or held_at is not None:
            resistance[age] = 1 + RESISTANCE_PER_LOSS * (1 - health[age])
        else:
            resistance[age] = 1 + float(growth.capacity_loss(age + 0.5, cycles))
        per_km[age] = new * (1 + fleet.internal_loss * (resistance[age] - 1))
    usable = vehicle.battery_kwh * health
    sessions = km * per_km / (vehicle.depth * usable)
    accepts = FASTEST * usable / resistance
    return Aged(health, resistance, per_km, km, sessions, np.minimum(vehicle.charge_kw, accepts), usable)

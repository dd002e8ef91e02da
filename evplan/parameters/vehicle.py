"""From climate and age to the charging power that vehicles accept."""

from __future__ import annotations

import numpy as np

from evplan.assets.vehicle import WARM_C, accepted_c_rate, accepted_kw
from evplan.degradation.duty import Duty
from evplan.degradation.field import fleet_scale, scaled
from evplan.degradation.laws import law_named
from evplan.degradation.predict import load_model
from evplan.degradation.thermal import HEAT_CAPACITY_WH_PER_K_KWH, cell_temperature, heat_w_per_kwh, max_charge_c_rate
from evplan.errors import InputError
from evplan.instance.catalogue import Vehicle

LEAST_SOH = 0.2  # below it no vehicle is still driven, and no ageing law holds
DEPTH = 0.5  # a recharge from about 30 % to 80 %, the fast-charging window of most trips
PASSES, SETTLED = 50, 1e-4
DRIVING_C_RATE = 0.3  # driving at mean power: 0.2 kWh/km at 90 km/h on 75 kWh is 0.24 1/h, rounded up


def vehicle_accepts_kw(vehicle: Vehicle, air_c: np.ndarray) -> float:
    """Return the mean power a vehicle of mean age accepts over the year, kW.

    air_c : array, shape (hours of the year,)   Air temperature, degrees Celsius.

    Raises: InputError when the vehicles would have no health left.
    """
    cell = law_named(vehicle.chemistry).thermal_cell
    cells_c = cell_temperature(cell, air_c, DRIVING_C_RATE)
    soh, resistance = health(vehicle, cells_c)
    arriving_c = np.maximum(cells_c, WARM_C) if vehicle.preconditioned else cells_c
    return accepted_kw(
        vehicle.battery_kwh, soh, charging_rates(cell, vehicle.mean_charge_c_rate, resistance, arriving_c)
    )


def charging_rates(cell: str, c_rate: float, resistance: float, arriving_c: np.ndarray) -> np.ndarray:
    """Return the mean rate accepted by vehicles whose cells arrive at these temperatures, 1/h, shape of `arriving_c`.

    A charge warms the cells it flows into, none of that heat leaves in half an hour, and half of it counts on average.
    """
    warm_rate = float(max_charge_c_rate(cell, WARM_C))
    rates = np.full(len(arriving_c), c_rate)
    for _ in range(PASSES):
        warming_k = (
            resistance * heat_w_per_kwh(cell, arriving_c, rates) * DEPTH / rates / HEAT_CAPACITY_WH_PER_K_KWH[cell]
        )
        accepted = accepted_c_rate(c_rate, max_charge_c_rate(cell, arriving_c + warming_k / 2), warm_rate, resistance)
        if np.abs(accepted / rates - 1).max() < SETTLED:
            break
        rates = (rates + accepted) / 2
    return rates


def health(vehicle: Vehicle, cells_c: np.ndarray) -> tuple[float, float]:
    """Return state of health and resistance, of new, of a vehicle of mean age; resistance 1 where no law is published.

    Raises: InputError when the batteries have no health left.
    """
    model = load_model(vehicle.chemistry).outlook(vehicle.ageing_outlook)
    duty = Duty(
        temperature_c=cells_c,
        soc=vehicle.soc,
        depth=DEPTH,
        c_rate=DRIVING_C_RATE,
        cycles_per_year=vehicle.cycles_per_year,
    )
    age, cycles = vehicle.mean_age_years, vehicle.mean_age_years * vehicle.cycles_per_year
    fade = model.fade(duty)
    if vehicle.ageing_outlook == "field":
        fade = scaled(fade, fleet_scale(model.capacity, vehicle.chemistry))
    soh = float(fade.state_of_health(age, cycles))
    if soh <= LEAST_SOH:
        raise InputError(
            f"catalogue.vehicle: batteries of {age:g} years have no health left in this climate; lower mean_age_years"
        )
    growth = model.resistance.fade(duty).capacity_loss(age, cycles) if model.resistance else 0.0
    return soh, 1.0 + float(growth)

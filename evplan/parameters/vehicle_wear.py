"""What a kWh taken out of a vehicle costs its cells, by the learned ageing model: the fade that giving back adds to driving.

    Z(n)   = n k_drive^(1/q) + n_v2g k_v2g^(1/q)          a year's cycles, in the Z = Q^(1/q) in which cycles add up (pricing.py)
    extra  = (L Z(n, n_v2g))^q - (L Z(n, 0))^q            capacity lost besides, after L years
    wear   = cell_cost / (1 - end_of_life) * extra / (n_v2g L)

L is the life of a vehicle that only drives, `LONGEST_YEARS` at most; capacity is worth nothing once it has shrunk to the end of
life. Fade slows with use, so the price depends on how much is given back: it is that of as many full cycles as are driven
(`catalogue.vehicle.cycles_per_year`). Less use costs up to a third more per kWh, more use costs less. What the charge held while
parked does to fade with time is left out: giving back lowers it, charging early raises it.
"""

from __future__ import annotations

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import Fade, mean_rate
from evplan.degradation.field import fleet_scale, scaled
from evplan.degradation.laws import law_named
from evplan.degradation.predict import AgeingModel, load_model
from evplan.degradation.thermal import cell_temperature
from evplan.instance.catalogue import Vehicle
from evplan.instance.managed import V2G
from evplan.parameters.vehicle import DEPTH, DRIVING_C_RATE

LONGEST_YEARS = (
    20.0  # vehicles are scrapped at 18 years on average (ACEA 2023, Vehicles on European roads), few after 20
)
LEAST_DEPTH, LEAST_C_RATE = 0.02, 0.02  # below them no cycle test ran


def v2g_wear_per_kwh(
    vehicle: Vehicle, v2g: V2G, depth: float, give_kw: float, take_kw: float, air_c: np.ndarray
) -> float:
    """Return what a kWh out of a vehicle costs its cells.

    depth : part of the battery that is given back and charged again in a stay.
    air_c : array, shape (steps of the full year,)   Air temperature, degrees Celsius.
    """
    model = load_model(vehicle.chemistry).outlook(vehicle.ageing_outlook)
    cells_c = cell_temperature(law_named(vehicle.chemistry).thermal_cell, air_c, DRIVING_C_RATE)
    driving = Duty(cells_c, vehicle.soc, DEPTH, DRIVING_C_RATE, vehicle.cycles_per_year)
    giving = Duty(
        cells_c, vehicle.soc, min(1.0, max(depth, LEAST_DEPTH)), max(give_kw / vehicle.battery_kwh, LEAST_C_RATE),
        vehicle.cycles_per_year, max(take_kw / vehicle.battery_kwh, LEAST_C_RATE),
    )  # fmt: skip
    fade, rate = fades(model, vehicle, driving, giving)
    years = min(LONGEST_YEARS, fade.life_years(vehicle.cycles_per_year, v2g.end_of_life_soh))
    extra = extra_loss(fade, rate, vehicle.cycles_per_year, vehicle.cycles_per_year, years)
    given = vehicle.cycles_per_year * years  # kWh per kWh of capacity
    return v2g.cell_cost_per_kwh / (1 - v2g.end_of_life_soh) * extra / given


def fades(model: AgeingModel, vehicle: Vehicle, driving: Duty, giving: Duty) -> tuple[Fade, float]:
    """Return the fade of driving, and the cycle rate of giving back, scaled to the measured fleet where there is one."""
    fade = model.fade(driving)
    each = model.cycle_rate(np.asarray(giving.temperature_c), giving.depth, giving.c_rate, giving.charging)
    rate = float(mean_rate(each, model.cycle_exponent))
    if vehicle.ageing_outlook == "field":
        factor = fleet_scale(model.capacity, vehicle.chemistry)
        return scaled(fade, factor), factor * rate
    return fade, rate


def extra_loss(fade: Fade, rate: float, driven: float, given: float, years: float) -> float:
    """Return the capacity that giving back loses besides driving, p.u. driven, given : full equivalent cycles a year."""
    q = fade.cycle_exponent
    drive, give = driven * fade.cycle_rate ** (1 / q), given * rate ** (1 / q)
    return float(((drive + give) * years) ** q - (drive * years) ** q)

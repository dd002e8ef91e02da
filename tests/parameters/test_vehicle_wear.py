"""What a kWh out of a vehicle costs its cells agrees with counting the extra cycles through the learned model."""

from __future__ import annotations

import numpy as np
import pytest

from evplan.degradation.field import fleet_scale
from evplan.degradation.history import Use, fade_of_use
from evplan.degradation.laws import law_named
from evplan.degradation.predict import load_model
from evplan.degradation.thermal import cell_temperature
from evplan.instance.catalogue import Vehicle
from evplan.instance.managed import V2G
from evplan.parameters.vehicle import DRIVING_C_RATE
from evplan.parameters.vehicle_wear import LONGEST_YEARS, v2g_wear_per_kwh

COUNT = 0.03  # rainflow pairs half cycles at the ends of a series, and a year is no whole number of steps
STEP_H = 5 / 6  # driving at 0.3 per hour moves a quarter of the battery in a step
BUSY = 60.0  # full equivalent cycles a year, of driving and of giving back


def year(chemistry: str, v2g: bool) -> tuple[Use, float]:
    """Return a year of a vehicle step by step, and its full equivalent cycles: trips of half a battery at 0.3 per hour, and
    between them a quarter given back and charged again at that rate, so that it matters not which cycle a rate is counted to."""
    steps = round(8760 / STEP_H)
    soc = np.full(steps, 0.85)
    for start in np.linspace(0, steps - 40, round(BUSY / 0.5)).astype(int):
        soc[start : start + 4] = [0.60, 0.35, 0.60, 0.85]
    if v2g:
        for start in np.linspace(10, steps - 30, round(BUSY / 0.25)).astype(int):
            soc[start if (soc[start - 1 : start + 3] == 0.85).all() else start + 6] = 0.60
    cells_c = cell_temperature(law_named(chemistry).thermal_cell, np.full(steps, 18.0), DRIVING_C_RATE)
    return Use(np.asarray(cells_c), soc, STEP_H), float(np.abs(np.diff(soc)).sum() / 2)


@pytest.mark.parametrize("chemistry", ["lfp", "nmc", "nca"])
def test_the_price_is_that_of_the_extra_fade_counted_cycle_by_cycle(chemistry):
    vehicle, v2g = Vehicle(chemistry=chemistry, cycles_per_year=BUSY, soc=0.85), V2G(share=1.0, cell_cost_per_kwh=100.0)
    rates = load_model(chemistry).outlook("field").capacity
    scale = fleet_scale(rates, chemistry)
    (drives, driven), (both, used) = year(chemistry, False), year(chemistry, True)
    assert driven == pytest.approx(BUSY, rel=0.01) and used == pytest.approx(2 * BUSY, rel=0.01)
    fades = [fade_of_use(rates, use) for use in (drives, both)]
    years = min(LONGEST_YEARS, _life(fades[0], scale, v2g.end_of_life_soh))
    lost = [scale * float(fade.cycle_loss(fec * years)) for fade, fec in zip(fades, (driven, used), strict=True)]
    counted = 100.0 / (1 - v2g.end_of_life_soh) * (lost[1] - lost[0]) / ((used - driven) * years)
    kw = 0.3 * vehicle.battery_kwh
    priced = v2g_wear_per_kwh(vehicle, v2g, 0.25, kw, kw, np.full(8760, 18.0))
    assert priced == pytest.approx(counted, rel=COUNT)
    assert 0.0005 < priced < 0.2


def _life(fade, scale, soh):
    """Return the years until a vehicle that only drives has lost what it may."""
    years = np.linspace(0.01, LONGEST_YEARS, 4000)
    loss = scale * fade.capacity_loss(years, BUSY * years)
    return float(np.interp(1 - soh, loss, years)) if loss[-1] > 1 - soh else LONGEST_YEARS


def test_deeper_and_hotter_and_dearer_cells_wear_more():
    vehicle, v2g, mild = Vehicle(chemistry="nmc"), V2G(share=1.0), np.full(8760, 15.0)
    base = v2g_wear_per_kwh(vehicle, v2g, 0.2, 7.0, 7.0, mild)
    assert v2g_wear_per_kwh(vehicle, v2g, 0.6, 7.0, 7.0, mild) > base
    assert v2g_wear_per_kwh(vehicle, V2G(share=1.0, cell_cost_per_kwh=230.0), 0.2, 7.0, 7.0, mild) == pytest.approx(
        2 * base
    )

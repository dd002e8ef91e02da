"""The power that vehicles accept: age, cold and resistance each take their part, and energy by time is what is meant."""

import numpy as np
import pytest

from evplan.assets.vehicle import accepted_c_rate, accepted_kw
from evplan.errors import InputError
from evplan.instance.catalogue import Vehicle
from evplan.parameters.vehicle import charging_rates, health, vehicle_accepts_kw

MILD, COLD = np.full(24, 20.0), np.full(24, -10.0)
NEW = {"mean_age_years": 0.0}


def test_by_hand():
    # 1.2 C where cells could take 2.0 warm and take 1.0 now, at 25 % more resistance: 1.2 x 1.0 / (2.0 x 1.25) = 0.48 C.
    assert accepted_c_rate(1.2, 1.0, 2.0, 1.25) == pytest.approx(0.48)
    assert accepted_c_rate(1.2, 3.0, 2.0, 1.25) == pytest.approx(1.2)
    # 60 kWh at 90 %: half the charges at 1 C, half at 0.5 C take 1 h and 2 h: 54 kWh in 1.5 h.
    assert accepted_kw(60.0, 0.9, np.array([1.0, 0.5])) == pytest.approx(36.0)


def test_a_new_warm_vehicle_accepts_its_rate():
    assert vehicle_accepts_kw(Vehicle(**NEW), MILD) == pytest.approx(75 * 1.3)


@pytest.mark.parametrize("chemistry", ["lfp", "nmc", "nmc622", "nca"])
def test_cold_and_age_slow_a_charge(chemistry):
    power = {
        (age, air[0]): vehicle_accepts_kw(Vehicle(chemistry=chemistry, mean_age_years=age), air)
        for age in (0.0, 8.0)
        for air in (MILD, COLD)
    }
    assert power[0.0, -10.0] < 0.8 * power[0.0, 20.0]
    assert power[8.0, 20.0] < 0.95 * power[0.0, 20.0]
    assert power[8.0, -10.0] < power[0.0, -10.0]


def test_warming_the_cells_first_makes_up_for_the_cold():
    cold = Vehicle(**NEW)
    warmed = Vehicle(**NEW, preconditioned=True)
    assert vehicle_accepts_kw(warmed, COLD) == pytest.approx(75 * 1.3)
    assert vehicle_accepts_kw(cold, COLD) < 60.0


def test_power_grows_with_the_battery():
    small, large = (vehicle_accepts_kw(Vehicle(battery_kwh=kwh), COLD) for kwh in (40.0, 120.0))
    assert large == pytest.approx(3 * small)


def test_resistance_and_cold_take_of_the_same_voltage():
    rates = [charging_rates("nmc", 1.3, r, np.array([-5.0, 5.0, 15.0, 25.0, 35.0])) for r in (1.0, 1.5)]
    assert (rates[1] <= rates[0]).all() and rates[1][0] < rates[0][0]
    assert (np.diff(rates[0]) >= 0).all()


def test_the_field_outlook_is_the_measured_fleets():
    # Tesla Model 3, four years, 0.885 of new (data/degradation/field.yaml), at the duty assumed for that fleet.
    fleet = Vehicle(chemistry="nca", mean_age_years=4.0, cycles_per_year=60.0, soc=0.6)
    assert health(fleet, np.full(24, 22.0))[0] == pytest.approx(0.885, abs=0.015)


def test_vehicles_without_health_are_an_error():
    with pytest.raises(InputError, match="lower mean_age_years"):
        vehicle_accepts_kw(
            Vehicle(chemistry="nmc", mean_age_years=20, cycles_per_year=4000.0, ageing_outlook="lab"), MILD
        )

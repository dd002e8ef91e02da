"""Wear: one life of years and cycles is exactly one battery."""

import dataclasses

import numpy as np
import pytest

from evplan.degradation.wear import battery_wear
from evplan.errors import InputError


@pytest.mark.parametrize("cycles_per_year", [1.0, 50.0, 365.0, 1500.0])
def test_wear_over_one_life_buys_exactly_one_replacement(model, duty, cycles_per_year):
    replacement_cost = 250_000.0
    wear = battery_wear(model, dataclasses.replace(duty, cycles_per_year=cycles_per_year), 0.8)
    by_time = replacement_cost * wear.life_fraction_per_year_calendar * wear.life_years
    by_cycling = replacement_cost * wear.life_fraction_per_fec * cycles_per_year * wear.life_years
    assert by_time + by_cycling == pytest.approx(replacement_cost)


def test_wear_buys_one_replacement_even_when_life_is_capped(model, duty):
    idle = dataclasses.replace(duty, temperature_c=-5.0, soc=0.0, depth=0.05, cycles_per_year=0.1)
    wear = battery_wear(model, idle, 0.05)
    assert wear.life_years == 60.0
    per_year = wear.life_fraction_per_year_calendar + 0.1 * wear.life_fraction_per_fec
    assert wear.life_years * per_year == pytest.approx(1)


def test_state_of_health_reaches_the_limit_when_life_ends(model, duty):
    wear = battery_wear(model, duty, 0.8)
    assert wear.soh_by_year(wear.life_years) == pytest.approx(0.8, abs=1e-9)
    assert wear.life_years == pytest.approx(model.life_years(duty, 0.8))


def test_state_of_health_by_year_is_the_model_s(model, duty):
    wear = battery_wear(model, duty, 0.8)
    rates = model.calendar_rate(25.0, 0.5), model.cycle_rate(25.0, 0.8, 0.5)
    assert wear.soh_by_year(range(16)) == pytest.approx(model.state_of_health(np.arange(16), 300.0, *rates))


def test_time_takes_a_larger_share_of_a_battery_that_cycles_less(model, duty):
    shares = [
        battery_wear(model, dataclasses.replace(duty, cycles_per_year=n), 0.8).calendar_share for n in (1000, 300, 30)
    ]
    assert 0 < shares[0] < shares[1] < shares[2] < 1


def test_a_battery_that_never_cycles_has_no_cost_per_cycle(model, duty):
    with pytest.raises(InputError, match="cycles_per_year"):
        battery_wear(model, dataclasses.replace(duty, cycles_per_year=0.0), 0.8)

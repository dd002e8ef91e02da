"""From a place to its supply and demand, each figure by hand: capacities between forecasts, limits, a year's energy, the grid alone."""

from __future__ import annotations

import numpy as np
import pytest
from cityscape import CAR, MADRID, study_of

from evplan.city.ageing import aged, climate_factors
from evplan.city.demand import day_factors
from evplan.city.renewables import solar_yield, wind_yield
from evplan.city.simulate import capacities, simulate, wind_at
from evplan.city.stock import cohorts
from evplan.city.study import Charging, Supply

YEARS = np.array([2026, 2027, 2028])


@pytest.mark.parametrize(("per", "times"), [("1000-inhabitants", 100.0), ("1000-vehicles", 45.0), ("city", 1.0)])
def test_capacities_run_straight_between_the_years_that_are_named(per, times):
    # 100,000 inhabitants with 450 vehicles a thousand; 20 in 2026 and 60 in 2028 are 40 between; one year alone holds for all.
    study = study_of(supply=study_of().supply.model_copy(update={"per": per}))
    built = capacities(study, MADRID, YEARS)
    assert built.solar_kw == pytest.approx([20 * times, 40 * times, 60 * times])
    assert built.wind_kw == pytest.approx([5 * times] * 3) and built.import_kw == pytest.approx([40 * times] * 3)


def test_what_supplies_a_city_is_what_the_study_says():
    said = {
        "solar_kw": ((2026, 20),),
        "wind_kw": ((2026, 5),),
        "storage_kwh": ((2026, 30),),
        "import_kw": ((2026, 40),),
    }
    study = study_of(
        supply=Supply(**said, storage_hours=3.0, round_trip_efficiency=0.81, export_share=0.25),
        charging=Charging(put_off_share=0.1),
    )
    city = simulate(study, MADRID)
    own = city.supply
    assert own.storage_kwh == pytest.approx([3000] * 3) and own.charge_kw == pytest.approx([1000] * 3)
    assert own.charge_efficiency == pytest.approx([0.9] * 3) and own.discharge_efficiency == pytest.approx([0.9] * 3)
    assert own.import_kw == pytest.approx([4000] * 3) and own.export_kw == pytest.approx([1000] * 3)
    assert own.put_off_kwh == pytest.approx(0.1 * city.wanted.usable_kwh)
    assert own.serve_kw == pytest.approx(np.maximum.accumulate(city.wanted.demand.max(axis=0)))
    assert city.solar == pytest.approx(np.outer(solar_yield(city.weather), [2000] * 3))
    assert city.wind == pytest.approx(np.outer(wind_yield(city.weather.wind_m_s), [500] * 3))


def test_the_energy_of_a_year_is_that_of_its_vehicles_in_its_climate(study, city):
    stock = cohorts(MADRID, study.fleet.adoption, 1.0, CAR.life_years, 2026, 3)
    own = aged(CAR, study.fleet, city.weather.air_c, 0.07)
    yearly = stock @ (12000 * own.kwh_per_km)
    factors = day_factors(city.weather.air_c, 3)
    assert city.wanted.demand.sum(axis=0) == pytest.approx(yearly * factors.mean() / 0.9)
    assert factors.mean() == pytest.approx(climate_factors(city.weather.air_c).mean(), rel=0.01)
    charges = stock @ (12000 * own.kwh_per_km * climate_factors(city.weather.air_c).mean() / (0.5 * 60 * own.health))
    assert city.wanted.sessions == pytest.approx(charges)


def test_cold_and_heat_cost_what_was_measured():
    # AAA 2019: at -7 °C range is 41 % less, so a km takes 1 / 0.59 of the energy; at 35 °C 17 % less, 1 / 0.83.
    for air_c, more in ((-7.0, 1 / 0.59), (20.0, 1.0), (35.0, 1 / 0.83)):
        assert climate_factors(np.full(8760, air_c)) == pytest.approx(more, rel=0.01)


def test_the_grid_alone_has_the_same_demand_and_nothing_else(city):
    alone = city.grid_alone
    assert (alone.renewable == 0).all() and (alone.discharge == 0).all() and (alone.exported == 0).all()
    assert alone.demand == pytest.approx(city.by_rules.demand)
    assert alone.imported.sum() == pytest.approx(alone.served.sum())


def test_turbines_stand_where_the_wind_is():
    wind = np.array([1.0, 2.0, 3.0])
    assert wind_at(wind, 6.0).tolist() == [3.0, 6.0, 9.0] and wind_at(wind, None) is wind
    study = study_of(supply=study_of().supply.model_copy(update={"wind_m_s": 6.0}))
    windy, calm = simulate(study, MADRID), simulate(study_of(), MADRID)
    assert windy.wind.sum() > 4 * calm.wind.sum()

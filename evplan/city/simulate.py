"""One city, from its place to every hour of its years: weather, fleet, demand, supply, balance by rules and at least cost."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np

from evplan.assets.solar import WeatherYear
from evplan.city.ageing import Aged, aged
from evplan.city.balance import Balance, Supply, balance
from evplan.city.demand import Wanted, night_key, wanted
from evplan.city.given import NOTHING, Given
from evplan.city.purchases import purchases, standing
from evplan.city.renewables import solar_yield, wind_yield
from evplan.city.stock import cohorts
from evplan.city.study import ByYear, Charging, CityStudy, Place, Strategy
from evplan.city.weather import hourly_weather
from evplan.units import HOURS_PER_DAY, HOURS_PER_YEAR

PLUGGED = 0.6  # an assumption: part of the vehicles that are plugged in where they could give back, at any hour


@dataclass(frozen=True)
class Capacities:
    """What stands in each year, shape (years,): kW, storage in kWh."""

    solar_kw: np.ndarray
    wind_kw: np.ndarray
    storage_kwh: np.ndarray
    import_kw: np.ndarray


@dataclass(frozen=True)
class Lent:
    """What vehicles lend to the storage of each year, shape (years,). wear_per_kwh : of their cells, a kWh given back."""

    kwh: np.ndarray
    kw: np.ndarray
    wear_per_kwh: np.ndarray


Classes = list[tuple[np.ndarray, Aged]]


@dataclass(frozen=True)
class CityYears:
    """A city simulated. Hourly arrays have shape (8760, years).

    price : of a kWh from the grid, of the first year's money with escalation.  by_rules : the rule-based balance.
    grid_alone : the same demand without renewables and storage.  wear_per_kwh : of vehicles' cells, for a kWh that storage gives,
        as much of it as comes from vehicles, and lent_kwh, the storage that they lend, shape (years,).
    """

    place: Place
    years: np.ndarray
    weather: WeatherYear
    classes: Classes
    wanted: Wanted
    capacities: Capacities
    solar: np.ndarray
    wind: np.ndarray
    price: np.ndarray
    supply: Supply
    by_rules: Balance
    grid_alone: Balance
    wear_per_kwh: np.ndarray
    lent_kwh: np.ndarray


def cycles_given(city: CityYears, found: Balance) -> float:
    """Return the full cycles a year that vehicles make besides driving, by what a dispatch takes out of them."""
    lent = city.lent_kwh / np.maximum(city.supply.storage_kwh, 1e-9)
    return float((lent * found.discharge.sum(axis=0)).sum()) / max(float(city.wanted.usable_kwh.sum()), 1e-9)


def simulate(study: CityStudy, place: Place, given: Given = NOTHING, more_cycles: float = 0.0) -> CityYears:
    """Return every hour of a city's years, run by rules.

    given : hours that files give it.  more_cycles : full cycles a year that vehicles make besides driving.
    """
    years = np.arange(study.start_year, study.start_year + study.years)
    weather = weather_of(place, study.seed, given)
    built, said = capacities(study, place, years), place.supply or study.supply
    solar = np.outer(solar_yield(weather) if given.solar_yield is None else given.solar_yield, built.solar_kw)
    wind = np.outer(
        wind_yield(wind_at(weather.wind_m_s, said.wind_m_s)) if given.wind_yield is None else given.wind_yield,
        built.wind_kw,
    )
    factor = np.tile(study.prices.by_hour, HOURS_PER_YEAR // HOURS_PER_DAY)
    price = np.outer(factor * place.price_per_kwh, (1 + study.prices.escalation) ** (years - years[0]))
    adoption, (first, count) = study.fleet.adoption, (study.start_year, study.years)
    classes = [
        (
            cohorts(place, adoption, own.share, own.life_years, first, count),
            aged(own, study.fleet, weather.air_c, study.charging.fast, more_cycles=more_cycles),
        )
        for own in study.fleet.classes
    ]
    keys = strategy_keys(solar + wind, price)
    demand = wanted(classes, study.charging, weather.air_c, keys, datetime.date(study.start_year, 1, 1).weekday())
    vehicles = lent(study.charging, demand, classes)
    supply = supply_of(study, place, built, demand, vehicles)
    cheap = np.broadcast_to((factor < study.prices.cheap_below)[:, None], demand.demand.shape)
    by_rules = balance(demand.demand, solar + wind, cheap, supply)
    nothing = np.zeros_like(supply.storage_kwh)
    alone = Supply(**vars(supply) | {"storage_kwh": nothing, "charge_kw": nothing, "discharge_kw": nothing})
    grid_alone = balance(demand.demand, np.zeros_like(solar), np.zeros_like(cheap), alone)
    wear = vehicles.wear_per_kwh * vehicles.kwh / np.maximum(supply.storage_kwh, 1e-9)
    return CityYears(
        place,
        years,
        weather,
        classes,
        demand,
        built,
        solar,
        wind,
        price,
        supply,
        by_rules,
        grid_alone,
        wear,
        vehicles.kwh,
    )


def weather_of(place: Place, seed: int, given: Given) -> WeatherYear:
    """Return the hours of weather that files give, or else made of the months."""
    if given.weather is None:
        return hourly_weather(place, seed, given.air_c)
    return given.weather if given.air_c is None else replace(given.weather, air_c=given.air_c)


def wind_at(wind_m_s: np.ndarray, mean_m_s: float | None) -> np.ndarray:
    """Return the wind of a city scaled to the mean where turbines stand, where that is said."""
    mean = float(wind_m_s.mean())
    return wind_m_s if mean_m_s is None or mean <= 0 else wind_m_s * (mean_m_s / mean)


def capacities(study: CityStudy, place: Place, years: np.ndarray) -> Capacities:
    """Return what stands in each year, interpolated between the years that are named and held outside them."""
    said = place.supply or study.supply
    thousands = place.population / 1000
    times = {"city": 1.0, "1000-inhabitants": thousands, "1000-vehicles": thousands * place.vehicles_per_1000 / 1000}[
        said.per
    ]

    def each(by_year: ByYear) -> np.ndarray:
        named, amounts = zip(*sorted(by_year), strict=True)
        return times * np.interp(years, named, amounts)

    return Capacities(each(said.solar_kw), each(said.wind_kw), each(said.storage_kwh), each(said.import_kw))


def strategy_keys(renewable: np.ndarray, price: np.ndarray) -> dict[Strategy, np.ndarray]:
    """Return how little each hour is worth charging in, by strategy, shape (8760, years); the least is best."""
    night = np.repeat(night_key()[:, None], renewable.shape[1], axis=1)
    with_sun = -renewable / np.maximum(renewable.max(axis=0), 1e-9)
    return {"night": night, "price-following": price, "solar-following": with_sun, "v2g": price + 1e-3 * with_sun}


def lent(charging: Charging, demand: Wanted, classes: Classes) -> Lent:
    """Return what vehicles that give back add to the storage of each year; nothing without `v2g`."""
    part = PLUGGED * charging.v2g_share if charging.strategy == "v2g" else 0.0
    each = [part * (cohort @ own.usable_kwh) for cohort, own in classes]
    kwh = np.sum(each, axis=0)
    wear = np.sum([own.wear_per_kwh * one for one, (_, own) in zip(each, classes, strict=True)], axis=0)
    kw = part * np.sum([cohort @ own.charge_kw for cohort, own in classes], axis=0)
    return Lent(kwh, kw, wear / np.maximum(kwh, 1e-9))


def supply_of(study: CityStudy, place: Place, built: Capacities, demand: Wanted, vehicles: Lent) -> Supply:
    """Return what meets a city's demand in each year. Vehicles that give back are a battery beside the others."""
    said, charging = place.supply or study.supply, study.charging
    one_way = np.full(len(demand.vehicles), said.round_trip_efficiency**0.5)
    storage_kw, life = built.storage_kwh / said.storage_hours + vehicles.kw, study.costs.life_years.chargers
    return Supply(
        storage_kwh=built.storage_kwh + vehicles.kwh,
        charge_kw=storage_kw,
        discharge_kw=storage_kw,
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
        import_kw=built.import_kw,
        export_kw=said.export_share * built.import_kw,
        put_off_kwh=charging.put_off_share * demand.usable_kwh,
        serve_kw=standing(purchases(demand.peak_kw, life), life),
        begins=np.arange(len(demand.vehicles)) == 0,
    )

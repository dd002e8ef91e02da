"""What a city run hands over to the plan of a station: demand by setting, health of vehicles, carbon, prices, year by year.

Urban stations see what is charged in public and at fast chargers in the city; rural ones the fast charging of the same vehicles on the
road, outside it. Which share of either a station gets is for the instance that names the context to say.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.city.results import CityResult
from evplan.city.study import CityStudy
from evplan.city.weather import MONTH_DAYS, month_means
from evplan.units import DAYS_PER_YEAR, HOURS_PER_DAY


def context(study: CityStudy, result: CityResult) -> dict[str, Any]:
    """Return the context of a city, as plain values; lists run over its years."""
    city, charging, found = result.city, study.charging, result.balance
    a_day = {place: kwh / DAYS_PER_YEAR * charging.efficiency for place, kwh in city.wanted.by_place.items()}
    per_session = found.demand.sum(axis=0) * charging.efficiency / np.maximum(city.wanted.sessions, 1e-9)
    served = 1 - found.unmet.sum(axis=0) / np.maximum(found.demand.sum(axis=0), 1e-9)
    return {
        "city": city.place.name,
        "currency": study.costs.currency,
        "years": city.years.tolist(),
        "urban_kwh_per_day": (a_day["public"] + (1 - charging.corridor_share) * a_day["fast"]).tolist(),
        "rural_kwh_per_day": (charging.corridor_share * a_day["fast"]).tolist(),
        "kwh_per_session": per_session.tolist(),
        "vehicles": city.wanted.vehicles.tolist(),
        "vehicle_health": city.wanted.health.tolist(),
        "mean_age_years": _mean_age(result).tolist(),
        "served_share": served.tolist(),
        "grid_kg_per_kwh": city.place.grid_kg_per_kwh,
        "price_per_kwh": city.price.mean(axis=0).tolist(),
        "weather": {
            "temperature_c": month_means(city.weather.air_c).round(3).tolist(),
            "ghi_kwh_m2": (month_means(city.weather.ghi_w_m2) * HOURS_PER_DAY * MONTH_DAYS / 1000).round(3).tolist(),
        },
    }


def _mean_age(result: CityResult) -> np.ndarray:
    """Return the mean age of all vehicles in each year, years."""
    stock = sum(cohort for cohort, _ in result.city.classes)
    assert isinstance(stock, np.ndarray)
    age = np.arange(stock.shape[1]) + 0.5
    return stock @ age / np.maximum(stock.sum(axis=1), 1e-9)

"""A small study of one city, for tests."""

from __future__ import annotations

from evplan.city.costs import Costs
from evplan.city.study import Adoption, CityStudy, Fleet, Place, Supply, VehicleClass

MADRID = Place(
    name="madrid", country="ES", latitude=40.4, longitude=-3.7, elevation_m=650, timezone="Europe/Madrid",
    temperature_c=(6.3, 7.9, 11.2, 12.9, 16.7, 22.2, 25.6, 25.1, 20.9, 15.1, 9.9, 6.9),
    ghi_kwh_m2=(64, 84, 133, 162, 196, 217, 233, 203, 150, 105, 70, 55), population=1e5, vehicles_per_1000=450, electric_share=0.05,
    price_per_kwh=0.2, grid_kg_per_kwh=0.15,
)  # fmt: skip
CAR = VehicleClass(name="car", share=1.0, battery_kwh=60, kwh_per_km=0.17, km_per_year=12000)


def study_of(**changes) -> CityStudy:
    """Return a study of one city over three years."""
    fleet = Fleet(classes=(CAR,), adoption=Adoption(midpoint_year=2034))
    supply = Supply(
        solar_kw=((2026, 20), (2028, 60)), wind_kw=((2026, 5),), storage_kwh=((2026, 10), (2028, 60)), import_kw=((2026, 40),)
    )  # fmt: skip
    costs = Costs(solar_per_kw=900, wind_per_kw=1400, storage_per_kwh=300, charger_per_kw=500)
    said = {
        "kind": "city", "format": 1, "start_year": 2026, "years": 3, "cities": (MADRID,), "fleet": fleet, "supply": supply,
        "costs": costs,
    }  # fmt: skip
    return CityStudy.model_validate(said | changes)

"""What columns of places are usually called, in small letters."""

from __future__ import annotations

NAMES = {
    "name": ("name", "title", "id", "dauid", "geoid", "fsa", "dguid", "station", "code"),
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "population": ("population", "pop"),
    "evs": ("evs", "ev", "total_ev", "total ev", "ev_count", "vehicles"),
    "income": ("income", "median_income"),
    "group": ("group",),
    "transit": ("transit",),
    "land_use": ("land_use", "landuse"),
    "area_km2": ("area_km2",),
    "zone": ("zone", "grid_zone"),
    "capacity_kw": ("capacity_kw", "available_kw"),
}
OTHER = ("lat", "lon")  # that are no fields once places are points

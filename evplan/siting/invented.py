"""Invent a region of any size, the same for a seed: towns with vehicles, stations that stand, and candidates; for trials."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from evplan.siting.study import SitingStudy

KM_PER_DEGREE = 111.195
PER_TOWN = 60  # areas

COMMON = {"demand_share": 0.5, "resale": 0.4}
TYPES: list[dict[str, Any]] = [
    {"name": "l2", "power_kw": 11, "kwh_per_port_day": 40, "cover": [{"km": 1.0}], "ports": [2, 8], "station_cost": 5000,
     "port_cost": 6000, "om_per_port_year": 300, "removal_cost": 500, **COMMON},
    {"name": "l3", "power_kw": 150, "kwh_per_port_day": 450, "cover": [{"km": 2.0}, {"km": 4.0, "share": 0.5}], "ports": [1, 6],
     "station_cost": 40000, "port_cost": 70000, "om_per_port_year": 3000, "removal_cost": 2000, "spacing_km": 0.8, **COMMON},
]  # fmt: skip


def invent(
    folder: Path,
    areas: int,
    candidates: int,
    standing: int = 0,
    phases: int = 3,
    seed: int = 0,
    zones: int = 0,
    **changes: Any,
) -> SitingStudy:
    """Write the data of a region into a folder and return its study; about 25 areas to the square kilometre of its towns.

    zones : of the grid, side by side, with little left and steps to buy.  changes : fields of the study, instead of those it would have.
    """
    import pandas as pd

    random = np.random.default_rng(seed)
    towns = max(1, areas // PER_TOWN)
    side = 4.0 * np.sqrt(towns)  # km
    middle, spread = side * random.random((towns, 2)), random.uniform(0.6, 1.6, towns)

    def places(count: int, wide: float) -> np.ndarray:
        town = random.integers(towns, size=count)
        return middle[town] + wide * spread[town][:, None] * random.standard_normal((count, 2))

    def frame(count: int, wide: float, letter: str) -> Any:
        at = places(count, wide)
        lat = 48.0 + at[:, 1] / KM_PER_DEGREE
        lon = 9.0 + at[:, 0] / (KM_PER_DEGREE * np.cos(np.radians(48.0)))
        return pd.DataFrame({"name": [f"{letter}{i + 1}" for i in range(count)], "lat": lat, "lon": lon})

    frame(areas, 1.0, "a").assign(
        evs=random.gamma(2.0, 6.0, areas).round(1), population=random.gamma(2.0, 300.0, areas).round(),
        group=random.choice(["north", "south"], areas),
    ).to_csv(folder / "areas.csv", index=False)  # fmt: skip
    frame(candidates, 1.2, "c").to_csv(folder / "candidates.csv", index=False)
    said: dict[str, Any] = {
        "kind": "siting", "format": 1, "title": f"Region {seed}", "areas": {"file": "areas.csv"}, "site_cost": 15000,
        "candidates": {"places": {"file": "candidates.csv"}}, "types": TYPES,
        "phases": [{"name": str(2027 + 3 * t), "years": 3, "budget": 9000 * areas / phases} for t in range(phases)],
    }  # fmt: skip
    if standing:
        ports = {"l2_ports": random.integers(1, 6, standing), "l3_ports": random.integers(0, 2, standing)}
        frame(standing, 0.8, "e").assign(**ports).to_csv(folder / "stations.csv", index=False)
        said["existing"] = {"file": "stations.csv"}
    if zones:
        said["zones"] = _zones(folder, zones, random, middle)
    return SitingStudy.model_validate({**said, **changes})


def varied(seed: int) -> dict[str, Any]:
    """Return what else a region has, another mixture for each seed: zones, rules, bands, orders of goals."""
    made: dict[str, Any] = {"zones": 2 + seed % 3} if seed % 4 else {}
    rules: dict[str, Any] = {"most_per_area": 2} if seed % 3 == 0 else {}
    rules |= {"carry": False} if seed % 5 == 0 else {}
    rules |= {"least_coverage": {"north": 0.3}} if seed % 7 == 0 else {}
    if seed % 2:
        made["types"] = [{**TYPES[0], "cover": [{"km": 1.0}, {"km": 1.6, "share": 0.6}], "backup_share": 0.2}, TYPES[1]]
    if seed % 6 == 0:
        made |= {"sought": [{"goal": "coverage"}, {"goal": "npv"}], "order": "one after the other"}
    return made | {"rules": rules}


def _zones(folder: Path, count: int, random: np.random.Generator, middle: np.ndarray) -> dict[str, Any]:
    """Write zones side by side from west to east; return what a study says of them."""
    import geopandas
    from shapely.geometry import box

    to_degrees = KM_PER_DEGREE * np.cos(np.radians(48.0))
    edges = 9.0 + np.linspace(middle[:, 0].min() - 8, middle[:, 0].max() + 8, count + 1) / to_degrees
    shapes = [box(west, 47.0, east, 49.0) for west, east in itertools.pairwise(edges)]
    left = random.uniform(50, 400, count).round()
    frame = geopandas.GeoDataFrame(
        {"name": [f"zone {i}" for i in range(count)], "capacity_kw": left}, geometry=shapes, crs="EPSG:4326"
    )
    frame.to_file(folder / "zones.geojson", driver="GeoJSON")
    return {"file": "zones.geojson", "step_kw": 200, "step_cost": 20000, "most_steps": 3}

"""Invent a region of any size, the same for a seed: towns with vehicles, stations that stand, and candidates; for trials."""

from __future__ import annotations

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
    folder: Path, areas: int, candidates: int, standing: int = 0, phases: int = 3, seed: int = 0, **changes: Any
) -> SitingStudy:
    """Write the data of a region into a folder and return its study; about 25 areas to the square kilometre of its towns.

    changes : fields of the study, instead of those it would have.
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
    return SitingStudy.model_validate({**said, **changes})

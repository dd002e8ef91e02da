"""The tables of a plan as a reader has them, distances from the coordinates in them, and the data of the study; no code of the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evplan.csvs import read_csv
from evplan.siting.areas import DemandAreas, read_areas
from evplan.siting.geo import read_places, read_table
from evplan.siting.study import SitingStudy

RADIUS_KM = 6371.0088
TABLES = ("sites", "stations", "areas", "flows", "phases", "groups", "plan", "goals")
TEXTS = ("phase", "site", "area", "group", "zone", "type")  # whatever they look like


def read_written(study: SitingStudy, folder: Path, data: Path) -> Written:
    """Return the tables in a folder. data : the folder of the siting file."""
    names = [*TABLES, *(["zones"] if study.zones is not None else [])]
    tables = {
        name: read_csv(folder / f"{name}.csv", keep_default_na=False, dtype=dict.fromkeys(TEXTS, str)) for name in names
    }
    return Written(study, tables, data)


class Written:
    """Tables by name, and what is read off them.

    areas, sites : names.  point : of sites, (lat, lon).  km : by road, shape (areas, sites).  stood : ports of now, shape (sites, types).
    standing : sites where something stands.  left_kw : of zones.  data : the folder of the siting file.
    """

    def __init__(self, study: SitingStudy, tables: dict[str, Any], data: Path) -> None:
        self.tables, areas = tables, tables["areas"].drop_duplicates("area")
        self.areas, self.sites = areas["area"].tolist(), tables["sites"]["site"].tolist()
        self.point = tables["sites"][["lat", "lon"]].to_numpy(float)
        self.stood = tables["sites"][[f"{kind.name}_ports" for kind in study.types]].to_numpy(float)
        self.standing = (tables["sites"]["standing"].astype(str).str.lower() == "true").to_numpy()
        self.data, self._areas = data, dict[str, DemandAreas]()
        self._ports = dict[tuple[str, str], np.ndarray]()
        self.left_kw: dict[str, float] = {}
        if study.zones is not None:
            zones = read_places(data, study.zones)
            self.left_kw = dict(zip(zones["name"].astype(str), zones["capacity_kw"].astype(float), strict=True))
        if study.distances.file is None:
            self.km = study.distances.detour * great_circle_km(areas[["lat", "lon"]].to_numpy(float), self.point)
        else:
            self.km = self._table(study, data)

    def _table(self, study: SitingStudy, data: Path) -> np.ndarray:
        import pandas as pd

        table = read_table(data / str(study.distances.file))
        length = (
            table["km"] if study.distances.km_per_minute is None else table["minutes"] * study.distances.km_per_minute
        )
        wide = pd.Series(
            length.to_numpy(float),
            index=pd.MultiIndex.from_arrays([table["area"].astype(str), table["site"].astype(str)]),
        )
        return wide.unstack().reindex(index=self.areas, columns=self.sites).fillna(np.inf).to_numpy()

    def ports(self, phase: str, kind: str) -> np.ndarray:
        """Return the ports of a type that stand in a phase, by site."""
        if (phase, kind) not in self._ports:
            own = self.tables["stations"]
            rows = own[(own["phase"] == phase) & (own["type"] == kind)]
            self._ports[phase, kind] = rows.set_index("site")["ports"].reindex(self.sites).fillna(0).to_numpy(float)
        return self._ports[phase, kind]

    def of_areas(self, phase: str, kind: str, field: str) -> np.ndarray:
        """Return a column of areas.csv for a type in a phase, by area."""
        own = self.tables["areas"]
        rows = own[(own["phase"] == phase) & (own["type"] == kind)]
        return rows.set_index("area")[field].reindex(self.areas).to_numpy(float)

    def data_areas(self, study: SitingStudy) -> DemandAreas:
        """Return the areas as the study's files have them."""
        if "read" not in self._areas:
            self._areas["read"] = read_areas(self.data, study.areas)
        return self._areas["read"]


def indices(names: list[str], column: Any) -> np.ndarray:
    """Return the place of each name of a column among names. Raises: KeyError for one that is not among them."""
    at = {name: i for i, name in enumerate(names)}
    return np.array([at[name] for name in column.tolist()], int)


def great_circle_km(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return distances on the sphere between (lat, lon), km, by the cosine of the angle between directions, shape (one, other)."""

    def direction(point: np.ndarray) -> np.ndarray:
        lat, lon = np.radians(point).T
        return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])

    a, b = direction(one), direction(other)
    chord = np.stack([np.sqrt(((row - b) ** 2).sum(axis=1)) for row in a]) if len(a) else np.zeros((0, len(b)))
    return 2 * RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1))

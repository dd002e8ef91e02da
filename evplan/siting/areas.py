"""Demand areas: where they are, what is known of them, and how much of the region's demand each is.

    weight[i] = sum over fields f of  share of f in the weights * field[f, i] / sum over areas of field[f]

so that the weights of all areas sum to 1, whatever units the fields have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InputError
from evplan.instance.suggest import did_you_mean
from evplan.siting.geo import numbers, plane_of, read_places, read_table
from evplan.siting.sources import Areas, Places, Spread

if TYPE_CHECKING:
    import geopandas

ALL, STOPS_M = "all", 500.0


@dataclass(frozen=True)
class DemandAreas:
    """Areas of a study, n of them. frame : their shapes and fields, latitude and longitude; point : what stands for each, (lat, lon).

    evs : vehicles now.  group : of each, its name.  blank : how many areas have no number of vehicles, and count 0.
    """

    frame: geopandas.GeoDataFrame
    point: np.ndarray
    evs: np.ndarray
    group: np.ndarray
    blank: int = 0

    def __len__(self) -> int:
        return len(self.point)

    @cached_property
    def names(self) -> list[str]:
        """Return what each is called."""
        return self.frame["name"].tolist()


def read_areas(folder: Path, said: Areas) -> DemandAreas:
    """Return the areas of a study. Raises: InputError for what cannot be read, joined, or lies nowhere."""
    frame = read_places(folder, said)
    if said.within is not None:
        inside = frame.representative_point().within(region(folder, said.within)).to_numpy()
        if not inside.any():
            raise InputError(
                f"{folder / said.file}: no area lies within {folder / said.within}; are latitude and longitude swapped?"
            )
        frame = frame[inside].reset_index(drop=True)
    plane = plane_of(frame)
    if "name" not in frame:
        frame = frame.assign(name=[f"a{i + 1}" for i in range(len(frame))])
    frame = frame.assign(name=distinct([str(name) for name in frame["name"]]))
    if "area_km2" not in frame:
        frame = frame.assign(area_km2=frame.to_crs(plane).area.to_numpy() / 1e6)
    for one in said.spread:
        frame = frame.assign(**{one.to: spread(folder, one, frame)})
    if said.stops is not None:
        frame = frame.assign(transit=_stops(folder, said.stops, frame, plane))
    blank = int(frame["evs"].isna().sum()) if "evs" in frame else 0
    for field in ("evs", "population", "area_km2"):
        if field in frame:
            frame = frame.assign(**{field: numbers(frame, field, folder / said.file, 0.0)})
    if said.grid_m is not None:
        frame = _joined(_numeric(frame), said.grid_m, plane)
    evs = frame["evs"].to_numpy(float) if "evs" in frame else np.zeros(len(frame))
    inside_points = frame.to_crs(plane).representative_point().to_crs(frame.crs)
    point = np.column_stack([inside_points.y, inside_points.x])
    return DemandAreas(frame, point, evs, _groups(frame, said, evs, folder), blank)


def weights(areas: DemandAreas, asked: dict[str, float], lacking: np.ndarray) -> np.ndarray:
    """Return the share of every area in what the study weighs, shape (areas,). lacking : vehicles without a public port near.

    Raises: InputError for fields that the areas do not have.
    """
    total, sum_ = np.zeros(len(areas)), sum(asked.values())
    if sum_ <= 0:
        raise InputError("demand.weights: must name at least one field with a weight above 0")
    for field, weight in asked.items():
        values = lacking if field == "lacking" else _field(areas, field)
        if values.sum() <= 0:
            raise InputError(f"demand.weights.{field}: is 0 in every area; leave it out, or give its data")
        total += weight / sum_ * values / values.sum()
    return total


def _field(areas: DemandAreas, field: str) -> np.ndarray:
    own = areas.frame
    if field == "density":
        if "population" not in own or not (own["area_km2"] > 0).all():
            raise InputError(
                "demand.weights.density: needs the population and size of every area (polygons, or area_km2)"
            )
        return own["population"].to_numpy(float) / own["area_km2"].to_numpy(float)
    if field not in own:
        known = [str(column) for column in own.columns if column not in ("geometry", "name", "group")]
        raise InputError(
            f"demand.weights.{field}: areas have no such field{did_you_mean(field, known)}; known: {', '.join(known)}"
        )
    return numbers(own, field, "areas", 0.0)


def region(folder: Path, file: str) -> object:
    """Return one shape of all polygons of a file."""
    return read_places(folder, Places(file=file)).union_all()


def spread(folder: Path, said: Spread, frame: geopandas.GeoDataFrame) -> np.ndarray:
    """Return the counts of other areas, spread over the demand areas inside each, by population where it is known, else evenly.

    Raises: InputError where polygons of counts hold no area at all, and where keys do not fit.
    """
    shapes = _counted(folder, said)
    count = shapes["_count"].to_numpy(float)
    if said.within is not None:
        shapes = shapes.to_crs(plane_of(shapes))
        import geopandas

        inside = geopandas.GeoSeries([region(folder, said.within)], crs="EPSG:4326").to_crs(shapes.crs).iloc[0]
        count = count * (shapes.intersection(inside).area / shapes.area).to_numpy()
        shapes = shapes.to_crs(frame.crs)
    by = frame["population"].to_numpy(float) if "population" in frame else np.ones(len(frame))
    index = shapes.sindex.query(frame.representative_point(), predicate="intersects")
    owner = np.full(len(frame), -1)
    owner[index[0][::-1]] = index[1][::-1]
    held = owner >= 0
    sums = np.bincount(owner[held], by[held], len(shapes))
    if not held.any():
        raise InputError(
            f"{folder / said.file}: none of its areas holds a demand area; are latitude and longitude swapped?"
        )
    made = np.zeros(len(frame))
    made[held] = count[owner[held]] * by[held] / np.maximum(sums[owner[held]], 1e-300)
    return made


def _counted(folder: Path, said: Spread) -> geopandas.GeoDataFrame:
    """Return polygons with their counts in `_count`; those that no row names are left out."""
    path = folder / said.file
    if said.shapes is None:
        shapes = read_places(folder, Places(file=said.file))
        if said.value not in shapes:
            raise InputError(
                f"{path}: there is no column {said.value!r}{did_you_mean(said.value, [str(c) for c in shapes.columns])}"
            )
        return shapes.assign(_count=numbers(shapes, said.value, path))
    table, shapes = read_table(path), read_places(folder, Places(file=said.shapes))
    key, other = said.key or "", said.shapes_key or said.key or ""
    for column, there, file in ((key, table, path), (said.value, table, path), (other, shapes, folder / said.shapes)):
        if column not in there:
            raise InputError(
                f"{file}: there is no column {column!r}{did_you_mean(column, [str(c) for c in there.columns])}"
            )
    counts = dict(zip(table[key].astype(str), numbers(table, said.value, path), strict=True))
    found = shapes[other].astype(str).map(counts)
    if not found.notna().any():
        raise InputError(f"{path}: no {key} is a {other} of {folder / said.shapes}")
    return shapes.assign(_count=found)[found.notna()].reset_index(drop=True)


def _stops(folder: Path, file: str, frame: geopandas.GeoDataFrame, plane: object) -> np.ndarray:
    """Return how many stops of public transport are within 500 m of each area."""
    stops = read_places(folder, Places(file=file, columns={"lat": "stop_lat", "lon": "stop_lon"})).to_crs(plane)
    near = stops.sindex.query(frame.to_crs(plane).geometry, predicate="dwithin", distance=STOPS_M)
    if not len(near[0]):
        raise InputError(f"{folder / file}: no stop is within 500 m of an area; are latitude and longitude swapped?")
    return np.bincount(near[0], minlength=len(frame)).astype(float)


def _numeric(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return areas whose fields that are texts of numbers are numbers."""
    import pandas as pd

    for field in frame.columns.drop(["geometry", "name", *(["group"] if "group" in frame else [])]):
        own = pd.to_numeric(frame[field], errors="coerce")
        if own[frame[field].notna()].notna().all():
            frame = frame.assign(**{field: own})
    return frame


def _joined(frame: geopandas.GeoDataFrame, cell_m: float, plane: object) -> geopandas.GeoDataFrame:
    """Return areas joined in cells of a grid: counts are summed, other fields averaged, at their common middle."""
    import geopandas

    points = frame.to_crs(plane).representative_point()
    cell = np.floor(np.column_stack([points.x, points.y]) / cell_m).astype(np.int64)
    _, first, of = np.unique(cell, axis=0, return_index=True, return_inverse=True)
    of, size = of.ravel(), np.bincount(of.ravel())
    middle = [np.bincount(of, values) / size for values in (points.x, points.y)]
    made = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*middle), crs=plane).to_crs(frame.crs)
    made["name"] = [frame["name"].iloc[i] for i in first]
    for field in frame.columns.drop(["geometry", "name"]):
        if frame[field].dtype.kind in "iuf":
            sums = np.bincount(of, frame[field].fillna(0).to_numpy(float))
            made[field] = sums if field in ("evs", "population", "area_km2", "transit") else sums / size
        elif field == "group":
            made[field] = [frame[field].iloc[i] for i in first]
    return made


def _groups(frame: geopandas.GeoDataFrame, said: Areas, evs: np.ndarray, folder: Path) -> np.ndarray:
    """Return the group of every area: as it is said, or by income, of equal numbers of vehicles."""
    if said.groups is not None:
        if "income" not in frame:
            raise InputError(f"{folder / said.file}: areas.groups needs a field income")
        income = numbers(frame, "income", folder / said.file)
        order = np.argsort(income, kind="stable")
        passed = np.cumsum((evs if evs.sum() > 0 else np.ones(len(evs)))[order])
        place = np.minimum((passed / passed[-1] * said.groups * (1 - 1e-12)).astype(int), said.groups - 1)
        names = np.empty(len(frame), object)
        names[order] = [f"income-{k + 1}" for k in place]
        return names
    if "group" in frame:
        return np.array([str(name) for name in frame["group"]], object)
    return np.full(len(frame), ALL, object)


def distinct(names: list[str]) -> list[str]:
    """Return names, those that stand there before with a number."""
    taken, used, made = set(names), set[str](), list[str]()
    for name in names:
        new, number = name, 1
        while new in used or (number > 1 and new in taken):
            number += 1
            new = f"{name}-{number}"
        used.add(new)
        made.append(new)
    return made

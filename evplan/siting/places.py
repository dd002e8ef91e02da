"""Sites: stations that stand, and candidates; with what may be built at each and its zone of the grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.siting.areas import DemandAreas, distinct, region
from evplan.siting.geo import WGS84, numbers, plane_of, read_places
from evplan.siting.study import SitingStudy

if TYPE_CHECKING:
    import geopandas

SAME_M = 50.0  # a candidate so close to a station that stands is that station's site
NO_ZONE = -1
FAR_M = 100_000.0  # from the nearest zone: no grid reaches so far
MOST_SITES = 50_000


@dataclass(frozen=True)
class Sites:
    """Sites of a study, J of them, those that stand first. point : (lat, lon), shape (J, 2).

    ports, most : of each type, that stand and that may stand, shape (J, types).  standing : whether anything stands, shape (J,).
    zone : index of its zone, NO_ZONE where the grid carries everything.
    """

    names: list[str]
    point: np.ndarray
    ports: np.ndarray
    most: np.ndarray
    standing: np.ndarray
    zone: np.ndarray
    zone_names: list[str]
    zone_kw: np.ndarray

    def __len__(self) -> int:
        return len(self.names)


def read_sites(folder: Path, study: SitingStudy, areas: DemandAreas) -> Sites:
    """Return the sites of a study. Raises: InputError for files that cannot be read, and for no candidate at all."""
    standing, ports = _existing(folder, study)
    new = _candidates(folder, study, areas, standing)
    k, usual = len(study.types), np.array([one.ports[1] for one in study.types])
    most_new = np.tile(usual, (len(new), 1))
    for i, one in enumerate(study.types):
        if f"most_{one.name}" in new:
            most_new[:, i] = numbers(new, f"most_{one.name}", "candidates", float(usual[i])).astype(int)
    grows = study.existing is not None and study.existing.upgradable
    most_old = np.maximum(ports, np.where((ports > 0) | grows, usual, 0))
    names = [str(name) for name in [*standing["name"], *new["name"]]]
    both = np.concatenate([_points(standing), _points(new)]).reshape(-1, 2)
    if len(both) > MOST_SITES:
        raise InputError(f"candidates: {len(both):,} sites are more than {MOST_SITES:,}; take a wider grid")
    zone, zone_names, zone_kw = _zones(folder, study, both, [standing, new])
    return Sites(
        names=distinct(names), point=both, ports=np.concatenate([ports, np.zeros((len(new), k), int)]),
        most=np.concatenate([most_old, most_new]).astype(int), standing=np.arange(len(both)) < len(standing), zone=zone,
        zone_names=zone_names, zone_kw=zone_kw,
    )  # fmt: skip


def _existing(folder: Path, study: SitingStudy) -> tuple[geopandas.GeoDataFrame, np.ndarray]:
    """Return stations that stand, those without any port left out, and their ports, shape (stations, types)."""
    import geopandas

    if study.existing is None:
        return geopandas.GeoDataFrame({"name": []}, geometry=[], crs=WGS84), np.zeros((0, len(study.types)), int)
    frame, path = read_places(folder, study.existing), folder / study.existing.file
    if "connections" in frame:
        ports = _of_connections(frame["connections"].tolist(), [one.power_kw for one in study.types])
    else:
        columns = [f"{one.name}_ports" for one in study.types]
        missing = [column for column in columns if column not in frame]
        if missing:
            raise InputError(
                f"{path}: there is no column {missing[0]!r}; name it: existing.columns: {{{missing[0]}: ...}}"
            )
        ports = np.column_stack([numbers(frame, column, path, 0.0) for column in columns])
        if (ports % 1 != 0).any():
            raise InputError(f"{path}: {' and '.join(columns)} must hold whole numbers")
    if "name" not in frame:
        frame = frame.assign(name=[f"e{i + 1}" for i in range(len(frame))])
    there = ports.sum(axis=1) > 0
    return frame[there].reset_index(drop=True), ports[there].astype(int)


def _of_connections(every: list[list[tuple[float, int]]], power_kw: list[float]) -> np.ndarray:
    """Return ports by type: each connection counts for the type whose power is nearest, as a ratio."""
    ports, log = np.zeros((len(every), len(power_kw)), int), np.log(power_kw)
    for i, connections in enumerate(every):
        for kw, quantity in connections:
            ports[i, int(np.abs(log - np.log(max(kw, 1.0))).argmin())] += quantity
    return ports


def _candidates(folder: Path, study: SitingStudy, areas: DemandAreas, standing: geopandas.GeoDataFrame) -> Any:
    """Return places where stations may be opened; those where one stands are left out."""
    import geopandas
    import pandas as pd

    said, found = study.candidates, []
    if said.places is not None:
        places = read_places(folder, said.places)
        found.append(places if "name" in places else places.assign(name=[f"c{i + 1}" for i in range(len(places))]))
    if said.grid_m is not None:
        found.append(_grid(areas, said.grid_m, said.near_m))
    if not found:
        raise InputError("candidates: needs places or grid_m")
    new = geopandas.GeoDataFrame(pd.concat(found, ignore_index=True), crs=WGS84)
    if said.within is not None:
        new = new[new.representative_point().within(region(folder, said.within)).to_numpy()].reset_index(drop=True)
    if len(standing) and len(new):
        plane = plane_of(areas.frame)
        at = standing.to_crs(plane).representative_point()
        taken = at.sindex.query(new.to_crs(plane).representative_point(), predicate="dwithin", distance=SAME_M)[0]
        new = new.drop(index=np.unique(taken)).reset_index(drop=True)
    if not len(new) and not len(standing):
        raise InputError("candidates: none is left; see near_m, within, and whether latitude and longitude are swapped")
    return new


def _grid(areas: DemandAreas, step_m: float, near_m: float) -> geopandas.GeoDataFrame:
    """Return the crossings of a grid that are near a demand area."""
    import geopandas
    from scipy.spatial import cKDTree

    plane = plane_of(areas.frame)
    points = geopandas.GeoSeries.from_xy(areas.point[:, 1], areas.point[:, 0], crs=WGS84).to_crs(plane)
    at = np.column_stack([points.x, points.y])
    low, high = np.floor((at.min(0) - near_m) / step_m), np.ceil((at.max(0) + near_m) / step_m)
    if np.prod(high - low + 1) > 100 * MOST_SITES:
        raise InputError(
            f"candidates.grid_m: a grid of {step_m:g} m over the region has too many crossings; take a wider one"
        )
    x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    cells = np.column_stack([x.ravel(), y.ravel()])
    near = cKDTree(at).query(step_m * cells, distance_upper_bound=near_m)[0] < np.inf
    cells = cells[near]
    names = [f"g{column:.0f}-{row:.0f}" for column, row in cells - low]
    return geopandas.GeoDataFrame(
        {"name": names}, geometry=geopandas.points_from_xy(*(step_m * cells.T)), crs=plane
    ).to_crs(WGS84)


def _zones(
    folder: Path, study: SitingStudy, point: np.ndarray, frames: list[Any]
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Return the zone of every site, the zones' names, and the power that each has left, kW; outside of all, the nearest counts."""
    import geopandas
    import pandas as pd

    if study.zones is None:
        return np.full(len(point), NO_ZONE), [], np.zeros(0)
    zones, path = read_places(folder, study.zones), folder / study.zones.file
    for field in ("name", "capacity_kw"):
        if field not in zones:
            raise InputError(f"{path}: there is no column {field!r}; name it: zones.columns: {{{field}: ...}}")
    names, kw = [str(name) for name in zones["name"]], numbers(zones, "capacity_kw", path)
    if len(set(names)) < len(names):
        raise InputError(f"{path}: names a zone twice")
    at, plane = geopandas.GeoSeries.from_xy(point[:, 1], point[:, 0], crs=WGS84), plane_of(zones)
    found = np.full(len(point), NO_ZONE)
    site, zone = zones.sindex.query(at, predicate="intersects")
    found[site[::-1]] = zone[::-1]
    outside = np.flatnonzero(found == NO_ZONE)
    (site, zone), far = zones.to_crs(plane).sindex.nearest(
        at.iloc[outside].to_crs(plane), return_all=False, return_distance=True
    )
    if far.max(initial=0.0) > FAR_M or not np.isfinite(far).all():
        raise InputError(
            f"{path}: {(~(far <= FAR_M)).sum():,} sites are more than {FAR_M / 1000:g} km from every zone; are latitude and longitude "
            "swapped?"
        )
    found[outside[site]] = zone
    said = pd.concat(
        [frame["zone"] if "zone" in frame else pd.Series([None] * len(frame), dtype=object) for frame in frames]
    )
    for i, name in enumerate(said):
        if name is not None and name == name and name != "":  # neither None nor NaN
            own = str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
            if own not in names:
                raise InputError(f"{path}: there is no zone {own!r}; known: {', '.join(names[:10])}")
            found[i] = names.index(own)
    return found, names, kw


def _points(frame: Any) -> np.ndarray:
    if not len(frame):
        return np.zeros((0, 2))
    at = frame.representative_point()
    return np.column_stack([at.y, at.x])

"""Ways between demand areas and sites: straight distances on the sphere times a detour, or a table of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.instance.columns import rows_shown
from evplan.siting.geo import read_table
from evplan.siting.sources import Distances

EARTH_KM = 6371.0088  # mean radius, IUGG 1980


@dataclass(frozen=True)
class Ways:
    """Pairs of an area and a site that are near enough, by area and then by length. km : by road."""

    area: np.ndarray
    site: np.ndarray
    km: np.ndarray

    def within(self, km: float) -> Ways:
        """Return the ways of at most this length."""
        near = self.km <= km
        return Ways(self.area[near], self.site[near], self.km[near])


def ways(
    folder: Path,
    said: Distances,
    areas: np.ndarray,
    sites: np.ndarray,
    names: tuple[list[str], list[str]],
    most_km: float,
) -> Ways:
    """Return all ways of at most a length. areas, sites : (lat, lon).  names : of both, for tables. Raises: InputError for bad tables."""
    if said.file is not None:
        area, site, km = _of_table(folder / said.file, said, names)
        near = km <= most_km
        area, site, km = area[near], site[near], km[near]
    else:
        from sklearn.neighbors import BallTree

        tree = BallTree(np.radians(sites), metric="haversine")
        found, angle = tree.query_radius(np.radians(areas), most_km / said.detour / EARTH_KM, return_distance=True)
        area = np.repeat(np.arange(len(areas)), [len(one) for one in found])
        site, km = np.concatenate(found).astype(int), said.detour * EARTH_KM * np.concatenate(angle)
    order = np.lexsort((site, km, area))
    return Ways(area[order], site[order], km[order])


def straight_pairs(sites: np.ndarray, most_km: float) -> np.ndarray:
    """Return pairs of sites that are closer than a straight distance, the lower first, shape (pairs, 2)."""
    from sklearn.neighbors import BallTree

    if most_km <= 0 or not len(sites):
        return np.zeros((0, 2), int)
    at = np.radians(sites)
    found = BallTree(at, metric="haversine").query_radius(at, np.nextafter(most_km / EARTH_KM, 0))
    pairs = np.column_stack([np.repeat(np.arange(len(sites)), [len(one) for one in found]), np.concatenate(found)])
    return pairs[pairs[:, 0] < pairs[:, 1]]


def _of_table(
    path: Path, said: Distances, names: tuple[list[str], list[str]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import pandas as pd

    table, length = read_table(path), "km" if said.km_per_minute is None else "minutes"
    missing = [column for column in ("area", "site", length) if column not in table]
    if missing:
        raise InputError(f"{path}: there is no column {missing[0]!r}; it must hold area, site and {length}")
    places = []
    for column, known in zip(("area", "site"), names, strict=True):
        place = table[column].astype(str).map({name: i for i, name in enumerate(known)})
        bad = np.flatnonzero(place.isna())
        if len(bad):
            shown = rows_shown([f"row {i + 2} ({table[column].iloc[i]})" for i in bad.tolist()])
            raise InputError(f"{path}: names no {column} of the study; see {shown}")
        places.append(place.to_numpy(int))
    km = pd.to_numeric(table[length], errors="coerce").to_numpy(float) * (said.km_per_minute or 1.0)
    wrong = np.flatnonzero(~(np.isfinite(km) & (km >= 0)))
    if len(wrong):
        shown = rows_shown([f"row {i + 2} ({table[length].iloc[i]})" for i in wrong.tolist()])
        raise InputError(f"{path}: {length} must hold numbers of at least 0; see {shown}")
    if len(np.unique(np.column_stack(places), axis=0)) < len(km):
        raise InputError(f"{path}: holds a pair of area and site twice")
    return places[0], places[1], km

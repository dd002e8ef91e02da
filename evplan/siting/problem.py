"""A siting study as plain numbers: what models, searches and reports stand on. A areas, J sites, K types, T phases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from evplan.siting.areas import DemandAreas, read_areas, weights
from evplan.siting.cliques import Spaced, spaced
from evplan.siting.distances import Ways, straight_pairs, ways
from evplan.siting.fits import require_groups, require_near
from evplan.siting.places import Sites, read_sites
from evplan.siting.reach import Reach
from evplan.siting.study import SitingStudy

DAYS = 365.25


@dataclass(frozen=True)
class Problem:
    """A study's numbers.

    weight : share of the region's demand, shape (A,).  growth : vehicles in each phase per vehicle of now, shape (T,).  near : ways.
    group : of each area, index of `groups`, shape (A,).  of_area : the area in which each site lies, shape (J,).
    spaced : by type, sites that must not stand together.
    """

    study: SitingStudy
    areas: DemandAreas
    sites: Sites
    near: Ways
    weight: np.ndarray
    growth: np.ndarray
    groups: list[str]
    group: np.ndarray
    of_area: np.ndarray
    spaced: tuple[tuple[Spaced, ...], ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the numbers of phases, sites and types."""
        return len(self.study.phases), len(self.sites), len(self.study.types)

    @cached_property
    def discount(self) -> np.ndarray:
        """Return what an amount at the beginning of each phase is worth now, shape (T,)."""
        years = np.array([phase.years for phase in self.study.phases])
        return (1 + self.study.economics.discount_rate) ** -(np.cumsum(years) - years)

    @cached_property
    def annuity(self) -> np.ndarray:
        """Return what one a year over each phase is worth now, paid at the end of years, shape (T,)."""
        rate, years = self.study.economics.discount_rate, np.array([phase.years for phase in self.study.phases])
        return self.discount * (years if rate == 0 else (1 - (1 + rate) ** -years) / rate)

    @cached_property
    def may(self) -> np.ndarray:
        """Return whether a type may stand at a site, shape (J, K)."""
        least = np.array([one.ports[0] for one in self.study.types])
        return (self.sites.ports > 0) | (self.sites.most >= least)

    @cached_property
    def reach(self) -> tuple[Reach, ...]:
        """Return who would drive where, by type."""
        found = []
        for k, kind in enumerate(self.study.types):
            own = self.near.within(kind.cover[-1].km)
            can = self.may[own.site, k]
            share = np.array([band.share for band in kind.cover])[
                np.searchsorted([band.km for band in kind.cover], own.km[can])
            ]
            day_kwh = kind.demand_share * self.study.demand.kwh_per_ev_day * self.areas.evs
            found.append(Reach(own.area[can], own.site[can], share, day_kwh, len(self.sites)))
        return tuple(found)

    @property
    def removable(self) -> bool:
        """Return whether ports that stand may be taken away."""
        return self.study.existing is not None and self.study.existing.removable


def problem_of(study: SitingStudy, folder: Path) -> Problem:
    """Return the numbers of a study. Raises: InputError for data that cannot be read or does not fit together."""
    areas = read_areas(folder, study.areas)
    sites = read_sites(folder, study, areas)
    bands = [band for one in study.types for band in one.cover]
    near = ways(
        folder, study.distances, areas.point, sites.point, (areas.names, sites.names), max(band.km for band in bands)
    )
    require_near(study, areas, sites, near)
    groups = sorted(set(areas.group.tolist()))
    weight = weights(areas, study.demand.weights, _lacking(study, areas, sites, near))
    require_groups(study, groups, np.bincount(np.searchsorted(groups, areas.group.astype(str)), weight, len(groups)))
    return Problem(
        study=study, areas=areas, sites=sites, near=near, weight=weight,
        growth=factors(study), groups=groups,
        group=np.searchsorted(groups, areas.group.astype(str)), of_area=_owner(areas, sites),
        spaced=tuple(spaced(straight_pairs(sites.point, one.spacing_km), sites.ports[:, k] > 0) for k, one in enumerate(study.types)),
    )  # fmt: skip


def factors(study: SitingStudy) -> np.ndarray:
    """Return vehicles in the middle of each phase per vehicle of now, shape (T,)."""
    years = np.array([phase.years for phase in study.phases])
    middle, own = np.cumsum(years) - years / 2, study.adoption
    grown = own.ceiling / (1 + (own.ceiling - 1) * np.exp(-own.rate * middle))
    return np.array(
        [
            factor if phase.ev_factor is None else phase.ev_factor
            for phase, factor in zip(study.phases, grown, strict=True)
        ]
    )


def _lacking(study: SitingStudy, areas: DemandAreas, sites: Sites, near: Ways) -> np.ndarray:
    """Return vehicles of each area per public port within the first band of any type, one more counted, shape (A,)."""
    first = near.within(max(one.cover[0].km for one in study.types))
    return areas.evs / (1 + np.bincount(first.area, sites.ports.sum(axis=1)[first.site], len(areas)))


def _owner(areas: DemandAreas, sites: Sites) -> np.ndarray:
    """Return the area that holds each site, or else the one whose point is nearest, shape (J,)."""
    import geopandas
    from sklearn.neighbors import BallTree

    owner = BallTree(np.radians(areas.point), metric="haversine").query(np.radians(sites.point), return_distance=False)[
        :, 0
    ]
    if (areas.frame.geometry.geom_type != "Point").any():
        at = geopandas.GeoSeries.from_xy(sites.point[:, 1], sites.point[:, 0], crs=areas.frame.crs)
        site, area = areas.frame.sindex.query(at, predicate="intersects")
        owner[site[::-1]] = area[::-1]
    return owner

"""Areas and sites as the study's files have them: fields are read anew, what follows from them is counted here."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.siting.areas import DemandAreas
from evplan.siting.audit.check import Check, apart
from evplan.siting.audit.written import Written, great_circle_km, indices
from evplan.siting.geo import read_places
from evplan.siting.places import Sites, read_sites
from evplan.siting.study import SitingStudy

METRE = 1e-5  # degrees


def areas_hold(study: SitingStudy, where: Written) -> Check:
    """Areas, groups, weights and what is wanted are those of the data."""
    claim, areas = "areas, groups, weights and what is wanted are those of the data", where.data_areas(study)
    if areas.names != where.areas:
        return Check(claim, 1, "areas are not those of the data")
    own = where.tables["areas"]
    index = indices(areas.names, own["area"])
    wanted = np.zeros(len(own))
    for phase, growth in zip(study.phases, grown(study), strict=True):
        for kind in study.types:
            rows = ((own["phase"] == phase.name) & (own["type"] == kind.name)).to_numpy()
            wanted[rows] = growth * kind.demand_share * study.demand.kwh_per_ev_day * areas.evs[index[rows]]
    moved = int((np.abs(own[["lat", "lon"]].to_numpy(float) - areas.point[index]) > METRE).any(axis=1).sum())
    others = int((own["group"].to_numpy() != areas.group.astype(str)[index]).sum())
    heavy = apart(own["weight"], _weights(study, where, areas)[index], 0.01 / len(areas))
    want = apart(own["wanted_kwh_day"], wanted, 1e-3)
    missing = abs(len(areas) * len(study.phases) * len(study.types) - len(own))
    said = (
        f"{missing} rows missing, {moved} elsewhere, {others} of another group, {heavy} weigh and {want} want otherwise"
    )
    return Check(claim, missing + moved + others + heavy + want, said)


def grown(study: SitingStudy) -> list[float]:
    """Return vehicles in the middle of each phase per vehicle of now."""
    found, year = [], 0.0
    for phase in study.phases:
        late = np.exp(-study.adoption.rate * (year + phase.years / 2))
        own = study.adoption.ceiling / (1 + (study.adoption.ceiling - 1) * late)
        found.append(own if phase.ev_factor is None else phase.ev_factor)
        year += phase.years
    return found


def _weights(study: SitingStudy, where: Written, areas: DemandAreas) -> np.ndarray:
    """Return the share of each area: every field as a part of its sum, by the weight of the field."""
    asked, total = study.demand.weights, np.zeros(len(areas))
    for field, weight in asked.items():
        if field == "lacking":
            near = where.km <= max(kind.cover[0].km for kind in study.types)
            value = areas.evs / (1.0 + near @ where.stood.sum(axis=1))
        elif field == "density":
            value = areas.frame["population"].to_numpy(float) / areas.frame["area_km2"].to_numpy(float)
        else:
            value = areas.frame[field].fillna(0).to_numpy(float)
        total += weight * value / value.sum()
    return total / sum(asked.values())


def sites_hold(study: SitingStudy, where: Written) -> Check:
    """Sites, their ports, zones and areas are those of the data."""
    claim, areas, table = (
        "sites, their ports, zones and areas are those of the data",
        where.data_areas(study),
        where.tables["sites"],
    )
    sites = read_sites(where.data, study, areas)
    if sites.names != where.sites or areas.names != where.areas:
        return Check(claim, 1, "sites are not those of the data")
    moved = int((np.abs(where.point - sites.point) > METRE).any(axis=1).sum())
    most = table[[f"{kind.name}_most" for kind in study.types]].to_numpy(float)
    ports = apart(where.stood, sites.ports) + apart(most, np.maximum(sites.most, sites.ports))
    ports += int((where.standing != (sites.ports.sum(axis=1) > 0)).sum())
    zones = _zones(study, where, sites)
    lies = _areas(where, areas)
    return Check(claim, moved + ports + zones + lies,
                 f"{moved} elsewhere, {ports} numbers of ports, {zones} in another zone, {lies} in another area")  # fmt: skip


def _zones(study: SitingStudy, where: Written, sites: Sites) -> int:
    """Return how many sites are not in the zone that holds them; those whose zone a file says, are in that one."""
    if study.zones is None:
        return int((where.tables["sites"]["zone"] != "").sum())
    zones, said = read_places(where.data, study.zones), where.tables["sites"]["zone"].to_numpy()
    known = np.array([sites.zone_names[zone] if zone >= 0 else "" for zone in sites.zone], object)
    files = [one for one in (study.existing, study.candidates.places) if one is not None]
    if any("zone" in read_places(where.data, one) for one in files):
        return int((said != known).sum())
    holds, inside = _held(where.point, zones), zones["name"].astype(str).to_numpy()
    wrong = [bool(own) and not (inside[own] == name).any() for own, name in zip(holds, said, strict=True)]
    return sum(wrong) + int((said != known).sum())


def _areas(where: Written, areas: DemandAreas) -> int:
    """Return how many sites are not in the area that holds them, nor, where none does, in the nearest."""
    said, names = where.tables["sites"]["area"].to_numpy(), np.array(areas.names, object)
    polygons = (areas.frame.geometry.geom_type != "Point").any()
    holds: list[list[int]] = _held(where.point, areas.frame) if polygons else [[] for _ in said]
    km = great_circle_km(where.point, areas.point)
    wrong = 0
    for own, name, far in zip(holds, said, km, strict=True):
        near = own or np.flatnonzero(far <= far.min() + 1e-6)
        wrong += int(not (names[near] == name).any())
    return wrong


def _held(point: np.ndarray, frame: Any) -> list[list[int]]:
    """Return by point the shapes that hold it."""
    import shapely

    found: list[list[int]] = [[] for _ in point]
    for i, shape in enumerate(frame.geometry):
        for j in np.flatnonzero(shapely.intersects_xy(shape, point[:, 1], point[:, 0])):
            found[int(j)].append(i)
    return found

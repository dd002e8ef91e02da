"""Whether the data of a study fit together: places that are nowhere near the areas, and groups that no area is in, are refused."""

from __future__ import annotations

import numpy as np

from evplan.errors import InputError
from evplan.instance.suggest import did_you_mean
from evplan.siting.areas import DemandAreas
from evplan.siting.distances import Ways
from evplan.siting.places import Sites
from evplan.siting.study import SitingStudy


def require_near(study: SitingStudy, areas: DemandAreas, sites: Sites, near: Ways) -> None:
    """Raise `InputError` where no candidate, or no station that stands, is within reach of any area."""
    least = np.array([one.ports[0] for one in study.types])
    if not ((sites.ports > 0) | (sites.most >= least)).any():
        raise InputError("candidates: no type may stand at any of them; see most_NAME and the fewest ports of types")
    reached = np.zeros(len(sites), bool)
    reached[near.site] = True
    for what, own in (("candidates", ~sites.standing), ("existing", sites.standing)):
        if own.any() and not reached[own].any():
            raise InputError(
                f"{what}: none of its {own.sum():,} places is within reach of any area{_why(areas, sites.point[own])}"
            )


def require_groups(study: SitingStudy, groups: list[str], weight: np.ndarray) -> None:
    """Raise `InputError` for rules on groups that no area is in, or that weigh nothing. weight : of each group."""
    for name in study.rules.least_coverage:
        if name not in groups:
            raise InputError(
                f"rules.least_coverage: there is no group {name!r}{did_you_mean(name, groups)}; known: {', '.join(groups)}"
            )
        if weight[groups.index(name)] <= 0:
            raise InputError(f"rules.least_coverage: group {name!r} weighs nothing; see demand.weights")


def _why(areas: DemandAreas, point: np.ndarray) -> str:
    """Return what may be wrong with places that are too far away."""
    low, high = areas.point.min(axis=0) - 1, areas.point.max(axis=0) + 1
    if ((point[:, ::-1] >= low) & (point[:, ::-1] <= high)).all(axis=1).any():
        return "; latitude and longitude seem swapped"
    return "; see its coordinates and crs, and the bands of types"

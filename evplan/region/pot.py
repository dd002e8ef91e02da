"""Who gets support: as much as can be had for what there is in each phase.

maximise    sum over stations of weight * what counts * z                       z : 0 or 1, whether a station gets its grant
sum over stations of phases up to t of grant * z <= sum of pots up to t         where what is left is carried; else phase by phase

A grant is what a station lacks to pay (its viability gap). Stations that pay by themselves need none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from evplan.region.study import Pot

ROUNDED = 1e-6  # of a pot: what rounding may take more


@dataclass(frozen=True)
class Candidate:
    """A station that lacks money. phase : number.  grant : that it needs.  capex : of its construction.  counts : energy added, kWh."""

    name: str
    setting: str
    phase: int
    grant: float
    capex: float
    counts: float


def allocate(pot: Pot, candidates: Sequence[Candidate]) -> set[str]:
    """Return the names of stations that get their grant."""
    may = [one for one in candidates if one.setting in pot.settings and 0 < one.grant <= pot.most_share * one.capex]
    if not may:
        return set()
    phases, grant = len(pot.by_phase), np.array([one.grant for one in may])
    begun = np.array([[one.phase <= t if pot.carried else one.phase == t for one in may] for t in range(phases)], float)
    there = np.cumsum(pot.by_phase) if pot.carried else np.array(pot.by_phase, float)
    weight = np.array([pot.rural_weight if one.setting == "rural" else 1.0 for one in may])
    counts = weight * np.array([one.counts if pot.favours == "energy" else 1.0 for one in may])
    least = 1e-6 * counts.max() * grant / grant.sum()  # of what is worth the same, what costs less
    found = milp(least - counts, integrality=np.ones(len(may)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0.0},
                 constraints=LinearConstraint(begun * grant, ub=there * (1 + ROUNDED)))  # fmt: skip
    assert found.x is not None  # giving nothing is always possible
    return {one.name for one, given in zip(may, np.rint(found.x), strict=True) if given}

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


def may_have(pot: Pot, one: Candidate) -> bool:
    """Return whether a station may have its grant by the rules of a pot, if there is money."""
    counts = one.counts > 0 or pot.favours != "energy"
    return one.setting in pot.settings and 0 < one.grant <= pot.most_share * one.capex and counts


def more_for_all(pot: Pot | None, candidates: Sequence[Candidate]) -> float:
    """Return the least that a pot would need more, early enough, for every station that may have its grant. pot : None for no money."""
    if pot is None:
        return sum(one.grant for one in candidates)
    need = np.zeros(len(pot.by_phase))
    for one in candidates:
        need[one.phase] += one.grant if may_have(pot, one) else 0.0
    short = np.cumsum(need - pot.by_phase).max() if pot.carried else np.maximum(need - pot.by_phase, 0.0).sum()
    return max(float(short), 0.0)


def allocate(pot: Pot, candidates: Sequence[Candidate]) -> set[str]:
    """Return the names of stations that get their grant."""
    may = [one for one in candidates if may_have(pot, one)]
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

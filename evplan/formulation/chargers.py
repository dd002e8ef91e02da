"""Chargers: how many of each type, and what they can give.

    another[c,k]       1 if there are at least k chargers of type c                 binary, k = 1 ... max
    capacity_kw[g,y]   mean power that the types of equal efficiency g carry within the waiting limit    >= 0
    full_kw[g,y]       power of group g with every working port busy                >= 0
    served_kw[g,y,t]   power into vehicles from the types of group g                >= 0, <= what they can take

    another[c,k] <= another[c,k-1]                                                  in_order
    capacity_kw[g,y] = sum over c in g, k of (capacity[c,y,k] - capacity[c,y,k-1]) another[c,k]
                                                                                    queue_capacity
    full_kw[g,y] = sum over c in g of full[c,y] * sum over k > spare of another[c,k]   full_capacity

Where no queue limits the ports, one integer replaces the binaries. Types of equal efficiency share one
column a step: how they split what they serve changes nothing, so `results` splits it by power. What is
served of the demand is limited in `sessions.py`, or in `managed.py` where vehicles stay.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation.standing import added_cost, standing
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear import Linear, members
from evplan.parameters.types import ChargerParameters, SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the chargers to the site's block and register their terms."""
    chargers, takes_kw = site.chargers, site.takes_kw
    groups = efficiency_groups(chargers)
    block.C = pyo.RangeSet(0, len(chargers) - 1)
    block.G = pyo.RangeSet(0, len(groups) - 1)
    steps = [
        (c, k) for c, charger in enumerate(chargers) for k in range(1, 1 + (1 if even(charger) else charger.max_count))
    ]
    block.CK = pyo.Set(initialize=steps, ordered=True, dimen=2)
    block.WANTED_YT = pyo.Set(
        initialize=[(y, t) for y in block.Y for t in np.flatnonzero(takes_kw[y]).tolist()], ordered=True, dimen=2
    )
    block.another = pyo.Var(
        block.CK, domain=pyo.NonNegativeIntegers,
        bounds=lambda b, c, k: (_existing(chargers[c], k), chargers[c].max_count if even(chargers[c]) else 1),
    )  # fmt: skip
    most_kw = takes_kw.tolist()
    block.served_kw = pyo.Var(
        block.G, block.WANTED_YT, domain=pyo.NonNegativeReals, bounds=lambda b, g, y, t: (0, most_kw[y][t])
    )
    block.in_order = pyo.Constraint(
        [(c, k) for c, k in steps if k > 1], rule=lambda b, c, k: Linear([(1.0, b.another[c, k]), (-1.0, b.another[c, k - 1])]) <= 0,
        doc="chargers are counted in order",
    )  # fmt: skip
    _capacities(block, site, groups, steps)
    _register(block, site, terms, groups)


def _capacities(block: Any, site: SiteParameters, groups: list[list[int]], steps: list[tuple[int, int]]) -> None:
    """Tie what a group carries, and what it gives at most, to its counts."""
    chargers = site.chargers
    block.capacity_kw = pyo.Var(block.G, block.Y, domain=pyo.NonNegativeReals)
    block.full_kw = pyo.Var(block.G, block.Y, domain=pyo.NonNegativeReals)

    def carried(b: Any, g: int, y: int) -> Any:
        added = [(-increment(chargers[c], y, k), b.another[c, k]) for c, k in steps if c in groups[g]]
        return Linear([(1.0, b.capacity_kw[g, y]), *added]) == 0

    def full(b: Any, g: int, y: int) -> Any:
        working = [(c, k) for c, k in steps if c in groups[g] and k > chargers[c].spare]
        return (
            Linear([(1.0, b.full_kw[g, y]), *((-float(chargers[c].full_kw[y]), b.another[c, k]) for c, k in working)])
            == 0
        )

    block.queue_capacity = pyo.Constraint(block.G, block.Y, rule=carried, doc="ports carry what their queue allows")
    block.full_capacity = pyo.Constraint(
        block.G, block.Y, rule=full, doc="ports give what their number and power allow"
    )


def _register(block: Any, site: SiteParameters, terms: Terms, groups: list[list[int]]) -> None:
    wanted, chargers = set(block.WANTED_YT), site.chargers
    drawn = [(g, 1 / chargers[group[0]].efficiency) for g, group in enumerate(groups)]
    served_kw = members(block.served_kw)
    terms.demand.append(lambda y, t: [(per_kw, served_kw[g, y, t]) for g, per_kw in drawn] if (y, t) in wanted else [])
    stands = standing(block, site, "another", lambda ck: float(_existing(chargers[ck[0]], ck[1])))
    for c, k in block.CK:
        terms.capital.append(Linear(*added_cost(chargers[c].present_cost, block.another[c, k], stands((c, k)))))
    upkeep = Linear((chargers[c].om_per_year, block.another[c, k]) for c, k in block.CK)
    for y in block.Y:
        terms.each_year(y, upkeep, "om")


def _existing(charger: ChargerParameters, k: int) -> int:
    """Return how many chargers of the k-th column of a type stand already."""
    return charger.existing if even(charger) else int(k <= charger.existing)


def efficiency_groups(chargers: tuple[ChargerParameters, ...]) -> list[list[int]]:
    """Return the indices of charger types that share an efficiency, group by group."""
    groups: dict[float, list[int]] = {}
    for c, charger in enumerate(chargers):
        groups.setdefault(charger.efficiency, []).append(c)
    return list(groups.values())


def even(charger: ChargerParameters) -> bool:
    """Return whether every further charger adds the same capacity (no queue)."""
    if charger.spare:
        return False
    added = np.diff(charger.capacity_kw, axis=1)
    return bool(np.allclose(added, added[:, :1], rtol=1e-9)) if added.size else True


def increment(charger: ChargerParameters, y: int, k: int) -> float:
    """Return the capacity that the k-th charger adds, kW."""
    return float(charger.capacity_kw[y, k] - charger.capacity_kw[y, k - 1]) if charger.max_count else 0.0


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return counts by type and the power each type serves, shape (types, years, steps), kW."""
    counts = np.zeros(len(site.chargers), int)
    for (c, _), chosen in zip(block.CK, values.of(block.another), strict=True):
        counts[c] += round(chosen)
    served = np.zeros((len(site.chargers), *site.demand_kwh.shape))
    flows = values.of(block.served_kw).reshape(len(block.G), len(block.WANTED_YT))
    at = np.array(list(block.WANTED_YT), dtype=int).reshape(-1, 2)
    for group, flow in zip(efficiency_groups(site.chargers), flows, strict=True):
        for y in range(len(site.years)):
            own = at[:, 0] == y
            power = np.array([site.chargers[c].full_of(counts[c])[y] for c in group])
            split = power / power.sum() if power.sum() else np.full(len(group), 1 / len(group))
            served[np.ix_(group, [y], at[own, 1])] = (split[:, None] * np.maximum(flow[own], 0))[:, None, :]
    return {"chargers": counts, "served_kw": served}

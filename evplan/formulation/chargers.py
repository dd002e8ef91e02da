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
from evplan.linear.affine import each, gathered
from evplan.linear.columns import Columns
from evplan.linear.pairs import Linear, Pairs
from evplan.linear.rows import Rows
from evplan.parameters.types import ChargerParameters, SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the chargers to the site's block and register their terms."""
    chargers, takes_kw = site.chargers, site.takes_kw
    groups = efficiency_groups(chargers)
    steps = [
        (c, k) for c, charger in enumerate(chargers) for k in range(1, 1 + (1 if even(charger) else charger.max_count))
    ]
    block.CK = pyo.Set(initialize=steps, ordered=True, dimen=2)
    block.another = pyo.Var(
        block.CK, domain=pyo.NonNegativeIntegers,
        bounds=lambda b, c, k: (_existing(chargers[c], k), chargers[c].max_count if even(chargers[c]) else 1),
    )  # fmt: skip
    block.served_kw = Columns(np.broadcast_to(takes_kw > 0, (len(groups), *takes_kw.shape)), upper=takes_kw)
    block.in_order = pyo.Constraint(
        [(c, k) for c, k in steps if k > 1], rule=lambda b, c, k: Linear([(1.0, b.another[c, k]), (-1.0, b.another[c, k - 1])]) <= 0,
        doc="chargers are counted in order",
    )  # fmt: skip
    _capacities(block, site, groups, steps)
    _register(block, site, terms, groups)


def _capacities(block: Any, site: SiteParameters, groups: list[list[int]], steps: list[tuple[int, int]]) -> None:
    """Tie what a group carries, and what it gives at most, to its counts."""
    chargers, count = site.chargers, each(block.another)
    block.capacity_kw = Columns((len(groups), len(site.years)))
    block.full_kw = Columns((len(groups), len(site.years)))
    carried = np.zeros((len(groups), len(site.years), *count.shape))  # that the k-th charger of a type adds, kW
    full = np.zeros_like(carried)
    for g, group in enumerate(groups):
        for c, k in (step for step in steps if step[0] in group):
            carried[g, :, c, k] = [increment(chargers[c], y, k) for y in block.Y]
            full[g, :, c, k] = chargers[c].full_kw if k > chargers[c].spare else 0.0
    block.queue_capacity = Rows(
        each(block.capacity_kw) - (carried * count).sum(2, 3) == 0, doc="ports carry what their queue allows"
    )
    block.full_capacity = Rows(
        each(block.full_kw) - (full * count).sum(2, 3) == 0, doc="ports give what their number and power allow"
    )


def _register(block: Any, site: SiteParameters, terms: Terms, groups: list[list[int]]) -> None:
    chargers = site.chargers
    drawn = np.array([1 / chargers[group[0]].efficiency for group in groups])
    terms.demand.append((drawn[:, None, None] * each(block.served_kw)).sum(0))
    stands = standing(block, site, "another", lambda ck: float(_existing(chargers[ck[0]], ck[1])))
    for c, k in block.CK:
        terms.capital.append(added_cost(chargers[c].present_cost, block.another[c, k], stands((c, k))))
    upkeep: Pairs = [(chargers[c].om_per_year, block.another[c, k]) for c, k in block.CK]
    terms.each_year(gathered((), {(): upkeep}), "om")


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
    counted = np.rint(values.of(block.another)).astype(int).sum(axis=1)
    none = np.zeros(len(site.chargers) - len(counted), int)  # the last types have no column if none of them may stand
    counts = np.append(counted, none)
    served = np.zeros((len(site.chargers), *site.demand_kwh.shape))
    flows = values.least_0(block.served_kw)
    for group, flow in zip(efficiency_groups(site.chargers), flows, strict=True):
        for y in range(len(site.years)):
            power = np.array([site.chargers[c].full_of(counts[c])[y] for c in group])
            split = power / power.sum() if power.sum() else np.full(len(group), 1 / len(group))
            served[group, y] = split[:, None] * flow[y]
    return {"chargers": counts, "served_kw": served}

"""Which energy a plan counts on moving between vehicles that only take: where it does, and the rows that forbid it there.

The power C[t] that a plan gives such vehicles can be shared out, each taking at most p while it is there and e in all, if and only if
for every set S of steps

    sum over t in S of h C[t]  <=  sum over vehicles i of min(e[i], what i can take in the steps of S)

(Gale 1957, Pacific Journal of Mathematics 7, 1073-1082). Walls are these rows for some sets; a plan between walls can break others,
such as the cheap hours before noon and after six: whoever is full by noon cannot take any more, though a vehicle that came since can.
The most broken set is the minimum cut of steps, vehicles and what flows between them. `together.py` adds its rows and plans again.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from evplan.parameters.clock import Clock
from evplan.parameters.envelope import presences
from evplan.parameters.fleet import ManagedParameters, Stays, Together
from evplan.parameters.ports import group_of
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution

PER_KWH = 1000.0  # flows are whole watt-hours
MOST_WH = 2.0e9  # that the search can sum up; of more energy, coarser units
TOWARDS = (
    0.25,
    0.5,
    0.75,
    1.0,
)  # how far from even charging to the plan sets are looked for: nearer ones make deeper rows
LEAST_KWH = 0.01  # a row broken by less is not worth one


def broken(site: SiteParameters, plan: SiteSolution) -> tuple[tuple[Together, ...], float]:
    """Return the rows that a plan breaks, and the share of the energy its vehicles take that moves between them."""
    managed = site.managed
    if managed is None or managed.taking is None:
        return (), 0.0
    rows: list[Together] = []
    moved = taken = 0.0
    for y in range(len(site.years)):
        found, kwh = _of_year(site.clock, managed, plan, y)
        rows += found
        moved += kwh
        taken += float((plan.served_total_kw[y] - plan.into_v2g_kw[y]) @ site.clock.step_h)
    return tuple(rows), moved / taken if taken else 0.0


def _of_year(clock: Clock, managed: ManagedParameters, plan: SiteSolution, y: int) -> tuple[list[Together], float]:
    stays = managed.stays[y].of(~managed.stays[y].willing)
    group = group_of(stays, managed.hosting[y])
    part = plan.hosted[y][group]
    given = (plan.served_total_kw[y] - (plan.into_v2g_kw[y] if managed.giving is not None else 0.0)) * clock.step_h
    there = list(presences(stays, clock))
    who, step = (np.concatenate([getattr(now, name) for now in there]) for name in ("who", "step"))
    can = np.concatenate([stays.power_kw[now.who] * (now.ends_h - now.begins_h) for now in there])
    energy, able = stays.energy_kwh * part, can * part[who]
    even = np.bincount(
        step, (energy / stays.stay_h)[who] * np.concatenate([n.ends_h - n.begins_h for n in there]), clock.steps
    )
    cuts = []
    for towards in TOWARDS:
        found, moved = _cuts(towards * given + (1 - towards) * even, energy, who, step, able)
        cuts += found
    rows, seen = [], set()
    for reached, full in cuts:
        own = reached[step]
        for steps in _apart(reached, full, who[own], step[own], len(stays)):
            inside = np.isin(step, steps)
            most = _most(stays, group, len(managed.hosting[y].ports), who[inside], can[inside])
            broken_by = float(given[steps].sum() - most @ plan.hosted[y])
            if broken_by > LEAST_KWH and tuple(steps.tolist()) not in seen:
                seen.add(tuple(steps.tolist()))
                rows.append(Together(y, tuple(steps.tolist()), most))
    return rows, moved


def _most(stays: Stays, group: np.ndarray, groups: int, who: np.ndarray, can: np.ndarray) -> np.ndarray:
    """Return what the vehicles of each group can take in some steps, shape (groups,), kWh."""
    in_steps = np.bincount(who, can, len(stays))
    return np.bincount(group, np.minimum(stays.energy_kwh, in_steps), groups)


def _cuts(
    given: np.ndarray, energy: np.ndarray, who: np.ndarray, step: np.ndarray, can: np.ndarray
) -> tuple[list[tuple[np.ndarray, np.ndarray]], float]:
    """Return the smallest and the largest of the most broken sets, and the energy that no vehicle can take, kWh.

    Each is marks of the steps in it, and of the vehicles that are full by them alone. The largest holds hours in which the plan
    gives nothing, but whoever is there is full: else the next plan would only move there.
    """
    steps, vehicles = len(given), len(energy)
    source, sink = steps + vehicles, steps + vehicles + 1
    unit = min(PER_KWH, MOST_WH / max(1.0, float(given.sum())))
    tail = np.concatenate([np.full(steps, source), step, steps + np.arange(vehicles)])
    head = np.concatenate([np.arange(steps), steps + who, np.full(vehicles, sink)])
    most = np.concatenate([np.floor(unit * np.maximum(given, 0.0)), np.ceil(unit * can), np.ceil(unit * energy)])
    graph = csr_array(coo_array((most.astype(np.int32), (tail, head)), (sink + 1, sink + 1)))
    found = maximum_flow(graph, source, sink)
    left = csr_array(graph - found.flow)
    left.eliminate_zeros()
    smallest, largest = np.zeros(sink + 1, bool), np.ones(sink + 1, bool)
    smallest[breadth_first_order(left, source, return_predecessors=False)] = True
    largest[breadth_first_order(csr_array(left.T), sink, return_predecessors=False)] = False
    moved = float(most[:steps].sum() - found.flow_value) / unit
    return [(cut[:steps], cut[steps:source]) for cut in (smallest, largest)], moved


def _apart(reached: np.ndarray, full: np.ndarray, who: np.ndarray, step: np.ndarray, vehicles: int) -> list[np.ndarray]:
    """Return the parts of a set that no vehicle full in it has in common."""
    tie, steps = full[who], len(reached)
    pairs = (np.ones(int(tie.sum())), (step[tie], steps + who[tie]))
    label = connected_components(coo_array(pairs, (steps + vehicles, steps + vehicles)), directed=False)[1][:steps]
    own = np.flatnonzero(reached)
    return [own[label[own] == name] for name in np.unique(label[own])]

"""Which energy a plan counts on moving between vehicles: where it does, and the rows that forbid it there.

The power C[t] that a plan gives vehicles that only take can be shared out, each taking at most p while it is there and e in all, if
and only if for every set S of steps

    sum over t in S of h C[t]  <=  sum over vehicles i of min(e[i], what i can take in the steps of S)

(Gale 1957, Pacific Journal of Mathematics 7, 1073-1082). Walls are these rows for some sets; a plan between walls can break others,
such as the cheap hours before noon and after six: whoever is full by noon cannot take any more, though a vehicle that came since can.
Vehicles that give back can take as much more as they gave: B holds the steps of the stays of those that can be full in S. The most
broken set is the minimum cut of steps, vehicles and what flows between them. `together.py` adds its rows and plans again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
TOWARDS = (0.25, 0.5, 0.75, 1.0)  # how far from even charging to the plan sets are looked for: nearer ones, deeper rows
LEAST_KWH = 0.01  # a row broken by less is not worth one


@dataclass(frozen=True)
class _Kind:
    """The vehicles of one kind in one modelled year, what a plan puts into them and takes out, kWh, and when they are there.

    who, step, hours : a row for each step of each stay.
    """

    place: int
    y: int
    stays: Stays
    group: np.ndarray
    part: np.ndarray  # of each vehicle that the plan hosts
    into_kwh: np.ndarray
    out_kwh: np.ndarray
    who: np.ndarray
    step: np.ndarray
    hours: np.ndarray


def broken(site: SiteParameters, plan: SiteSolution) -> tuple[tuple[Together, ...], float]:
    """Return the rows that a plan breaks, and the share of the energy its vehicles take that moves between them."""
    if site.managed is None:
        return (), 0.0
    rows: list[Together] = []
    moved = 0.0
    for y in range(len(site.years)):
        for kind in _kinds(site.clock, site.managed, plan, y):
            found, kwh = _of_kind(kind, site.managed, plan)
            rows += found
            moved += kwh
    taken = float((plan.served_total_kw @ site.clock.step_h).sum())
    return tuple(rows), moved / taken if taken else 0.0


def _kinds(clock: Clock, managed: ManagedParameters, plan: SiteSolution, y: int) -> Iterator[_Kind]:
    """Yield the kinds of vehicles of one modelled year."""
    everyone, h = managed.stays[y], clock.step_h
    both = len(managed.envelopes) > 1
    for place, willing in enumerate(w for w, e in ((False, managed.taking), (True, managed.giving)) if e is not None):
        stays = everyone.of(everyone.willing == willing)
        if not len(stays):
            continue
        into = plan.into_v2g_kw[y] if willing and both else plan.served_total_kw[y] - plan.into_v2g_kw[y]
        group = group_of(stays, managed.hosting[y])
        there = list(presences(stays, clock))
        who, step = (np.concatenate([getattr(now, name) for now in there]) for name in ("who", "step"))
        hours = np.concatenate([now.ends_h - now.begins_h for now in there])
        out = (plan.v2g_kw[y] if willing else np.zeros(clock.steps)) * h
        yield _Kind(place, y, stays, group, plan.hosted[y][group], into * h, out, who, step, hours)


def _of_kind(kind: _Kind, managed: ManagedParameters, plan: SiteSolution) -> tuple[list[Together], float]:
    stays, who, step = kind.stays, kind.who, kind.step
    energy, can = stays.energy_kwh * kind.part, stays.power_kw[who] * kind.hours
    even = np.bincount(step, (energy / stays.stay_h)[who] * kind.hours, len(kind.into_kwh))
    cuts, moved = [], 0.0
    for towards in TOWARDS:
        found, moved = _cuts(towards * kind.into_kwh + (1 - towards) * even, energy, who, step, can * kind.part[who])
        cuts += found
    rows: dict[tuple[int, ...], Together] = {}
    groups = len(managed.hosting[kind.y].ports)
    for reached, full in cuts:
        own = reached[step]
        for steps in _apart(reached, full, who[own], step[own], len(stays)):
            inside = np.isin(step, steps)
            in_steps = np.bincount(who[inside], can[inside], len(stays))
            most = np.bincount(kind.group, np.minimum(stays.energy_kwh, in_steps), groups)
            back = np.unique(step[(in_steps > stays.energy_kwh)[who]]) if kind.out_kwh.any() else np.zeros(0, int)
            by = float(kind.into_kwh[steps].sum() - most @ plan.hosted[kind.y] - kind.out_kwh[back].sum())
            if by > LEAST_KWH:
                key = tuple(steps.tolist())
                rows[key] = Together(kind.place, kind.y, key, most, tuple(back.tolist()))
    return list(rows.values()), max(0.0, moved - float(kind.out_kwh.sum()))


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

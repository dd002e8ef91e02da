"""What plans keep to: budgets, zones of the grid, distances between stations, stations in an area, and coverage of groups.

works[t] + kept[t] <= budget[t] + kept[t-1]                                   kept : what is left for later
sum over j in zone z, k of coincidence power n[t,j,k] <= left[z] + step g[t,z]   g : steps of reinforcement, whole, which stay
sum over new j of a clique of x[t,j,k] + x[t,old,k] <= 1
sum over j in area i of open[t,j] <= most, or what stands where that is more
covered share of a group in the last phase >= least
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.siting.model import coverage, stations
from evplan.siting.problem import Problem


def add(block: Any, problem: Problem) -> None:
    """Add the rules of a study."""
    _zones(block, problem)
    _budgets(block, problem)
    _spacing(block, problem)
    _areas(block, problem)
    least = problem.study.rules.least_coverage
    if least:
        own = np.array([least.get(name, 0.0) for name in problem.groups])
        block.least_coverage = Rows(coverage.by_group(block, problem)[-1] >= own, own > 0, doc="coverage of groups")


def spent(block: Any, problem: Problem) -> Affine:
    """Return what each phase spends, reinforcement included, shape (phases,)."""
    total = stations.works(block, problem)
    zones = problem.study.zones
    if zones is not None and zones.step_kw is not None:
        steps = each(block.g)
        total += steps.sum(1) * zones.step_cost
        if len(problem.study.phases) > 1:
            before = steps[np.maximum(np.arange(steps.shape[0]) - 1, 0)].sum(1)
            total -= before * (np.arange(steps.shape[0]) > 0) * zones.step_cost
    return total


def _budgets(block: Any, problem: Problem) -> None:
    phases = len(problem.study.phases)
    budget = np.array([phase.budget for phase in problem.study.phases])
    keeps = problem.study.rules.carry and phases > 1
    block.kept = Columns(np.arange(phases) < phases - 1 if keeps else np.zeros(phases, bool))
    total = spent(block, problem)
    if keeps:
        kept = each(block.kept)
        total = total + kept - kept[np.maximum(np.arange(phases) - 1, 0)] * (np.arange(phases) > 0)
    block.budget = Rows(total <= budget, doc="what a phase may spend")


def _zones(block: Any, problem: Problem) -> None:
    said, sites = problem.study.zones, problem.sites
    if said is None:
        return
    phases, zones = len(problem.study.phases), len(sites.zone_names)
    power = said.coincidence * np.array([one.power_kw for one in problem.study.types])
    carried = (each(block.n) * power).sum(2).sum_by(sites.zone, zones)
    stands = np.bincount(sites.zone[sites.zone >= 0], (sites.ports * power).sum(axis=1)[sites.zone >= 0], zones)
    left = sites.zone_kw + stands  # what the data have left is beside what stands
    if said.step_kw is not None:
        block.g = Columns((phases, zones), upper=said.most_steps, whole=True)
        block.reinforced_stays = Rows(each(block.g)[1:] - each(block.g)[:-1] >= 0, doc="reinforcement stays")
        carried = carried - each(block.g) * said.step_kw
    block.zone = Rows(
        carried <= left, np.tile(np.bincount(sites.zone[sites.zone >= 0], minlength=zones) > 0, (phases, 1)), doc="grid"
    )


def _spacing(block: Any, problem: Problem) -> None:
    x = each(block.x)
    for k, groups in enumerate(problem.spaced):
        if not groups:
            continue
        row = np.concatenate([np.full(len(one.new) + (one.old >= 0), i) for i, one in enumerate(groups)])
        site = np.concatenate([np.append(one.new, one.old) if one.old >= 0 else one.new for one in groups])
        block.add_component(
            f"spacing_{k}", Rows(x[:, site, k].sum_by(row, len(groups)) <= 1, doc="distance between stations")
        )


def _areas(block: Any, problem: Problem) -> None:
    most, sites = problem.study.rules.most_per_area, problem.sites
    if most is None:
        return
    areas, phases = len(problem.weight), len(problem.study.phases)
    stands = np.bincount(problem.of_area[sites.standing], minlength=areas)
    there = np.bincount(problem.of_area[~sites.standing], minlength=areas) > 0
    # A station that stands counts while anything stands there; who takes away one makes room only if all of its ports go.
    block.open = Columns(np.tile(sites.standing, (phases, 1)), upper=1.0)
    holds = Rows(
        each(block.x) - each(block.open)[:, :, None] <= 0,
        block.x.where & sites.standing[:, None],
    )
    block.open_holds = holds
    count = (each(block.y) + each(block.open)).sum_by(problem.of_area, areas)
    block.most_per_area = Rows(
        count <= np.maximum(most, stands), np.tile(there, (phases, 1)), doc="stations in an area"
    )

"""What may be sought, as expressions.

coverage    part of all weight that is covered, mean over types and years
equity      the least coverage of any group in the last phase
served      energy over all years, kWh
cost        works and operation, worth now
npv         margin of the energy that is served, less cost, worth now
emissions   CO2-equivalent that is saved, kg
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.siting.model import coverage, rules, service, stations
from evplan.siting.problem import Problem


def equity(block: Any, problem: Problem) -> Affine:
    """Return the least coverage of any group that weighs something, in the last phase."""
    weighs = np.bincount(problem.group, problem.weight, len(problem.groups)) > 0
    block.least = Columns((), upper=1.0 + max(one.backup_share for one in problem.study.types))
    every = each(block.least)[np.newaxis][np.zeros(len(weighs), int)]
    block.least_of_groups = Rows(
        coverage.by_group(block, problem)[-1] - every >= 0, weighs, doc="the least of all groups"
    )
    return each(block.least)


def served(block: Any, problem: Problem) -> Affine:
    """Return the energy over all years."""
    return (service.served(block, problem) * np.array([phase.years for phase in problem.study.phases])).sum()


def cost(block: Any, problem: Problem) -> Affine:
    """Return works and operation, worth now."""
    return (rules.spent(block, problem) * problem.discount + stations.yearly(block, problem) * problem.annuity).sum()


def npv(block: Any, problem: Problem) -> Affine:
    """Return the margin of the energy less cost, worth now."""
    own = problem.study.economics
    margin = (own.price_per_kwh - own.energy_cost_per_kwh) * problem.annuity
    return (service.served(block, problem) * margin).sum() - cost(block, problem)


def emissions(block: Any, problem: Problem) -> Affine:
    """Return what is saved."""
    return served(block, problem) * problem.study.economics.saved_kg_per_kwh


GOALS: dict[str, Callable[[Any, Problem], Affine]] = {
    "coverage": coverage.whole, "equity": equity, "served": served, "cost": cost, "npv": npv, "emissions": emissions,
}  # fmt: skip

"""What stations serve: within what ports can give, and what is wanted around them (reach.py).

s[t,k,j]   kWh a day that station j of type k serves
s <= kWh a port gives * n[t,j,k]
s <= growth[t] R({j}) x[t,j,k]                               alone it could not serve more
sum over j in A of s[t,k,j] <= growth[t] R(A)                for sets A of stations that are known to compete (solve.py)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.siting.problem import DAYS, Problem
from evplan.siting.reach import Rivals


def add(block: Any, problem: Problem, rivals: Sequence[Sequence[Rivals]]) -> None:
    """Add what stations serve. rivals : sets of stations that compete, by type."""
    growth = problem.growth
    alone = np.stack([reach.alone for reach in problem.reach])
    block.s = Columns(np.tile(alone > 0, (len(growth), 1, 1)), upper=growth[:, None, None] * alone)
    serves, gives = each(block.s), np.array([one.kwh_per_port_day for one in problem.study.types])
    n, x = (_by_type(each(variable), problem) for variable in (block.n, block.x))
    block.ports_give = Rows(serves - n * gives[:, None] <= 0, block.s.where, doc="ports give what they can")
    block.alone = Rows(
        serves - x * (growth[:, None, None] * alone) <= 0, block.s.where, doc="what is wanted around a station"
    )
    for k, sets in enumerate(rivals):
        if sets:
            row, site = (
                np.repeat(np.arange(len(sets)), [len(one.sites) for one in sets]),
                np.concatenate([one.sites for one in sets]),
            )
            else_ = growth[:, None] * np.concatenate([one.alone for one in sets])
            more = (serves[:, k, site] - x[:, k, site] * else_).sum_by(row, len(sets))
            most = growth[:, None] * np.array([one.wanted for one in sets])
            block.add_component(f"rivals_{k}", Rows(more <= most, doc="what is wanted around stations together"))


def served(block: Any, problem: Problem) -> Affine:
    """Return the energy that is served in a year of each phase, kWh, shape (phases,)."""
    return DAYS * each(block.s).sum(1, 2)


def _by_type(own: Affine, problem: Problem) -> Affine:
    """Return an expression over phases, sites and types as one over phases, types and sites."""
    phases, sites, types = problem.shape
    return own[np.arange(phases)[:, None, None], np.arange(sites), np.arange(types)[:, None]]

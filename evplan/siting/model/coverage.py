"""Who is covered: areas that have the same stations within every band are one.

    z[t,k,b,i] <= sum over sites j within band b of x[t,j,k]       0 <= z <= 1, whether area i is within band b of a station
    s[t,k,i]   <= sum over sites j within the first band - z       a second station within the first band

    covered[t,k,i] = sum over b of (share_b - share_b+1) z[t,k,b,i] + backup share s[t,k,i]

An area without a site within a band has no column there: nothing is covered where nothing can stand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.siting.problem import Problem


class Cover(NamedTuple):
    """Areas of one type and band, those alike joined. row, site : pairs, by row.  weight : of rows by group, shape (rows, groups)."""

    row: np.ndarray
    site: np.ndarray
    weight: np.ndarray


def covers(problem: Problem, k: int, b: int) -> Cover:
    """Return who is within band b of a type, and of which sites."""
    near = problem.near.within(problem.study.types[k].cover[b].km)
    can = problem.may[near.site, k]
    area, site = near.area[can], near.site[can]
    order = np.lexsort((site, area))
    area, site = area[order], site[order]
    count = np.bincount(area, minlength=len(problem.weight))
    starts = np.cumsum(count) - count
    alike: dict[bytes, int] = {}
    of_area = np.full(len(count), -1)
    for i in np.flatnonzero(count).tolist():
        of_area[i] = alike.setdefault(site[starts[i] : starts[i] + count[i]].tobytes(), len(alike))
    weight = np.zeros((len(alike), len(problem.groups)))
    there = of_area >= 0
    np.add.at(weight, (of_area[there], problem.group[there]), problem.weight[there])
    first = np.zeros(len(of_area), bool)
    first[np.flatnonzero(there)[np.unique(of_area[there], return_index=True)[1]]] = True
    kept = first[area]
    return Cover(of_area[area[kept]], site[kept], weight)


def add(block: Any, problem: Problem) -> None:
    """Add who is covered."""
    phases, _, _ = problem.shape
    x = each(block.x)
    block.covers = {}
    for k, kind in enumerate(problem.study.types):
        for b in range(len(kind.cover)):
            own = covers(problem, k, b)
            rows = len(own.weight)
            z = Columns((phases, rows), upper=1.0)
            block.add_component(f"z_{k}_{b}", z)
            there = x[:, own.site, k].sum_by(own.row, rows)
            block.add_component(f"within_{k}_{b}", Rows(each(z) - there <= 0, doc="within a band of a station"))
            share = kind.cover[b].share - (kind.cover[b + 1].share if b + 1 < len(kind.cover) else 0.0)
            block.covers[k, b] = (own, z, share)
            if b == 0 and kind.backup_share > 0:
                s = Columns((phases, rows), upper=1.0)
                block.add_component(f"s_{k}", s)
                block.add_component(f"second_{k}", Rows(each(s) + each(z) - there <= 0, doc="a second station"))
                block.covers[k, -1] = (own, s, kind.backup_share)


def by_group(block: Any, problem: Problem) -> Affine:
    """Return the part of each group's weight that is covered, mean of types, shape (phases, groups)."""
    total = np.bincount(problem.group, problem.weight, len(problem.groups))
    found: Affine | None = None
    for own, variable, share in block.covers.values():
        factor = share * own.weight.T / np.maximum(total, 1e-300)[:, None] / len(problem.study.types)
        part = (each(variable)[:, None, :] * factor).sum(2)
        found = part if found is None else found + part
    assert found is not None
    return found


def whole(block: Any, problem: Problem) -> Affine:
    """Return the part of all weight that is covered, mean of types and of the years of phases."""
    years = np.array([phase.years for phase in problem.study.phases])
    total = np.bincount(problem.group, problem.weight, len(problem.groups))
    return (by_group(block, problem) * (years[:, None] / years.sum() * total)).sum()

"""Maximal cover: p sites that cover as much weight as can be, proved.

    maximise sum over i of weight[i] z[i]      z[i] <= sum over j in cover of i of x[j],  sum of x = p,  z <= 1

Points that the same sites cover are one point, and points that nobody covers count for nothing. An interchange finds where to begin;
the solver proves.

Source: Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, vstack

from evplan.errors import InputError
from evplan.siting.classic.median import Sited
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load

ROUNDS = 50


def maximal_cover(
    covers: csr_array, weight: np.ndarray, p: int, gap: float = 0.0, time_limit_s: float = 600.0
) -> Sited:
    """Return the best p sites; value and bound are the weight that is covered.

    covers : whether a site covers a point, shape (points, sites), no entry where it does not.  Raises: InputError for a p that is not from
    1 to the number of sites.
    """
    if not 1 <= p <= covers.shape[1]:
        raise InputError(f"p must be from 1 to {covers.shape[1]} (got {p})")
    points, own = merged(csr_array(covers, dtype=float), np.asarray(weight, float))
    begin = _interchanged(csc_array(points), own, p)
    highs = load(_program(points, own, p))
    for name, value in (("mip_rel_gap", gap), ("time_limit", time_limit_s), ("mip_abs_gap", 1e-9)):
        checked(highs.setOptionValue(name, value), name)
    sites = points.shape[1]
    start = np.zeros(sites)
    start[begin] = 1.0
    covered = np.minimum(points @ start, 1.0)
    highs.setSolution(sites + len(own), np.arange(sites + len(own), dtype=np.int32), np.concatenate([start, covered]))
    checked(highs.run(), "run")
    info = highs.getInfo()
    x = np.asarray(highs.getSolution().col_value)[:sites]
    chosen = np.flatnonzero(x > 0.5)
    value = float(own @ (points[:, chosen].sum(axis=1) > 0.5))
    return Sited(chosen, value, max(value, -info.mip_dual_bound))


def within(distance: np.ndarray, radius: float, p: int, time_limit_s: float = 600.0) -> Sited:
    """Return the p sites that most are within a radius of, everybody alike. distance : shape (points, sites)."""
    return maximal_cover(csr_array(distance <= radius), np.ones(len(distance)), p, time_limit_s=time_limit_s)


def merged(covers: csr_array, weight: np.ndarray) -> tuple[csr_array, np.ndarray]:
    """Return points that differ in who covers them, with their weights; those that nobody covers, or that weigh nothing, are left out."""
    covers.sum_duplicates()
    covers.sort_indices()
    alike: dict[bytes, int] = {}
    of = np.full(covers.shape[0], -1)
    first: list[int] = []
    ends = covers.indptr
    for i in np.flatnonzero((np.diff(ends) > 0) & (weight > 0)).tolist():
        key = covers.indices[ends[i] : ends[i + 1]].tobytes()
        if key not in alike:
            alike[key] = len(first)
            first.append(i)
        of[i] = alike[key]
    there = of >= 0
    return covers[np.array(first, int)], np.bincount(of[there], weight[there], len(first))


def _program(covers: csr_array, weight: np.ndarray, p: int) -> Program:
    points, sites = covers.shape
    one = csr_array((np.ones(sites), (np.zeros(sites, int), np.arange(sites))), shape=(1, sites + points))
    same = csr_array((np.ones(points), (np.arange(points), np.arange(points))), shape=(points, points))
    rows = vstack([hstack([-covers, same]), one])
    return Program(
        matrix=csc_array(rows), cost=np.concatenate([np.zeros(sites), -weight]), offset=0.0,
        row_lower=np.append(np.full(points, -np.inf), p), row_upper=np.append(np.zeros(points), p), lower=np.zeros(sites + points),
        upper=np.ones(sites + points), integer=np.arange(sites + points) < sites,
    )  # fmt: skip


def _interchanged(covers: csc_array, weight: np.ndarray, p: int) -> np.ndarray:
    """Return p sites: greedily, then by swaps that cover more."""
    count, chosen = np.zeros(len(weight)), list[int]()
    for _ in range(p):
        gain = (weight * (count == 0)) @ covers
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
        count += covers[:, [chosen[-1]]].toarray().ravel()
    for _ in range(ROUNDS):
        helped = False
        for place in range(p):
            without = count - covers[:, [chosen[place]]].toarray().ravel()
            gain = (weight * (without == 0)) @ covers
            gain[[one for one in chosen if one != chosen[place]]] = -1.0
            best = int(gain.argmax())
            if gain[best] > gain[chosen[place]] + 1e-12:
                count, chosen[place], helped = without + covers[:, [best]].toarray().ravel(), best, True
        if not helped:
            break
    return np.array(chosen)

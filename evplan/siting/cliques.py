"""Sites that must not stand together: pairs that are too close, covered by as few groups as a simple search finds.

Of a group in which everybody is too close to everybody, at most one may stand; that is tighter than a row for every pair, and one row.
Stations that stand already may be close to each other: they are counted one at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Spaced(NamedTuple):
    """At most one of these sites may hold a station. new : without one now.  old : at most one that has, -1 where there is none."""

    new: np.ndarray
    old: int


def spaced(pairs: np.ndarray, standing: np.ndarray) -> tuple[Spaced, ...]:
    """Return groups that cover pairs of sites, shape (pairs, 2). standing : whether a site has a station now, shape (sites,)."""
    if not len(pairs):
        return ()
    near: dict[int, set[int]] = {i: set() for i in np.unique(pairs).tolist()}
    for a, b in pairs[~(standing[pairs[:, 0]] & standing[pairs[:, 1]])].tolist():
        near[a].add(b)
        near[b].add(a)
    found = [Spaced(np.array(clique), -1) for clique in _cover(near, {i for i in near if not standing[i]})]
    for old in (i for i in near if standing[i]):
        found += [Spaced(np.array(clique), old) for clique in _cover(near, near[old], alone=True)]
    return tuple(found)


def _cover(near: dict[int, set[int]], among: set[int], alone: bool = False) -> list[list[int]]:
    """Return cliques that cover every pair among some sites, and every site if alone; each as large as a greedy search makes it."""
    left, found, seen = {i: near[i] & among for i in among}, [], set[int]()
    for i in sorted(among, key=lambda i: (-len(left[i]), i)):
        while left[i] or (alone and i not in seen):
            clique, shared = [i], near[i] & among
            for j in sorted(shared, key=lambda j: (j not in left[i], -len(near[j] & shared), j)):
                if all(j in near[other] for other in clique):
                    clique.append(j)
            for member in clique:
                left[member] -= set(clique)
            seen.update(clique)
            found.append(clique)
    return found

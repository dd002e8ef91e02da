"""Who would drive where, and what stations can serve together.

Stations can give s[j] to areas at once if, and only if, no set A of them gives more than its surroundings want (max-flow min-cut):

    sum over j in A of s[j] <= R(A) = sum over areas i of wanted[i] min(1, sum over j in A of share[i,j])

Such sets say in a few rows of stations what flows between all areas and stations say in hundreds of thousands of columns.
Source: Ford and Fulkerson 1956; Gale 1957, Pacific Journal of Mathematics 7(2), 1073-1082.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

WHOLE = 2**29  # capacities of flows are whole numbers: all that is wanted is so many
FAINT = 1e-6  # of all that is wanted: sets that are passed by less are none


@dataclass(frozen=True)
class Reach:
    """Pairs of an area and a site of one type. share : of the area's demand that would drive so far.

    wanted : a day, now, kWh, shape (areas,).
    """

    area: np.ndarray
    site: np.ndarray
    share: np.ndarray
    wanted: np.ndarray
    sites: int

    @cached_property
    def shares(self) -> csr_array:
        """Return shares as a matrix, shape (areas, sites)."""
        return csr_array((self.share, (self.area, self.site)), shape=(len(self.wanted), self.sites))

    @cached_property
    def alone(self) -> np.ndarray:
        """Return what each station could serve if it were alone, R({j}), shape (sites,)."""
        return self.wanted @ self.shares

    def together(self, sites: np.ndarray) -> float:
        """Return what a set of stations could serve together at most, R(A)."""
        return float(self.wanted @ np.minimum(1.0, self.shares[:, sites].sum(axis=1)))

    def passed(self, given: np.ndarray, growth: float) -> list[np.ndarray]:
        """Return sets of stations that give more than is wanted around them. given : of each station, shape (sites,)."""
        unit = WHOLE / max(growth * self.wanted.sum(), 1e-300)
        want = np.floor(unit * given).astype(np.int64)
        flow, graph = self._flow(want, growth)
        if flow.flow_value >= want.sum() - FAINT * WHOLE:
            return []
        residual = graph - flow.flow
        residual.data[residual.data < 0] = 0
        residual.eliminate_zeros()
        reached = np.zeros(graph.shape[0], bool)
        reached[breadth_first_order(residual, 0, return_predecessors=False)] = True
        inside = ~reached[1 + len(self.wanted) : -1] & (want > 0)
        return self._apart(np.flatnonzero(inside), given, growth)

    def flows(self, most: np.ndarray, growth: float) -> np.ndarray:
        """Return energy from areas to stations, as much as can be, by pair. most : that each station can give, shape (sites,)."""
        unit = WHOLE / max(growth * self.wanted.sum(), 1e-300)
        whole = np.floor(unit * np.minimum(most, growth * self.alone)).astype(np.int64)
        flow, _ = self._flow(whole, growth)
        middle = flow.flow[1 : 1 + len(self.wanted), 1 + len(self.wanted) : -1]
        return np.maximum(np.asarray(csr_array(middle)[self.area, self.site]).ravel(), 0) / unit

    def _flow(self, most: np.ndarray, growth: float) -> tuple[Any, csr_array]:
        """Return the largest flow, and its graph: source, areas, sites, sink."""
        areas, unit = len(self.wanted), WHOLE / max(growth * self.wanted.sum(), 1e-300)
        open_ = most[self.site] > 0
        area, site = self.area[open_], self.site[open_]
        start = np.concatenate([np.zeros(areas, int), 1 + area, 1 + areas + np.arange(self.sites)])
        end = np.concatenate([1 + np.arange(areas), 1 + areas + site, np.full(self.sites, 1 + areas + self.sites)])
        wanted = unit * growth * self.wanted
        size = np.concatenate([wanted, wanted[area] * self.share[open_], most])
        nodes = 2 + areas + self.sites
        graph = csr_array((np.floor(size).astype(np.int32), (start, end)), shape=(nodes, nodes))
        return maximum_flow(graph, 0, nodes - 1), graph

    def _apart(self, inside: np.ndarray, given: np.ndarray, growth: float) -> list[np.ndarray]:
        """Return the parts of a set that share no area, of those that are passed."""
        own = self.shares[:, inside]
        _, part = connected_components(own.T @ own, directed=False)
        parts = [inside[part == i] for i in range(part.max() + 1)]
        return [one for one in parts if given[one].sum() > growth * self.together(one) * (1 + FAINT)]

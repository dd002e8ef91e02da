"""Who would drive where, and what stations can serve together.

Stations can give s[j] to areas at once if, and only if, no set A of them gives more than its surroundings want. For every set of areas I
(max-flow min-cut, where x[j] says whether a station stands):

    sum over j in A of s[j] <= sum over i in I of wanted[i] + sum over j in A of x[j] sum over i not in I of share[i,j] wanted[i]

Such sets say in a few rows of stations what flows between all areas and stations say in hundreds of thousands of columns.
Source: Ford and Fulkerson 1956; Gale 1957, Pacific Journal of Mathematics 7(2), 1073-1082.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

WHOLE = 2**29  # capacities of flows are whole numbers: all that is wanted is so many
FAINT = 1e-6  # of all that is wanted: sets that are passed by less are none


class Rivals(NamedTuple):
    """A set A of stations that compete for a set I of areas. alone : what else each could serve.  wanted : in I.  Both a day, now, kWh."""

    sites: np.ndarray
    alone: np.ndarray
    wanted: float

    @property
    def key(self) -> bytes:
        """Return what tells sets apart."""
        return self.sites.tobytes() + np.round(self.alone, 9).tobytes()


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

    def passed(self, given: np.ndarray, stands: np.ndarray, growth: float) -> list[Rivals]:
        """Return sets of stations that give more than is wanted around them. given, stands : of each station, shape (sites,)."""
        if not len(self.area) or self.wanted.sum() <= 0:
            return []
        unit = self._unit(growth)
        want = np.floor(unit * given).astype(np.int64)
        flow, graph = self._flow(want, growth, stands)
        if flow.flow_value >= want.sum() - FAINT * WHOLE:
            return []
        residual = graph - flow.flow
        residual.data[residual.data < 0] = 0
        residual.eliminate_zeros()
        reached = np.zeros(graph.shape[0], bool)
        reached[breadth_first_order(residual, 0, return_predecessors=False)] = True
        rivals, areas = ~reached[1 + len(self.wanted) : -1] & (want > 0), ~reached[1 : 1 + len(self.wanted)]
        return [one for one in self._apart(np.flatnonzero(rivals), areas) if self._too_much(one, given, stands, growth)]

    def _too_much(self, one: Rivals, given: np.ndarray, stands: np.ndarray, growth: float) -> bool:
        most = growth * (one.wanted + one.alone @ stands[one.sites])
        return bool(given[one.sites].sum() > most * (1 + FAINT) + FAINT * growth * self.wanted.sum())

    def _apart(self, sites: np.ndarray, areas: np.ndarray) -> list[Rivals]:
        """Return the parts of a set of stations that share none of some areas."""
        own = self.shares[:, sites]
        shared = own[areas]
        _, part = connected_components(shared.T @ shared, directed=False)
        alone = (self.wanted * ~areas) @ own
        touched = (shared != 0) @ np.eye(part.max() + 1)[part] > 0 if len(sites) else np.zeros((0, 0))
        wanted = self.wanted[areas] @ touched
        return [Rivals(sites[part == i], alone[part == i], float(wanted[i])) for i in range(part.max() + 1)]

    def flows(self, most: np.ndarray, growth: float) -> np.ndarray:
        """Return energy from areas to stations, as much as can be, by pair. most : that each station can give, shape (sites,)."""
        if not len(self.area) or self.wanted.sum() <= 0:
            return np.zeros(len(self.area))
        unit = self._unit(growth)
        whole = np.floor(unit * np.minimum(most, growth * self.alone)).astype(np.int64)
        flow, _ = self._flow(whole, growth, most > 0)
        middle = flow.flow[1 : 1 + len(self.wanted), 1 + len(self.wanted) : -1]
        return np.maximum(np.asarray(csr_array(middle)[self.area, self.site]).ravel(), 0) / unit

    def _unit(self, growth: float) -> float:
        """Return the whole numbers of a flow per kWh."""
        return WHOLE / max(growth * float(self.wanted.sum()), 1e-300)

    def _flow(self, most: np.ndarray, growth: float, stands: np.ndarray) -> tuple[Any, csr_array]:
        """Return the largest flow, and its graph: source, areas, sites, sink."""
        areas, unit = len(self.wanted), self._unit(growth)
        open_ = most[self.site] > 0
        area, site = self.area[open_], self.site[open_]
        start = np.concatenate([np.zeros(areas, int), 1 + area, 1 + areas + np.arange(self.sites)])
        end = np.concatenate([1 + np.arange(areas), 1 + areas + site, np.full(self.sites, 1 + areas + self.sites)])
        wanted = unit * growth * self.wanted
        size = np.concatenate([wanted, wanted[area] * self.share[open_] * stands[site], most])
        nodes = 2 + areas + self.sites
        graph = csr_array((np.floor(size).astype(np.int32), (start, end)), shape=(nodes, nodes))
        return maximum_flow(graph, 0, nodes - 1), graph

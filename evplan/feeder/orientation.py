"""Which way is away from the source: how many buses lie between, along whatever conducts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

Node = tuple[str, int]


def bus_links(nodes: Sequence[Node], admittance: csr_array) -> tuple[list[str], csr_array]:
    """Return the names of buses, in order, and which of them are joined, shape (buses, buses). admittance : shape (nodes, nodes), S."""
    names = list(dict.fromkeys(bus for bus, _ in nodes))
    at = {name: i for i, name in enumerate(names)}
    of_node = np.array([at[bus] for bus, _ in nodes], int)
    own = coo_array(admittance)
    there = own.data != 0
    i, j = of_node[own.row[there]], of_node[own.col[there]]
    return names, csr_array((np.ones(len(i)), (i, j)), shape=(len(names), len(names)))


def hops(nodes: Sequence[Node], admittance: csr_array, sources: Iterable[str]) -> dict[str, int]:
    """Return how far each bus is from the nearest source; a bus that nothing joins to one is as far as there are buses."""
    names, links = bus_links(nodes, admittance)
    begin = [names.index(name) for name in dict.fromkeys(sources)]
    far = dijkstra(links, directed=False, indices=begin, unweighted=True, min_only=True)
    return {name: int(min(steps, len(names))) for name, steps in zip(names, far.tolist(), strict=True)}

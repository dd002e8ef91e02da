"""Read p-median instances of OR-Library: a graph, whose shortest paths are the distances, and p.

The first line holds vertices, edges and p; each other an edge and its length; of an edge that stands there twice the last counts.
Source: J. E. Beasley 1990, OR-Library, Journal of the Operational Research Society 41(11), 1069-1072.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.errors import InputError

MOST = 20_000  # vertices


@dataclass(frozen=True)
class Graph:
    """Shortest distances between vertices, shape (n, n), and how many sites are asked for."""

    distance: np.ndarray
    sites: int


def is_orlib(path: Path) -> bool:
    """Return whether a file opens with three whole numbers, as OR-Library's p-median instances do."""
    try:
        with path.open(encoding="utf-8") as handle:
            first = handle.readline().split()
    except (OSError, UnicodeDecodeError):
        return False
    return len(first) == 3 and all(word.isdecimal() for word in first)


def read_pmed(path: Path) -> Graph:
    """Return an instance. Raises: InputError for a file that is not as OR-Library has them."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    try:
        numbers = np.array(path.read_text(encoding="utf-8").split(), float)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is not a p-median instance of OR-Library ({error})") from None
    n, m, p = (int(one) for one in numbers[:3])
    rest = numbers[3:]
    if n > MOST:
        raise InputError(f"{path}: has {n:,} vertices; at most {MOST:,} fit into memory with the distances between all")
    if len(rest) != 3 * m or not 1 <= p <= n:
        raise InputError(
            f"{path}: says {n} vertices, {m} edges and p = {p}, and holds {len(rest) / 3:g} edges; p must be from 1 to {n}"
        )
    edges = rest.reshape(m, 3)
    if (
        not ((edges[:, :2] >= 1) & (edges[:, :2] <= n) & (edges[:, :2] % 1 == 0)).all()
        or not (np.isfinite(edges[:, 2]) & (edges[:, 2] >= 0)).all()
    ):
        raise InputError(f"{path}: edges must join vertices 1 to {n} by lengths of at least 0")
    ends = np.sort(edges[:, :2].astype(int) - 1, axis=1)
    length = {(a, b): d for (a, b), d in zip(ends.tolist(), edges[:, 2].tolist(), strict=True) if a != b}
    a, b = np.array(list(length), int).reshape(-1, 2).T
    graph = csr_array((np.array(list(length.values())) + 0.0, (a, b)), shape=(n, n))
    distance = dijkstra(graph, directed=False)
    if not np.isfinite(distance).all():
        raise InputError(f"{path}: its graph falls apart: some vertices cannot be reached from others")
    return Graph(distance, p)

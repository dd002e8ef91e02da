"""A three-phase network as numbers: its admittances, its source, what flows through lines and transformers, and who is connected where.

    Y v = i        v : voltages of nodes to ground, V;  i : currents into nodes, A;  Y : admittances without customers, S

A node is a bus and a phase, 1 to 3. The source is in Y and in `injected` (Norton). Neutrals are reduced into the phases (Kron), so that
currents of the three phases sum to that of the neutral.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from evplan.errors import InputError
from evplan.feeder.orientation import bus_links, hops

PHASES = (1, 2, 3)
Node = tuple[str, int]


@dataclass(frozen=True)
class Branch:
    """A line, or a transformer. start : the end nearer to the source, where this can be told; currents flow from there.

    rating_a : of a phase, of a transformer at its end; None where it is not known.  rating_kva : of a transformer.
    """

    name: str
    start: str
    end: str
    kind: str = "line"
    rating_a: float | None = None
    rating_kva: float | None = None


@dataclass(frozen=True)
class Customer:
    """Who draws power at a bus, alike from each of its phases. kw : usual or highest.  kw_series, kvar_series : by step, where known.

    delta : between phases instead of from phase to neutral.  plant : whether it is there to give power, though it may give none now.
    """

    name: str
    bus: str
    phases: tuple[int, ...]
    kw: float = 0.0
    kvar: float = 0.0
    delta: bool = False
    kw_series: np.ndarray | None = None
    kvar_series: np.ndarray | None = None
    plant: bool = False


@dataclass(frozen=True)
class Network:
    """A network of N nodes.

    base_v : rated voltage of each node to ground, shape (N,).  admittance : shape (N, N).
    injected, source : the source's currents, shape (N,), and its own admittances, which are part of all.
    branches : lines and transformers.
    through : rows of admittances whose products with voltages are currents into branches at their start (of a transformer, those that
    leave at its end), shape (rows, N); row_branch, row_phase : to which they belong.  place : of buses, (x, y), where it is known.
    """

    name: str
    nodes: tuple[Node, ...]
    base_v: np.ndarray
    admittance: csc_array
    injected: np.ndarray
    source: csc_array
    branches: tuple[Branch, ...]
    through: csr_array
    row_branch: np.ndarray
    row_phase: np.ndarray
    customers: tuple[Customer, ...] = ()
    place: dict[str, tuple[float, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def at(self) -> dict[Node, int]:
        """Return the index of each node."""
        return {node: i for i, node in enumerate(self.nodes)}

    @cached_property
    def buses(self) -> tuple[str, ...]:
        """Return the names of buses, in order."""
        return tuple(dict.fromkeys(bus for bus, _ in self.nodes))

    @cached_property
    def head(self) -> tuple[int, ...]:
        """Return the branches through which everything flows: the transformers nearest to the source, or else the lines nearest to it."""
        names, links = bus_links(self.nodes, self.admittance)
        at, joined = {name: i for i, name in enumerate(names)}, links.tolil()
        for one in self.branches:
            if one.kind == "transformer":
                joined[at[one.start], at[one.end]] = joined[at[one.end], at[one.start]] = 0
        _, part = connected_components(joined.tocsr(), directed=False)
        near = {int(part[at[bus]]) for bus in self.source_buses}
        ends = [{int(part[at[one.start]]), int(part[at[one.end]])} for one in self.branches]
        found = [
            b for b, one in enumerate(self.branches) if one.kind == "transformer" and near & ends[b] and ends[b] - near
        ]
        if found:
            return tuple(found)
        if not self.branches:
            raise InputError(f"{self.name}: the network has neither lines nor transformers")
        far = hops(self.nodes, self.admittance, self.source_buses)
        nearest = min((far[one.start] for one in self.branches), default=0)
        return tuple(b for b, one in enumerate(self.branches) if far[one.start] == nearest)

    @cached_property
    def source_buses(self) -> tuple[str, ...]:
        """Return the buses at which the grid feeds in."""
        return tuple(
            dict.fromkeys(
                self.nodes[i][0] for i in np.flatnonzero(np.abs(self.injected) > 1e-9 * np.abs(self.injected).max())
            )
        )

    @cached_property
    def head_rows(self) -> np.ndarray:
        """Return the rows of currents through the head."""
        return np.flatnonzero(np.isin(self.row_branch, self.head))

    @property
    def head_kva(self) -> float | None:
        """Return what the head is rated for together, None where it is not known."""
        sizes = [self.branches[b].rating_kva for b in self.head]
        return float(sum(size for size in sizes if size)) if all(sizes) else None

    def by_phase(self, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return values of rows summed by phase, shape (3, ...)."""
        found = np.zeros((3, *values.shape[1:]), values.dtype)
        np.add.at(found, self.row_phase[rows] - 1, values)
        return found

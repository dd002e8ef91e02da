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

PHASES = (1, 2, 3)
Node = tuple[str, int]


@dataclass(frozen=True)
class Branch:
    """A line, or a transformer, from one bus to another. nodes : at its start; those of `through` are currents into it there.

    rating_a : of a phase, None where it is not known.  rating_kva : of a transformer.
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

    delta : between phases instead of from phase to neutral.
    """

    name: str
    bus: str
    phases: tuple[int, ...]
    kw: float = 0.0
    kvar: float = 0.0
    delta: bool = False
    kw_series: np.ndarray | None = None
    kvar_series: np.ndarray | None = None


@dataclass(frozen=True)
class Network:
    """A network of N nodes.

    base_v : rated voltage of each node to ground, shape (N,).  admittance : shape (N, N).
    injected, source : the source's currents, shape (N,), and its own admittances, which are part of all.
    branches : lines and transformers.
    through : rows of admittances whose products with voltages are currents into branches at their start (of a transformer, those that
    leave at its low side), shape (rows, N); row_branch, row_phase : to which they belong.  place : of buses, (x, y), where it is known.
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
    def head(self) -> int:
        """Return the branch through which everything flows: the largest transformer, or else the first branch."""
        sizes = [one.rating_kva or 0.0 if one.kind == "transformer" else -1.0 for one in self.branches]
        return int(np.argmax(sizes)) if max(sizes, default=-1.0) >= 0 else 0

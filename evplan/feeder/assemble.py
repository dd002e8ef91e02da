"""Put a network together from lines, transformers and a source given by their sequence impedances.

    Z_self = (Z_0 + 2 Z_1) / 3,   Z_mutual = (Z_0 - Z_1) / 3                   of a line of three phases
    Y = A^T y A                                                                of a transformer: A, how windings join nodes

Source: Kersting 2018, Distribution System Modeling and Analysis, chapters 4 and 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from evplan.errors import InputError
from evplan.feeder.network import PHASES, Branch, Customer, Network, Node
from evplan.feeder.orientation import hops
from evplan.instance.columns import rows_shown

SQRT3 = float(np.sqrt(3))
TURN = np.exp(-2j * np.pi / 3 * np.arange(3))  # phases 1, 2, 3 of a positive sequence
GROUND = 1e-11  # S: what ties windings that touch no ground to it, so that their voltages are determined


def three_phase(positive: complex, zero: complex) -> np.ndarray:
    """Return the matrix of three phases alike from sequence values, shape (3, 3)."""
    return np.full((3, 3), (zero - positive) / 3) + np.eye(3) * positive


@dataclass(frozen=True)
class _Piece:
    """A branch and its admittances. at : its nodes, those of one end and of the other.  kv : of a transformer's ends."""

    branch: Branch
    at: np.ndarray
    whole: np.ndarray
    phases: Sequence[int]
    kv: tuple[float, float] | None = None

    def through(self, far: dict[str, int]) -> tuple[Branch, np.ndarray]:
        """Return the branch from its end that is nearer to the source, and admittances whose products are the currents along it.

        Of a line into it at its start; of a transformer those that leave at its end, where it is rated like the lines after it.
        """
        one, count = self.branch, len(self.phases)
        turned = far[one.start] > far[one.end]
        first, last = self.whole[:count], -self.whole[count:]
        if turned:
            one, first, last = replace(one, start=one.end, end=one.start), -last, -first
        if self.kv is None:
            return one, first
        kv = self.kv[0 if turned else 1]
        return replace(one, rating_a=one.rating_kva / kv / SQRT3 if one.rating_kva else None), last


@dataclass
class Assembly:
    """A network that is put together piece by piece. rated_kv : of buses, between phases, where it is not that of what joins them first."""

    name: str
    nodes: dict[Node, int] = field(default_factory=dict)
    base_v: list[float] = field(default_factory=list)
    rated_kv: dict[str, float] = field(default_factory=dict)
    _pieces: list[_Piece] = field(default_factory=list)
    _entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    _links: list[tuple[int, int]] = field(default_factory=list)
    _source: list[tuple[int, complex]] = field(default_factory=list)
    _sources: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def bus(self, name: str, kv: float, phases: Iterable[int] = PHASES) -> np.ndarray:
        """Return the indices of a bus's nodes, new ones where it has none. kv : between phases, rated."""
        for phase in phases:
            if (name, phase) not in self.nodes:
                self.nodes[name, phase] = len(self.nodes)
                self.base_v.append(1000 * self.rated_kv.get(name, kv) / np.sqrt(3))
        return np.array([self.nodes[name, phase] for phase in phases])

    def source(self, bus: str, kv: float, pu: float, positive: complex, zero: complex, degrees: float = 0.0) -> None:
        """Add a source of three phases behind an impedance, ohm."""
        at, admittance = self.bus(bus, kv), np.linalg.inv(three_phase(positive, zero))
        voltage = 1000 * kv / np.sqrt(3) * pu * np.exp(1j * np.radians(degrees)) * TURN
        self._add(at, admittance)
        self._sources.append((at, admittance))
        self._source += list(zip(at.tolist(), (admittance @ voltage).tolist(), strict=True))

    def line(
        self, branch: Branch, kv: float, series: np.ndarray, shunt_s: np.ndarray, phases: Sequence[int] = PHASES
    ) -> None:
        """Add a line. series : ohm, shape (phases, phases).  shunt_s : of the whole line, S, half at each end."""
        one, other = self.bus(branch.start, kv, phases), self.bus(branch.end, kv, phases)
        admittance = np.linalg.inv(series)
        own, across = admittance + shunt_s / 2, -admittance
        self._links += list(zip(one.tolist(), other.tolist(), strict=True))
        self._add_piece(_Piece(branch, np.concatenate([one, other]), np.block([[own, across], [across, own]]), phases))

    def transformer(
        self, branch: Branch, kv: tuple[float, float], ohm: tuple[complex, complex], group: str, iron_s: complex = 0j, ratio: float = 1.0,
    ) -> None:  # fmt: skip
        """Add a transformer of three phases whose low side is a star with its neutral on ground.

        kv : rated, between phases, high and low.  ohm : of the positive and zero sequence, seen from the low side.
        group : D or Y of the high side, N after it where its neutral is on ground; the clock is 1 or 11 of a delta, 0 of a star.
        iron_s : of a phase, seen from the low side, half at each side.  ratio : of the high side by its tap.
        """
        high, low = self.bus(branch.start, kv[0]), self.bus(branch.end, kv[1])
        self._links += list(zip(high.tolist(), low.tolist(), strict=True))
        delta, grounded = group[0].upper() == "D", group[:2].upper() == "YN"
        turns = kv[0] / kv[1] * ratio * (np.sqrt(3) if delta else 1.0)
        windings = np.eye(3)  # voltage across each winding of the high side, of its nodes'
        if delta:
            windings -= np.roll(np.eye(3), -1 if group.endswith("11") else 1, axis=0)
        elif not grounded:
            windings -= np.full((3, 3), 1 / 3)
        join = np.hstack([windings / turns, -np.eye(3)])
        inner = np.linalg.inv(three_phase(*ohm)) if delta or grounded else np.eye(3) / ohm[0]
        whole = join.T @ inner @ join
        excited = iron_s / 2 / (kv[0] / kv[1] * ratio) ** 2
        whole[:3, :3] += three_phase(excited, excited if grounded else 0j) + np.eye(3) * GROUND
        whole[3:, 3:] += np.eye(3) * iron_s / 2
        self._add_piece(_Piece(branch, np.concatenate([high, low]), whole, PHASES, kv))

    def _add(self, at: np.ndarray, admittance: np.ndarray) -> None:
        i, j = np.meshgrid(at, at, indexing="ij")
        self._entries.append((i.ravel(), j.ravel(), admittance.astype(complex).ravel()))

    def _add_piece(self, piece: _Piece) -> None:
        self._add(piece.at, piece.whole)
        self._pieces.append(piece)

    def _require_connected(self) -> None:
        """Raise `InputError` for nodes that nothing connects to a source."""
        i, j = np.array(self._links, int).reshape(-1, 2).T
        graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(self.nodes), len(self.nodes))).tocsr()
        _, part = connected_components(graph, directed=False)
        fed = {int(part[node]) for node, _ in self._source}
        lost = [f"{bus}.{phase}" for (bus, phase), node in self.nodes.items() if int(part[node]) not in fed]
        if lost:
            raise InputError(f"{self.name}: nothing connects these nodes to the source: {rows_shown(lost)}")

    def network(
        self, customers: Sequence[Customer], place: dict[str, tuple[float, float]], notes: Sequence[str] = ()
    ) -> Network:
        """Return what was put together."""
        self._require_connected()
        count = len(self.nodes)
        injected = np.zeros(count, complex)
        for node, current in self._source:
            injected[node] += current
        source = coo_array((count, count), dtype=complex).tolil()
        for at, own in self._sources:
            source[np.ix_(at, at)] += own
        i, j, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        admittance = coo_array((value, (i, j)), shape=(count, count)).tocsc()
        far = hops(
            list(self.nodes), admittance.tocsr(), [bus for (bus, _), node in self.nodes.items() if injected[node]]
        )
        branches, of = list[Branch](), list[tuple[int, int]]()
        entries = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0, complex))]
        for b, piece in enumerate(self._pieces):
            branch, own = piece.through(far)
            k, c = np.indices(own.shape)
            entries.append((len(of) + k.ravel(), piece.at[c.ravel()], own.ravel()))
            of += [(b, phase) for phase in piece.phases]
            branches.append(branch)
        row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
        branch_of, phase_of = np.array(of, int).reshape(-1, 2).T
        return Network(
            name=self.name, nodes=tuple(self.nodes), base_v=np.array(self.base_v), admittance=admittance, injected=injected,
            source=source.tocsc(), branches=tuple(branches), through=csr_array((value, (row, column)), shape=(len(of), count)),
            row_branch=branch_of, row_phase=phase_of, customers=tuple(customers), place=place, notes=tuple(notes),
        )  # fmt: skip

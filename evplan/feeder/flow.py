"""Power flow of many steps at once: what all customers draw, and the voltages where they are.

    u = u_0 - Z i(u),    i = conj(S / u)        u : voltages of legs, V;  Z = A Y^-1 A^T;  S : drawn, VA; A joins legs with nodes

by repetition from u_0, for all steps together. A leg runs from a phase to neutral, or to another phase. Z is small, as only nodes with
customers are in it; voltages of others, and currents of branches, follow from the legs' currents.

Source: the Z-bus method, Chen, Chen, Hwang, Kotas and Chebli 1991, IEEE Trans. Power Delivery 6(3), 1141-1152.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import splu
from threadpoolctl import ThreadpoolController

from evplan.feeder.network import Customer, Network

SETTLED, MOST_ROUNDS = 1e-12, 100  # of rated voltage; of repetition
SQRT3 = float(np.sqrt(3))
CHUNK = 128  # steps that are solved at once: so many fit in a processor's cache
ONE_THREAD = ThreadpoolController()  # products are small: threads would wait for each other


@dataclass(frozen=True)
class Legs:
    """Where power is drawn. incidence : +1 at a leg's node, -1 at that where it returns, shape (legs, nodes).

    draws : the part of each customer's power that a leg draws, shape (legs, customers).  names : (bus, phase, phase of return or 0).
    """

    incidence: csr_array
    draws: csr_array
    names: tuple[tuple[str, int, int], ...]

    def of(self, power: np.ndarray) -> np.ndarray:
        """Return what legs draw of what customers draw, shape (legs, steps). power : shape (customers, steps)."""
        return self.draws @ power


def legs_of(network: Network, customers: Sequence[Customer]) -> Legs:
    """Return the legs of customers; those at the same phases of a bus share one."""
    legs = dict[tuple[str, int, int], int]()
    draws: list[tuple[int, int, float]] = []
    for c, one in enumerate(customers):
        phases = one.phases
        if one.delta:
            pairs = [(phases[k], phases[(k + 1) % len(phases)]) for k in range(len(phases) if len(phases) > 2 else 1)]
        else:
            pairs = [(phase, 0) for phase in phases]
        for pair in pairs:
            draws.append((legs.setdefault((one.bus, *pair), len(legs)), c, 1 / len(pairs)))
    ends = [(leg, network.at[bus, phase], 1.0) for (bus, phase, _), leg in legs.items()]
    ends += [(leg, network.at[bus, back], -1.0) for (bus, _, back), leg in legs.items() if back]
    return Legs(
        _sparse(ends, (len(legs), len(network.nodes))), _sparse(draws, (len(legs), len(customers))), tuple(legs)
    )


def _sparse(entries: list[tuple[int, int, float]], shape: tuple[int, int]) -> csr_array:
    at = np.array(entries, float).reshape(-1, 3)
    return csr_array((at[:, 2], (at[:, 0].astype(int), at[:, 1].astype(int))), shape=shape)


@dataclass(frozen=True)
class Solved:
    """Voltages across legs and the currents that they draw, V and A, shape (legs, steps).

    settled : by step, whether they belong together.  rounds : of repetition.
    """

    voltage: np.ndarray
    current: np.ndarray
    settled: np.ndarray
    rounds: int


class Flow:
    """A network ready for power flows of the same legs: factored once."""

    def __init__(self, network: Network, legs: Legs) -> None:
        self.network, self.legs = network, legs
        self.factor = splu(network.admittance.tocsc())
        self.idle = self.factor.solve(network.injected)
        unit = csc_array(legs.incidence.T).toarray().astype(complex)
        self.spread = self.factor.solve(unit) if unit.size else unit  # nodes' V per A of legs, (nodes, legs)
        self.impedance = legs.incidence @ self.spread
        self.idle_legs = legs.incidence @ self.idle
        self.base_v = np.array(
            [network.base_v[network.at[bus, phase]] * (SQRT3 if back else 1.0) for bus, phase, back in legs.names]
        )

    def solve(self, power: np.ndarray) -> Solved:
        """Return the flow of what legs draw. power : VA, complex, shape (legs, steps)."""
        with ONE_THREAD.limit(limits=1, user_api="blas"):
            parts = [self._solve(power[:, k : k + CHUNK]) for k in range(0, max(power.shape[1], 1), CHUNK)]
        return Solved(
            np.concatenate([one.voltage for one in parts], axis=1), np.concatenate([one.current for one in parts], axis=1),
            np.concatenate([one.settled for one in parts]), max(one.rounds for one in parts),
        )  # fmt: skip

    def _solve(self, power: np.ndarray) -> Solved:
        start, wanted, back = self.idle_legs[:, None], np.conj(power), -self.impedance
        voltage = np.repeat(start, power.shape[1], axis=1)
        current, new = np.empty_like(voltage), np.empty_like(voltage)
        still, moved, rounds = (SETTLED * self.base_v[:, None]) ** 2, np.full(power.shape, np.inf), 0
        with np.errstate(all="ignore"):  # steps that no voltage carries run away; `settled` tells them
            while (moved > still).any() and rounds < MOST_ROUNDS:
                rounds += 1
                np.divide(wanted, np.conjugate(voltage, out=current), out=current)
                np.matmul(back, current, out=new)
                new += start
                voltage -= new
                moved = voltage.real**2 + voltage.imag**2
                voltage, new = new, voltage
        return Solved(voltage, current, np.asarray((moved <= still).all(axis=0)), rounds)

    def nodes(self, current: np.ndarray) -> np.ndarray:
        """Return the voltages of all nodes, V, shape (nodes, steps)."""
        return self.idle[:, None] - self.spread @ current

    @cached_property
    def branch_idle(self) -> np.ndarray:
        """Return the currents of branches while nobody draws anything, A, shape (rows,)."""
        return self.network.through @ self.idle

    @cached_property
    def branch_spread(self) -> np.ndarray:
        """Return the currents of branches per current of legs, shape (rows, legs)."""
        return -(self.network.through @ self.spread)

    def branches(self, current: np.ndarray) -> np.ndarray:
        """Return the currents into branches at their start, A, shape (rows, steps)."""
        return self.branch_idle[:, None] + self.branch_spread @ current

"""Phases of charge points by exact power flow: all ways where they are few, or else exchanges of one and of two until none is better.

least    U + 1e-3 U_now * how many are moved        U : sum over the day of |I_0|^2 + |I_2|^2 through the head, without control
"""

from __future__ import annotations

import itertools

import numpy as np

from evplan.feeder.control.operation import Operation
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.metrics import SEQUENCES, head_currents
from evplan.feeder.network import PHASES, Customer

FLOWS = 200_000  # that all ways may take
MOVES = 1e-3  # of the unbalance now, for each that is moved
UNSOLVED = 1e9  # A2, of a step that no voltage carries: fewer of them come first
BATCH = 4096


class Ways:
    """Ways to connect some vehicles of an operation, each to one phase. single : their numbers."""

    def __init__(self, before: Operation, single: list[int]) -> None:
        day = before.day
        others = [s for s in range(len(day.sessions)) if s not in single]
        places = [day.sessions[s].at for s in single]
        each = [Customer(f"{one.name}-{phase}", one.bus, (phase,)) for one in places for phase in PHASES]
        fixed = [*day.customers, *day.panels, *(day.sessions[s].at for s in others)]
        self.flow = Flow(day.network, legs_of(day.network, [*fixed, *each]))
        drawn = day.drawn(before.charge_kw, before.curtailed_kw)
        first = len(day.customers) + len(day.panels)
        self.fixed = np.concatenate([drawn[:first], drawn[[first + s for s in others]]])
        self.own = drawn[[first + s for s in single]]
        self.here = np.array([one.phases[0] for one in places], int)
        self.busy = np.flatnonzero(np.abs(self.own).sum(axis=0) > 0)  # nothing changes while none of them charges
        self.now = float(self.unbalance(self.here[None])[0])

    def unbalance(self, ways: np.ndarray) -> np.ndarray:
        """Return U over the steps in which any of them charges, A2, shape (n,). ways : a phase of each vehicle, shape (n, vehicles)."""
        found, steps = [], max(len(self.busy), 1)
        for few in np.array_split(ways, max(1, len(ways) * steps // BATCH)):
            at = (few[:, :, None] == np.array(PHASES)).reshape(len(few), -1)  # vehicle by vehicle, phase by phase
            moving = np.repeat(self.own[:, self.busy], len(PHASES), axis=0)[:, None, :] * at.T[:, :, None]
            rest = np.repeat(self.fixed[:, None, self.busy], len(few), axis=1)
            power = np.concatenate([rest, moving]).reshape(len(rest) + len(moving), -1)
            solved = self.flow.solve(self.flow.legs.of(power))
            sequence = (SEQUENCES @ head_currents(self.flow, solved))[[0, 2]]
            squares = np.where(solved.settled, (np.abs(np.nan_to_num(sequence)) ** 2).sum(axis=0), UNSOLVED)
            found.append(squares.reshape(len(few), -1).sum(axis=1))
        return np.concatenate(found)

    def cost(self, ways: np.ndarray) -> np.ndarray:
        """Return what is least, shape (n,)."""
        return self.unbalance(ways) + MOVES * self.now * (ways != self.here).sum(axis=1)

    def best(self, start: np.ndarray) -> tuple[np.ndarray, str]:
        """Return the best way that is found, and in words how sure that is. start : a way to begin from."""
        count = len(self.here)
        if len(PHASES) ** count * len(self.busy) <= FLOWS:
            every = np.array(list(itertools.product(PHASES, repeat=count)))
            return every[int(np.argmin(self.cost(every)))], f"the best of all {len(every):,} ways, counted"
        now = min((start, self.here), key=lambda way: float(self.cost(way[None])[0]))
        value = float(self.cost(now[None])[0])
        for size in (1, 2, 1):
            while (better := self._exchanged(now, size, value)) is not None:
                now, value = better
        return now, "no exchange of one or two is better"

    def _exchanged(self, now: np.ndarray, size: int, value: float) -> tuple[np.ndarray, float] | None:
        """Return the best way that differs at so many vehicles, and its cost; None where none is better."""
        ways = []
        for chosen in itertools.combinations(range(len(now)), size):
            for turn in itertools.product((1, 2), repeat=size):
                other = now.copy()
                other[list(chosen)] = (other[list(chosen)] - 1 + np.array(turn)) % len(PHASES) + 1
                ways.append(other)
        costs = self.cost(np.array(ways))
        least = int(np.argmin(costs))
        return (ways[least], float(costs[least])) if costs[least] < value * (1 - 1e-9) else None

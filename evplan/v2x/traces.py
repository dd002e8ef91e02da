"""Traces: everything that happens to a batch of worlds and that no policy changes, from a seed for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evplan.v2x.state import Nodes, Outside
from evplan.v2x.stays import Stays

STAYS, EVENTS, ERRORS, CHOICES = range(4)  # streams of random numbers of a world


@dataclass(frozen=True)
class Traces:
    """What happens to worlds. seeds, begin : of each, shape (worlds,); begin is a step of the calendar.

    stay_table : shape (fields of `Stays`, worlds, stays).  outside_table, node_table : of `Outside` and `Nodes`.
    tracked : whether there is a setpoint.  applies : whether a demand charge applies, shape (steps, worlds, charges).  per_kw : its price.
    refused : vehicles that found no port, shape (worlds,).
    usual_kw : transformers' limits without events.  notice : step from which the limit of each step is known; same shape as in `Nodes`.
    """

    step_h: float
    seeds: np.ndarray
    begin: np.ndarray
    stay_table: np.ndarray
    outside_table: np.ndarray
    node_table: np.ndarray
    tracked: bool
    applies: np.ndarray
    per_kw: np.ndarray
    refused: np.ndarray
    usual_kw: np.ndarray
    notice: np.ndarray

    @property
    def stays(self) -> Stays:
        """Return the stays, shape (worlds, stays) each."""
        return Stays(*self.stay_table)

    @property
    def outside(self) -> Outside:
        """Return prices and the like, shape (steps, worlds) each."""
        return Outside(*self.outside_table)

    @property
    def nodes(self) -> Nodes:
        """Return what transformers carry beside vehicles, shape (steps, worlds, transformers) each."""
        return Nodes(*self.node_table)

    @property
    def worlds(self) -> int:
        """Return the number of worlds."""
        return len(self.begin)

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.outside_table.shape[1]


def streams(seeds: np.ndarray, which: int) -> Iterator[np.random.Generator]:
    """Yield the random numbers of a kind of every world, independent of all others'; each until the next is asked for."""
    bits = np.random.Philox(key=[0, which])
    numbers, fresh = np.random.Generator(bits), bits.state
    for seed in seeds.tolist():
        fresh["state"]["key"][:] = seed, which
        bits.state = fresh
        yield numbers

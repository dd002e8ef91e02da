"""What is to be decided in one world: who is there in which step, from which level, and what it costs.

Columns are pairs of a stay and a step in which it is plugged in, stay by stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.v2x.state import BARE, WITH, Layout, Nodes, Outside
from evplan.v2x.stays import Stays, of_world
from evplan.v2x.worlds import Worlds

EARLY = (
    5e-4  # of the mean price: a kWh drawn an hour earlier is worth so much more, to plans that do not know who comes
)


@dataclass(frozen=True)
class Prices:
    """Prices of a world. driver : what drivers pay for a kWh of their wish.  short, over : of a kWh that lacks, and above a limit."""

    driver: float
    short: float
    over: float


@dataclass(frozen=True)
class Ahead:
    """What is known, or expected, of the steps of a problem: `Outside` and `Nodes` of one world, shape (steps,), (steps, transformers).

    applies, per_kw : of demand charges, shape (steps, charges), and their price.
    peak_kw, bare_peak_kw : what they have seen so far, with vehicles and without, shape (transformers, charges).
    """

    outside: Outside
    nodes: Nodes
    applies: np.ndarray
    per_kw: np.ndarray
    peak_kw: np.ndarray
    bare_peak_kw: np.ndarray

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return len(self.outside.buy)

    def until(self, steps: int) -> Ahead:
        """Return the first steps of it."""
        outside, nodes = Outside(*(row[:steps] for row in self.outside)), Nodes(*(row[:steps] for row in self.nodes))
        return replace(self, outside=outside, nodes=nodes, applies=self.applies[:steps])


@dataclass(frozen=True)
class Problem:
    """One world's. stays : whose `came` is the level they have now.  stay, step, hours : of each column, shape (columns,).

    early : price of a kWh drawn an hour later, which tells plans of equal cost apart; in no cost that is told.
    """

    layout: Layout
    step_h: float
    ahead: Ahead
    stays: Stays
    prices: Prices
    stay: np.ndarray
    step: np.ndarray
    hours: np.ndarray
    early: float = 0.0

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.ahead.steps

    @property
    def port(self) -> np.ndarray:
        """Return the port of each column."""
        return self.stays.port[self.stay]

    @property
    def station(self) -> np.ndarray:
        """Return the station of each column."""
        return np.searchsorted(self.layout.start, self.port, side="right") - 1

    @property
    def transformer(self) -> np.ndarray:
        """Return the transformer of each column."""
        return self.layout.transformer[self.station]

    @property
    def first(self) -> np.ndarray:
        """Return which columns are the first of their stay, bool."""
        return np.append(True, self.stay[1:] != self.stay[:-1])[: len(self.stay)]

    @property
    def most_kw(self) -> np.ndarray:
        """Return the most power into each column's battery before it tapers."""
        own = self.stays
        full = own.charge_kw * own.efficiency
        return np.minimum(full[self.stay], own.curve_kw[self.stay] * self.ahead.outside.derate[self.step])


def problem_of(layout: Layout, step_h: float, ahead: Ahead, stays: Stays, prices: Prices) -> Problem:
    """Return a problem. stays : of one world, with steps of the problem; those that have begun before it begin at step 0."""
    count = stays.last - stays.first + 1
    stay = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(stay)) - np.repeat(np.cumsum(count) - count, count) + stays.first[stay]
    hours = np.where(step == stays.last[stay], stays.last_h[stay], step_h)
    hours = np.where(step == stays.first[stay], stays.first_h[stay], hours)
    return Problem(layout, step_h, ahead, stays, prices, stay, step, hours)


def whole(worlds: Worlds, world: int, prices: Prices, stays: Stays | None = None) -> Problem:
    """Return what a world's whole episode comes to be decided with everything known. stays : instead of the world's own."""
    ahead = what_comes(worlds, world, 0)
    start = replace(ahead, peak_kw=np.zeros_like(ahead.peak_kw), bare_peak_kw=np.zeros_like(ahead.peak_kw))
    return problem_of(
        worlds.layout, worlds.traces.step_h, start, stays or of_world(worlds.traces.stay_table, world), prices
    )


def from_now(worlds: Worlds, world: int, prices: Prices, ahead: Ahead | None = None) -> Problem | None:
    """Return what is to be decided for those who are there now, until the last of them leaves; None where nobody is.

    Of plans that cost the same the earlier is the better one: who is yet to come finds more room.

    ahead : what is expected of the steps from now on; left out, what will come.
    """
    ports, t = worlds.ports, worlds.t
    there = np.flatnonzero(ports.who[world] >= 0)
    if not len(there):
        return None
    own = of_world(worlds.traces.stay_table, world, ports.who[world, there].astype(int))
    last, hours = own.last - t, ports.hours[world, there]
    stays = own._replace(
        first=np.zeros(len(there), int), last=last, first_h=hours, last_h=np.where(last > 0, own.last_h, hours),
        came=ports.stored[world, there],
    )  # fmt: skip
    known = (ahead or what_comes(worlds, world, t)).until(int(last.max()) + 1)
    made = problem_of(worlds.layout, worlds.traces.step_h, known, stays, prices)
    return replace(made, early=EARLY * float(np.abs(known.outside.buy).mean()))


def what_comes(worlds: Worlds, world: int, begin: int) -> Ahead:
    """Return what will come in a world from a step on, with the peaks of now."""
    own = worlds.traces
    return Ahead(
        Outside(*own.outside_table[:, begin:, world]), Nodes(*own.node_table[:, begin:, world]), own.applies[begin:, world], own.per_kw,
        worlds.peak_kw[WITH, world].copy(), worlds.peak_kw[BARE, world].copy(),
    )  # fmt: skip

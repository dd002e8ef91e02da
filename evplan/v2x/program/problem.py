"""What is to be decided in one world: who is there in which step, from which level, and what it costs.

Columns are pairs of a stay and a step in which it is plugged in, stay by stay.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from evplan.v2x.core import Layout, Series
from evplan.v2x.stays import Stays
from evplan.v2x.worlds import Worlds


@dataclass(frozen=True)
class Prices:
    """Prices of a world. driver : what drivers pay for a kWh of their wish.  short, over : of a kWh that lacks, and above a limit."""

    driver: float
    short: float
    over: float


@dataclass(frozen=True)
class Outside:
    """What comes from outside in the steps of a problem, shape (steps,), or (steps, transformers); see `core.Series`.

    peak_kw, bare_peak_kw : what demand charges have seen so far, shape (transformers, charges).
    """

    buy: np.ndarray
    sell: np.ndarray
    derate: np.ndarray
    load_kw: np.ndarray
    solar_kw: np.ndarray
    limit_kw: np.ndarray
    applies: np.ndarray
    per_kw: np.ndarray
    peak_kw: np.ndarray
    bare_peak_kw: np.ndarray

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return len(self.buy)

    def until(self, steps: int) -> Outside:
        """Return the first steps of it."""
        kept = ("per_kw", "peak_kw", "bare_peak_kw")
        return Outside(**{
            each.name: getattr(self, each.name)[: None if each.name in kept else steps] for each in fields(self)
        })  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """One world's. stays : whose `came` is the level they have now.  stay, step, hours : of each column, shape (columns,)."""

    layout: Layout
    step_h: float
    outside: Outside
    stays: Stays
    prices: Prices
    stay: np.ndarray
    step: np.ndarray
    hours: np.ndarray

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.outside.steps

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
        return np.minimum(full[self.stay], own.curve_kw[self.stay] * self.outside.derate[self.step])


def problem_of(layout: Layout, step_h: float, outside: Outside, stays: Stays, prices: Prices) -> Problem:
    """Return a problem. stays : of one world, with steps of the problem; those that have begun before it begin at step 0."""
    count = stays.last - stays.first + 1
    stay = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(stay)) - np.repeat(np.cumsum(count) - count, count) + stays.first[stay]
    hours = np.where(step == stays.last[stay], stays.last_h[stay], step_h)
    hours = np.where(step == stays.first[stay], stays.first_h[stay], hours)
    return Problem(layout, step_h, outside, stays, prices, stay, step, hours)


def whole(worlds: Worlds, world: int, prices: Prices) -> Problem:
    """Return what a world's whole episode comes to be decided with everything known."""
    stays, outside = worlds.traces.stays.of_world(world), outside_of(worlds.traces.series, world, 0)
    zeros = np.zeros((outside.load_kw.shape[1], len(outside.per_kw)))
    return problem_of(worlds.layout, worlds.traces.step_h, _with_peaks(outside, zeros, zeros), stays, prices)


def from_now(worlds: Worlds, world: int, prices: Prices, expected: Series | None = None) -> Problem | None:
    """Return what is to be decided for those who are there now, until the last of them leaves; None where nobody is.

    expected : what is forecast for the steps from now on, as a series of one world; left out, what will come.
    """
    ports, t = worlds.ports, worlds.t
    there = np.flatnonzero(ports.who[world] >= 0)
    if not len(there):
        return None
    who = ports.who[world, there]
    own = Stays(*(values[world, who] for values in worlds.traces.stays))
    last = own.last - t
    hours = ports.hours[world, there]
    stays = own._replace(
        first=np.zeros(len(there), int), last=last, first_h=hours, last_h=np.where(last > 0, own.last_h, hours),
        came=ports.stored[world, there],
    )  # fmt: skip
    outside = outside_of(expected, 0, 0) if expected is not None else outside_of(worlds.traces.series, world, t)
    outside = _with_peaks(outside, worlds.meters.peak_kw[world], worlds.meters.bare_peak_kw[world])
    steps = int(last.max()) + 1
    return problem_of(worlds.layout, worlds.traces.step_h, outside.until(steps), stays, prices)


def outside_of(series: Series, world: int, begin: int) -> Outside:
    """Return what comes from outside in a world from a step on; no peaks have been seen."""
    zeros = np.zeros((series.load_kw.shape[2], len(series.per_kw)))
    names = ("buy", "sell", "derate", "load_kw", "solar_kw", "limit_kw", "applies")
    return Outside(
        **{name: getattr(series, name)[begin:, world] for name in names}, per_kw=series.per_kw, peak_kw=zeros, bare_peak_kw=zeros
    )


def _with_peaks(outside: Outside, peak_kw: np.ndarray, bare_peak_kw: np.ndarray) -> Outside:
    return Outside(**{**{each.name: getattr(outside, each.name) for each in fields(outside)}, "peak_kw": peak_kw, "bare_peak_kw": bare_peak_kw})

"""Outages laid on the clock: the steps each runs through, how often it comes, and what is critical meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evplan.instance.outages import LONGEST_H, WEEK_H, OutageCase, OutageDraws
from evplan.instance.site import CriticalLoad
from evplan.parameters.clock import Clock
from evplan.parameters.context import Context
from evplan.units import MINUTES_PER_HOUR


@dataclass(frozen=True)
class Outage:
    """One outage: how often a year it comes, and the steps it runs through, in their order.

    begins : the steps at the same time of day in the same month or week: on which of those days it comes, nobody knows before.
    """

    name: str
    per_year: float
    steps: np.ndarray  # shape (steps of the outage,), int
    begins: np.ndarray  # shape (days,), int


@dataclass(frozen=True)
class OutageParameters:
    """A site's outages. load_kw, charging_kw : critical power on the bus, shape (years, steps), kW, outage or not."""

    each: tuple[Outage, ...]
    value_per_kwh: float
    min_carried: float
    load_kw: np.ndarray
    charging_kw: np.ndarray
    efficiency: float  # of the chargers that carry the critical charging

    @property
    def steers(self) -> bool:
        """Return whether the plan looks at outages at all; if not, they are only reported."""
        return self.value_per_kwh > 0 or self.min_carried > 0

    @property
    def critical_kw(self) -> np.ndarray:
        """Return all that is critical at each step, shape (years, steps), kW."""
        return self.load_kw + self.charging_kw

    @property
    def per_year(self) -> np.ndarray:
        """Return how often a year each outage comes, shape (outages,)."""
        return np.array([outage.per_year for outage in self.each])

    def critical_kwh(self, step_h: np.ndarray) -> np.ndarray:
        """Return the critical energy of every outage, shape (years, outages), kWh."""
        critical_kwh = self.critical_kw * step_h
        return np.array([critical_kwh[:, outage.steps].sum(axis=1) for outage in self.each]).T

    def hours(self, step_h: np.ndarray) -> np.ndarray:
        """Return how long every outage lasts, shape (outages,), h."""
        return np.array([step_h[outage.steps].sum() for outage in self.each])

    def apart(self, steps: int) -> list[np.ndarray]:
        """Return series that change with every step of an outage, and where one may begin: these are never merged."""
        inside, begun = np.full(steps, -1), np.zeros(steps, int)
        for outage in self.each:
            inside[outage.steps], begun[outage.begins] = outage.steps, 1
        return [inside, np.cumsum(begun)]

    def merged(self, groups: np.ndarray, mean: Callable[[np.ndarray], np.ndarray]) -> OutageParameters:
        """Return the same on merged steps, shape (steps,) in `groups`; no step of an outage shares one."""
        each = tuple(replace(outage, steps=groups[outage.steps], begins=groups[outage.begins]) for outage in self.each)
        return replace(self, each=each, load_kw=mean(self.load_kw), charging_kw=mean(self.charging_kw))


def outage_parameters(
    critical: CriticalLoad, load_kw: np.ndarray, demand_kwh: np.ndarray, efficiency: float, context: Context
) -> OutageParameters | None:
    """Return a site's outages; None where the instance has none, or where nothing is critical.

    load_kw, demand_kwh : shape (years, steps).  efficiency : of the least efficient charger that may stand there.
    """
    said, clock = context.instance.outages, context.clock
    if said is None:
        return None
    load = critical.load_fraction * load_kw
    charging = critical.charging_fraction * demand_kwh / clock.step_h / efficiency
    each = drawn(said.draws, clock) if said.draws else tuple(_named(*case, clock) for case in said.cases.items())
    if not (load.any() or charging.any()):
        return None
    return OutageParameters(each, said.value_of_lost_load_per_kwh, said.min_carried, load, charging, efficiency)


def _named(name: str, case: OutageCase, clock: Clock) -> Outage:
    month, day, hour = int(case.start[:2]), int(case.start[3:5]), int(case.start[6:8])
    at = (clock.start.month == month) & (clock.start.day == day) & (clock.start.hour == hour)
    return _outage(name, case.per_year, int(np.flatnonzero(at)[0]), case.hours, clock)


def drawn(draws: OutageDraws, clock: Clock) -> tuple[Outage, ...]:
    """Return outages drawn with a seed: a start in every equal part of the year, lengths from as many parts of theirs.

    Lengths are geometric, the exponential of whole hours: their mean is `hours`, and the longer have the rest before them still.
    """
    random, count = np.random.default_rng(draws.seed), draws.count
    part = (np.arange(count) + random.random(count)) / count
    hour, longest = clock.hour, WEEK_H if clock.repeats else LONGEST_H
    starts = np.searchsorted(hour, np.floor(part * (hour[-1] + 1)).astype(int))
    longer = 1 - (random.permutation(count) + random.random(count)) / count  # the chance of a longer one, in (0, 1]
    stays = np.log1p(-1 / draws.hours) if draws.hours > 1 else -np.inf  # logarithm of the chance of another hour
    lengths = np.clip(np.ceil(np.log(longer) / stays), 1, longest).astype(int)
    return tuple(
        _outage(f"draw-{n}", draws.per_year / count, int(start), int(length), clock)
        for n, (start, length) in enumerate(zip(starts, lengths, strict=True), 1)
    )


def _outage(name: str, per_year: float, start: int, hours: int, clock: Clock) -> Outage:
    """Return an outage of so many hours, its first step given."""
    follows, steps = clock.runs_on, [start]
    for _ in range(round(hours / float(clock.step_h[0])) - 1):
        steps.append(int(follows[steps[-1]]))
    minute = clock.start.hour * MINUTES_PER_HOUR + clock.start.minute
    alike = (minute == minute[start]) & (clock.month == clock.month[start]) & (clock.block == clock.block[start])
    return Outage(name, per_year, np.array(steps), np.flatnonzero(alike))

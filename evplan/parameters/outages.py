"""Outages laid on the clock: the steps each runs through, how often it comes, and what is critical meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evplan.instance.outages import LONGEST_H, WEEK_H, OutageCase, OutageDraws
from evplan.instance.site import CriticalLoad
from evplan.parameters.clock import Clock
from evplan.parameters.context import Context


@dataclass(frozen=True)
class Outage:
    """One outage: how often a year it comes, and the steps it runs through, in their order."""

    name: str
    per_year: float
    steps: np.ndarray  # shape (steps of the outage,), int


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

    def apart(self, steps: int) -> np.ndarray:
        """Return a number for each step that changes with every step of an outage: these are never merged."""
        told = np.full(steps, -1)
        for outage in self.each:
            told[outage.steps] = outage.steps
        return told

    def merged(self, groups: np.ndarray, mean: Callable[[np.ndarray], np.ndarray]) -> OutageParameters:
        """Return the same on merged steps, shape (steps,) in `groups`; no step of an outage shares one."""
        each = tuple(replace(outage, steps=groups[outage.steps]) for outage in self.each)
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
    return Outage(name, case.per_year, _run(int(np.flatnonzero(at)[0]), case.hours, clock))


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
        Outage(f"draw-{n}", draws.per_year / count, _run(int(start), int(length), clock))
        for n, (start, length) in enumerate(zip(starts, lengths, strict=True), 1)
    )


def _run(start: int, hours: int, clock: Clock) -> np.ndarray:
    """Return the steps of an outage of so many hours, the first of them given."""
    follows, steps = clock.runs_on, [start]
    for _ in range(round(hours / float(clock.step_h[0])) - 1):
        steps.append(int(follows[steps[-1]]))
    return np.array(steps)

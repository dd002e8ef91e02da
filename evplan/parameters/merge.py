"""Longer steps where shorter ones would change nothing that is billed: a site laid on a clock of steps of different length.

Steps are merged inside an hour, and only where one price and one set of charges hold. Means of powers and sums of energies
describe the longer step, so every plan of the short steps is, averaged, a plan of the long ones that costs the same or less:
what is proved of the merged site bounds the site itself. Where nothing varies inside an hour, merging loses nothing. Where a
peak may hide, the merged step remembers its short steps of highest demand (`Inner`), and the model what they draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evplan.assets.tariff import TariffSeries
from evplan.parameters.clock import Clock
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import Inner, SiteParameters, SolarParameters

LONGEST_H = 1.0
PARTS = (1, 2, 3, 4, 6, 8)  # how many short steps of highest demand are remembered together
Groups = np.ndarray  # shape (steps,), int, ascending from 0: the merged step that each step lies in


def firsts(groups: Groups) -> np.ndarray:
    """Return the first step of each merged step."""
    return np.flatnonzero(np.diff(groups, prepend=-1))


@dataclass(frozen=True)
class Merging:
    """Which steps are merged, and in which of them a peak may hide. peaks : shape (steps,), bool."""

    groups: Groups
    peaks: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Return the first step of each merged step."""
        return firsts(self.groups)

    def apart(self, groups: np.ndarray) -> Merging:
        """Return the same with some merged steps taken apart. groups : shape (merged steps,), bool."""
        new = (np.diff(self.groups) != 0) | groups[self.groups][1:]
        return replace(self, groups=np.cumsum(np.append(0, new)))


def by_the_hour(site: SiteParameters) -> Groups:
    """Return the groups of steps that can be merged: those of one hour, one month, one block, one price, one set of charges."""
    clock = site.clock
    carbon = [site.carbon.kg_per_kwh] if site.carbon else []
    apart = site.outages.apart(clock.steps) if site.outages else []
    told = [
        *carbon,
        *apart,
        clock.hour,
        clock.month,
        clock.block,
        clock.weight,
        *(rate for t in site.tariffs for rate in _rates(t)),
    ]
    new = np.any([np.diff(series) != 0 for series in told], axis=0)
    return np.cumsum(np.append(0, new))


def _rates(tariff: TariffSeries) -> list[np.ndarray]:
    """Return every series that says what a step pays or counts for."""
    applies = [line.applies for line in tariff.lines] + [line.applies for line in tariff.demand]
    applies += [line.applies for line in tariff.coincident]
    applies += [line.ratchet.remembers for line in tariff.demand if line.ratchet]
    return [tariff.energy_per_kwh, tariff.export_per_kwh, *(told.astype(int) for told in applies)]


def merge(site: SiteParameters, merging: Merging) -> SiteParameters:
    """Return the site on the merged clock."""
    groups, first = merging.groups, merging.first
    part = site.clock.step_h / np.bincount(groups, site.clock.step_h)[groups]

    def mean(series: np.ndarray) -> np.ndarray:
        return np.add.reduceat(series * part, first, axis=-1)

    demand = np.add.reduceat(site.demand_kwh, first, axis=-1)
    rush = mean(site.rush)  # what is admitted, averaged: expected energy follows from it
    expected = np.add.reduceat(site.expected_kwh, first, axis=-1)
    return replace(
        site,
        clock=_clock(site.clock, first),
        demand_kwh=demand,
        expected_kwh=np.divide(demand, rush, out=expected, where=rush > 0),
        load_kw=mean(site.load_kw),
        tariffs=tuple(_tariff(tariff, first) for tariff in site.tariffs),
        solar=site.solar and _solar(site.solar, mean),
        battery=site.battery and _battery(site.battery, mean),
        outages=site.outages and site.outages.merged(groups, mean),
        carbon=site.carbon and replace(site.carbon, kg_per_kwh=site.carbon.kg_per_kwh[first]),
        inner=tuple(_inner(site, merging)),
    )


def _inner(site: SiteParameters, merging: Merging) -> Iterator[Inner]:
    """Yield the short steps of highest demand inside every merged step in which a peak may hide."""
    demand_kw, hours = site.demand_kwh / site.clock.step_h, site.clock.step_h
    efficiency = max((charger.efficiency for charger in site.chargers), default=1.0)
    arrays = site.solar.arrays if site.solar else ()
    yields = np.array([array.yield_kw_per_kw for array in arrays]).reshape(len(arrays), *demand_kw.shape)
    need, rush = demand_kw / efficiency + site.load_kw, site.rush
    ends = np.append(merging.first[1:], site.clock.steps)
    for group in np.flatnonzero((ends - merging.first > 1) & merging.peaks[merging.first]).tolist():
        steps = np.arange(merging.first[group], ends[group])
        order = steps[np.argsort(-need[:, steps], axis=1)]  # shape (years, short steps)
        for count in (n for n in PARTS if n < len(steps)):
            top, rest = order[:, :count], order[:, count:]
            years = np.arange(len(order))[:, None]
            share = float(hours[top[0]].sum() / hours[steps].sum())
            if (need[years, top].mean(axis=1) > need[:, steps].mean(axis=1) * (1 + 1e-9)).any():
                yield Inner(
                    group, share, demand_kw[years, rest].mean(axis=1), rush[years, rest].mean(axis=1),
                    site.load_kw[years, top].mean(axis=1), yields[:, years, top].mean(axis=2),
                )  # fmt: skip


def _clock(clock: Clock, first: np.ndarray) -> Clock:
    return replace(
        clock,
        start=clock.start[first],
        step_h=np.add.reduceat(clock.step_h, first),
        weight=clock.weight[first],
        month=clock.month[first],
        block=clock.block[first],
    )


def _tariff(tariff: TariffSeries, first: np.ndarray) -> TariffSeries:
    """Return a tariff on the merged clock; inside a merged step nothing of it changes."""

    def demand(line):
        ratchet = line.ratchet and replace(line.ratchet, remembers=line.ratchet.remembers[first])
        return replace(line, applies=line.applies[first], ratchet=ratchet)

    return replace(
        tariff,
        energy_per_kwh=tariff.energy_per_kwh[first],
        export_per_kwh=tariff.export_per_kwh[first],
        demand=tuple(demand(line) for line in tariff.demand),
        lines=tuple(replace(line, applies=line.applies[first]) for line in tariff.lines),
        coincident=tuple(replace(line, applies=line.applies[first]) for line in tariff.coincident),
    )


def _solar(solar: SolarParameters, mean) -> SolarParameters:
    arrays = (replace(array, yield_kw_per_kw=mean(array.yield_kw_per_kw)) for array in solar.arrays)
    return replace(solar, arrays=tuple(arrays))


def _battery(battery: BatteryParameters, mean) -> BatteryParameters:
    return replace(battery, charge_c_rate=mean(battery.charge_c_rate), warmth=mean(battery.warmth))

"""Traces: everything that happens to a batch of worlds and that no policy changes, from a seed for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evplan.v2x.calendar import Calendar
from evplan.v2x.draw import NUMBERS, Comers, draw_all
from evplan.v2x.layout import Equipment
from evplan.v2x.site import WorldSite
from evplan.v2x.state import Nodes, Outside
from evplan.v2x.stays import FIRST, NEVER, Stays, blank, in_order

SPREAD = 8.0  # standard deviations of a Poisson number that are drawn for: beyond them nobody comes in ten thousand years
STAYS, EVENTS, ERRORS, CHOICES = range(4)  # streams of random numbers of a world
TOGETHER = 64  # worlds that are drawn at once
HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class Traces:
    """What happens to worlds. seeds, begin : of each, shape (worlds,); begin is a step of the calendar.

    stay_table : shape (fields of `Stays`, worlds, stays).  outside_table, node_table : of `Outside` and `Nodes`.
    tracked : whether there is a setpoint.  applies, per_kw : whether a demand charge applies, shape (steps, worlds, charges), and its price.
    refused : vehicles that found no port, shape (worlds,).
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


@dataclass(frozen=True)
class Setting:
    """A site on its calendar with its equipment: what traces are drawn from. fixed : stays that are the same in every world."""

    site: WorldSite
    calendar: Calendar
    equipment: Equipment
    fixed: Stays | None = None

    @cached_property
    def comers(self) -> Comers:
        """Return who comes."""
        from evplan.v2x.behaviour import behaviour

        site, own = self.site, self.equipment
        each = [behaviour(place.behaviour) for place in site.places.values()]
        scales = [(place.stay_scale, place.energy_scale) for place in site.places.values()]
        share = np.cumsum([one.share for one in site.vehicles])
        span = self.calendar.expected[:, -1] if not len(self.calendar.begins) else self._most_expected()
        kinds = site.vehicles
        return Comers(
            expected=self.calendar.expected,
            hour=self.calendar.hour,
            most=np.ceil(span + SPREAD * np.sqrt(span) + SPREAD).astype(int),
            stay_h=np.array([one.stay_h * stay for one, (stay, _) in zip(each, scales, strict=True)]).reshape(len(each), 8, -1),
            energy_kwh=np.array([one.energy_kwh * energy for one, (_, energy) in zip(each, scales, strict=True)]).reshape(len(each), -1),
            share=share / share[-1],
            capacity=np.array([one.battery_kwh for one in kinds]),
            taper_soc=np.array([one.taper_soc for one in kinds]),
            low_soc=np.array([one.target_soc[0] for one in kinds]),
            high_soc=np.array([one.target_soc[1] for one in kinds]),
            most_soc=np.array([one.most_soc for one in kinds]),
            reserve_soc=np.array([one.reserve_soc for one in kinds]),
            consents=np.array([one.consents for one in kinds]),
            wear=np.array([one.wear_per_kwh for one in kinds]),
            port_place=own.place,
            charge_kw=own.charge_kw,
            give_kw=own.give_kw,
            curve_kw=own.curve_kw,
            efficiency=own.efficiency,
            give_efficiency=own.give_efficiency,
        )

    def _most_expected(self) -> np.ndarray:
        """Return the most arrivals that are expected in an episode, by place."""
        first = self._quarter(self.calendar.begins)
        last = self._quarter(self.calendar.begins + self.calendar.steps)
        return (self.calendar.expected[:, last] - self.calendar.expected[:, first]).max(axis=1)

    def _quarter(self, step: np.ndarray) -> np.ndarray:
        return np.round(step * self.calendar.step_h * 4).astype(int)

    def draw(self, seeds: np.ndarray) -> Traces:
        """Return the traces of worlds, one for each seed: a seed gives the same in any batch."""
        seeds = np.asarray(seeds, np.int64)
        own = self.calendar
        refused = np.zeros(len(seeds), int)
        begin, stays = self._drawn(seeds, refused)
        at = begin + np.arange(own.steps)[:, None]
        outside = np.stack([own.buy[at], own.sell[at], own.derate[at], own.setpoint_kw[at]])
        nodes = np.stack([own.load_kw[at], own.solar_kw[at], own.limit_kw[at]])
        return Traces(own.step_h, seeds, begin, stays, outside, nodes, own.tracked, own.applies[at], own.per_kw, refused)

    def _drawn(self, seeds: np.ndarray, refused: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the step of the calendar at which each world begins, and the table of its stays."""
        own = self.calendar
        comers, most = self.comers, int(self.comers.most.sum())
        begin, table = np.zeros(len(seeds), int), blank(len(seeds), most)
        for first in range(0, len(seeds), TOGETHER):
            some = seeds[first : first + TOGETHER]
            uniform = np.empty((len(some), most, NUMBERS))
            for i, seed in enumerate(some.tolist()):
                numbers = stream(seed, STAYS)
                begin[first + i] = own.begins[int(numbers.random() * len(own.begins))]
                numbers.random(out=uniform[i])
            if self.fixed is None:
                draw_all(first, self._quarter(begin), own.steps, own.step_h, uniform, comers, table, refused)
        return begin, self._fixed(len(seeds)) if self.fixed is not None else in_order(table)

    def _fixed(self, worlds: int) -> np.ndarray:
        return np.repeat(np.array(self.fixed, float)[:, None], worlds, axis=1)


def stream(seed: int, which: int) -> np.random.Generator:
    """Return a world's random numbers of a kind, independent of all others'."""
    return np.random.Generator(np.random.Philox(key=[int(seed), which]))

"""A site on its calendar with its equipment: what traces are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from evplan.v2x.behaviour import behaviour
from evplan.v2x.calendar import Calendar, calendar_of
from evplan.v2x.draw import NUMBERS, Comers, draw_all
from evplan.v2x.layout import Equipment, equipment_of
from evplan.v2x.site import WorldSite
from evplan.v2x.stays import FIRST, NEVER, Stays, blank
from evplan.v2x.traces import STAYS, Traces, streams

SPREAD = (
    8.0  # standard deviations of a Poisson number that are drawn for: beyond them nobody comes in ten thousand years
)
TOGETHER = 64  # worlds that are drawn at once


def setting_of(site: WorldSite, folder: Path) -> Setting:
    """Return a site made ready to draw worlds from. Raises: InputError for files that do not cover its calendar."""
    return Setting(site, calendar_of(site, folder), equipment_of(site))


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
            stay_h=np.array([one.stay_h * stay for one, (stay, _) in zip(each, scales, strict=True)]).reshape(
                len(each), 8, -1
            ),
            energy_kwh=np.array(
                [one.energy_kwh * energy for one, (_, energy) in zip(each, scales, strict=True)]
            ).reshape(len(each), -1),
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
        return Traces(
            own.step_h, seeds, begin, stays, outside, nodes, own.tracked, own.applies[at], own.per_kw, refused
        )

    def _drawn(self, seeds: np.ndarray, refused: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the step of the calendar at which each world begins, and the table of its stays."""
        own, begin = self.calendar, np.zeros(len(seeds), int)
        if self.fixed is not None:
            begin[:] = [own.begins[int(numbers.random() * len(own.begins))] for numbers in streams(seeds, STAYS)]
            return begin, np.repeat(np.array(self.fixed, float)[:, None], len(seeds), axis=1)
        comers, most = self.comers, int(self.comers.most.sum())
        uniform, drawn = np.empty((TOGETHER, most, NUMBERS)), blank(TOGETHER, most)
        kept = []
        for first in range(0, len(seeds), TOGETHER):
            some = slice(first, min(first + TOGETHER, len(seeds)))
            for i, numbers in enumerate(streams(seeds[some], STAYS)):
                begin[first + i] = own.begins[int(numbers.random() * len(own.begins))]
                numbers.random(out=uniform[i])
            count = some.stop - first
            draw_all(self._quarter(begin[some]), own.steps, own.step_h, uniform[:count], comers, drawn, refused[some])
            kept.append(drawn[:, :count, : _longest(drawn[:, :count])].copy())
        table = blank(len(seeds), max((part.shape[2] for part in kept), default=0))
        for k, part in enumerate(kept):
            table[:, k * TOGETHER : k * TOGETHER + part.shape[1], : part.shape[2]] = part
        return begin, table


def _longest(table: np.ndarray) -> int:
    """Return the most stays of any world in a table."""
    return int((table[FIRST] < NEVER).sum(axis=1).max(initial=0))

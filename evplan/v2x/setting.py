"""A site on its calendar with its equipment: what traces are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from evplan.v2x.calendar import Calendar, calendar_of
from evplan.v2x.comers import comers_of
from evplan.v2x.draw import NUMBERS, Comers, draw_all
from evplan.v2x.events import reduced
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
    calendar, equipment = calendar_of(site, folder), equipment_of(site)
    if site.sessions is None:
        return Setting(site, calendar, equipment)
    from evplan.v2x.exchange.sessions import stays_of_file

    stays, refused = stays_of_file(site, calendar, equipment, folder)
    return Setting(site, calendar, equipment, stays, refused)


@dataclass(frozen=True)
class Setting:
    """A site on its calendar with its equipment: what traces are drawn from.

    fixed : stays that are the same in every world.  without_port : how many more came and found no port.
    """

    site: WorldSite
    calendar: Calendar
    equipment: Equipment
    fixed: Stays | None = None
    without_port: int = 0

    @cached_property
    def comers(self) -> Comers:
        """Return who comes."""
        own = self.calendar
        first, last = self._quarter(own.begins), self._quarter(own.begins + own.steps)
        return comers_of(self.site, own, self.equipment, (own.expected[:, last] - own.expected[:, first]).max(axis=1))

    def _quarter(self, step: np.ndarray) -> np.ndarray:
        return np.round(step * self.calendar.step_h * 4).astype(int)

    def draw(self, seeds: np.ndarray) -> Traces:
        """Return the traces of worlds, one for each seed: a seed gives the same in any batch."""
        seeds = np.asarray(seeds, np.int64)
        own = self.calendar
        refused = np.full(len(seeds), self.without_port)
        begin, stays = self._drawn(seeds, refused)
        at = begin + np.arange(own.steps)[:, None]
        outside = np.stack([row[at] for row in (own.buy, own.sell, own.derate, own.setpoint_kw, own.air_c)])
        usual = own.limit_kw[at]
        limit, notice = reduced(self.site, own, seeds, begin, usual)
        nodes = np.stack([own.load_kw[at], own.solar_kw[at], limit])
        return Traces(
            own.step_h, seeds, begin, stays, outside, nodes, own.tracked, own.applies[at], own.per_kw, refused, usual, notice
        )  # fmt: skip

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

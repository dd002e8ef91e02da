"""A batch of worlds as learners play it: drawn from seeds, seen, told, rewarded. Both environments stand on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evplan.v2x.foresight import Foresight
from evplan.v2x.gym.observe import Observer
from evplan.v2x.gym.reward import TERMS, counts, terms, worth
from evplan.v2x.read import read_world
from evplan.v2x.setting import Setting, setting_of
from evplan.v2x.site import WorldSite
from evplan.v2x.state import Books
from evplan.v2x.worlds import Orders, Worlds

REWARDS = tuple(f"reward_{term}" for term in TERMS)


class Play:
    """Worlds of an instance, as many as there are seeds at a reset."""

    def __init__(self, instance: str | Path | WorldSite | Setting) -> None:
        """Take an instance: a path, or what was read from one. Raises: InstanceError for faults in a file."""
        self.setting = instance if isinstance(instance, Setting) else _setting(instance)
        self.observer = Observer(self.setting)
        self.port_kw = self.setting.equipment.port_kw
        self.worlds: Worlds | None = None
        self._terms, self._counts = terms(self.site), counts(self.site)
        self._outside = np.zeros((0, 0, 0), np.float32)

    @property
    def site(self) -> WorldSite:
        """Return what the file says."""
        return self.setting.site

    def begin(self, seeds: np.ndarray) -> np.ndarray:
        """Draw worlds anew, and return what is seen of them, shape (worlds, numbers)."""
        traces = self.setting.draw(seeds)
        own = self.setting.equipment
        self.worlds = Worlds(own.layout, traces, self.site.driver_price_per_kwh, own.network)
        self._outside = self.observer.outside(traces, Foresight(self.site.forecast, traces))
        return self.observer.see(self.worlds, self._outside)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take a step, and return what is seen and what it was worth. actions : of each port's rating, in [-1, 1], (worlds, ports)."""
        if self.worlds is None or self.worlds.over:
            raise ValueError("the episode has not begun, or is over: reset it")
        if actions.shape != self.worlds.flow_kw.shape or not np.isfinite(actions).all():
            raise ValueError(f"actions must be numbers, shape {self.worlds.flow_kw.shape} (got shape {actions.shape})")
        self.worlds.step(Orders(np.clip(actions, -1.0, 1.0) * self.port_kw))
        return self.observer.see(self.worlds, self._outside), self.worth(self.worlds)

    def worth(self, worlds: Worlds) -> np.ndarray:
        """Return what the last step of worlds was worth, shape (worlds,)."""
        return worth(self._counts, worlds.book_table)

    def terms(self) -> dict[str, np.ndarray]:
        """Return the terms of the reward of the last step, unweighted, shape (worlds,) each."""
        assert self.worlds is not None
        return dict(zip(REWARDS, self._terms @ self.worlds.book_table, strict=True))

    def told(self, world: int) -> dict[str, float]:
        """Return what the last step came to in a world: its books, and the terms of the reward, unweighted."""
        assert self.worlds is not None
        books = self.worlds.book_table[:, world]
        return {
            **dict(zip(Books._fields, books.tolist(), strict=True)),
            **dict(zip(REWARDS, (self._terms @ books).tolist(), strict=True)),
        }

    def taken(self) -> np.ndarray:
        """Return at which ports there is somebody, bool, shape (worlds, ports)."""
        assert self.worlds is not None
        return self.worlds.ports.who >= 0


def _setting(instance: Any) -> Setting:
    if isinstance(instance, WorldSite):
        return setting_of(instance, Path())
    return setting_of(read_world(instance).site, Path(instance).parent)

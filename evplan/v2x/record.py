"""What happened, step by step: who was where, from which level, at which power; and what that was for each stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.v2x.stays import Stays
from evplan.v2x.worlds import Worlds


@dataclass(frozen=True)
class Record:
    """Every step of every port, shape (steps, worlds, ports). who : a stay, below 0 nobody.

    stored : kWh when the step begins.  flow_kw : mean of the step.  net_kw : of transformers, shape (steps, worlds, transformers).
    """

    who: np.ndarray
    stored: np.ndarray
    flow_kw: np.ndarray
    net_kw: np.ndarray

    @classmethod
    def blank(cls, worlds: Worlds) -> Record:
        """Return a record of nothing yet."""
        shape = worlds.steps, *worlds.flow_kw.shape
        return cls(
            np.full(shape, -1, np.int32),
            np.zeros(shape),
            np.zeros(shape),
            np.zeros((worlds.steps, *worlds.net_kw.shape)),
        )

    def before(self, worlds: Worlds) -> None:
        """Write what is known when a step begins."""
        self.who[worlds.t], self.stored[worlds.t] = worlds.ports.who, worlds.ports.stored

    def after(self, worlds: Worlds) -> None:
        """Write what the step that is over brought."""
        self.flow_kw[worlds.t - 1], self.net_kw[worlds.t - 1] = worlds.flow_kw, worlds.net_kw


@dataclass(frozen=True)
class Uses:
    """How stays used batteries, shape (taken places of all worlds,). world, stay : whose.

    mean_soc, low_soc, high_soc : p.u.  fec : full equivalent cycles.  c_rate : mean while power flows, 1/h.  hours : of the stay.
    """

    world: np.ndarray
    stay: np.ndarray
    mean_soc: np.ndarray
    low_soc: np.ndarray
    high_soc: np.ndarray
    fec: np.ndarray
    c_rate: np.ndarray
    hours: np.ndarray


def uses(record: Record, stays: Stays, step_h: float) -> Uses:
    """Return how every stay used its battery."""
    most = stays.first.shape[1]
    there = record.who >= 0
    step, world, _ = np.nonzero(there)
    stay = record.who[there]
    place = world * most + stay

    def of(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1)[place]

    flow, begin = record.flow_kw[there] * step_h, record.stored[there]
    gain = np.where(flow > 0, flow * of(stays.efficiency), flow / of(stays.give_efficiency))
    hours = np.where(
        step == of(stays.first), of(stays.first_h), np.where(step == of(stays.last), of(stays.last_h), step_h)
    )
    count = stays.first.size
    total_h = np.bincount(place, hours, count)
    own = np.flatnonzero(total_h > 0)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, values, count)[own]

    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, place, np.minimum(begin, begin + gain))
    np.maximum.at(high, place, np.maximum(begin, begin + gain))
    capacity = stays.capacity.reshape(-1)[own]
    through, active_h = summed(np.abs(gain)), summed(np.where(gain != 0, hours, 0.0))
    return Uses(
        own // most, own % most, summed(hours * (begin + gain / 2)) / total_h[own] / capacity, low[own] / capacity, high[own] / capacity,
        through / (2 * capacity), through / np.maximum(active_h, 1e-9) / capacity, total_h[own],
    )  # fmt: skip

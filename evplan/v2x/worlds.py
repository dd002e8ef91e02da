"""A batch of worlds that step together: the state, and what each step came to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.v2x.core import NOBODY, Books, Layout, Meters, Outcome, Ports, arrive, step
from evplan.v2x.traces import Traces


@dataclass(frozen=True)
class Orders:
    """What ports are told, shape (worlds, ports) each. power_kw : below 0 to give.

    up_to, down_to : kWh in the battery at which charging and giving end; None for the vehicle's own walls.
    """

    power_kw: np.ndarray
    up_to: np.ndarray | None = None
    down_to: np.ndarray | None = None


class Worlds:
    """Worlds at a step. t : the step that comes next.

    flow_kw : what flowed in the last step, mean, below 0 from the vehicle, shape (worlds, ports).  books : what it came to.
    """

    def __init__(self, layout: Layout, traces: Traces, driver_price: float = 0.0) -> None:
        self.layout, self.traces, self.driver_price = layout, traces, driver_price
        worlds, ports = traces.worlds, int(layout.start[-1])
        self.station = np.repeat(np.arange(len(layout.station_kw)), np.diff(layout.start))
        charges = len(traces.series.per_kw)
        self.ports = _ports(worlds, ports)
        self.outcome = Outcome(*(np.full(traces.stays.first.shape, np.nan) for _ in Outcome._fields))
        self.books = Books(*(np.zeros(worlds) for _ in Books._fields))
        self.flow_kw = np.zeros((worlds, ports))
        peaks = (worlds, len(layout.hard), charges)
        self.meters = Meters(np.zeros(worlds, int), np.zeros(peaks[:2]), np.zeros(peaks), np.zeros(peaks))
        self.t = 0
        self._come()

    @property
    def steps(self) -> int:
        """Return the number of steps of an episode."""
        return self.traces.steps

    @property
    def over(self) -> bool:
        """Return whether the episode is at its end."""
        return self.t >= self.steps

    def step(self, orders: Orders) -> Books:
        """Take a step and return what it came to; the same arrays are filled again by the next."""
        ports, own = self.ports, self.traces
        step(
            self.t, own.step_h, self.driver_price, self.layout, own.series, own.stays, ports, self.meters, self.outcome, self.books,
            orders.power_kw, ports.most if orders.up_to is None else orders.up_to,
            ports.least if orders.down_to is None else orders.down_to, self.flow_kw,
        )  # fmt: skip
        self.t += 1
        self._come()
        return self.books

    def _come(self) -> None:
        if not self.over:
            arrive(self.t, self.traces.step_h, self.traces.stays, self.ports, self.meters)


def _ports(worlds: int, ports: int) -> Ports:
    """Return ports with nobody at them."""
    made = {name: np.zeros((worlds, ports), int if name in ("who", "last") else float) for name in Ports._fields}
    made["who"][:] = NOBODY
    return Ports(**made)

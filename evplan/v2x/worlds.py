"""A batch of worlds that step together: the state, and what each step came to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.v2x import state as at
from evplan.v2x.core import arrive, step
from evplan.v2x.feeder import Network
from evplan.v2x.state import Books, Layout, Outcome, Ports
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

    ports, outcome, books : named views of the tables.  flow_kw : what flowed in the last step, mean, shape (worlds, ports).
    net_kw : through transformers, shape (worlds, transformers).  peak_kw : see `flows.meter`.
    voltage_pu : at the feeder's buses after the last step, shape (worlds, buses); without buses where there is no feeder.
    """

    def __init__(
        self, layout: Layout, traces: Traces, driver_price: float = 0.0, network: Network | None = None
    ) -> None:
        self.layout, self.traces, self.driver_price, self.network = layout, traces, driver_price, network
        worlds, ports, transformers = traces.worlds, int(layout.start[-1]), len(layout.hard)
        self.station = np.repeat(np.arange(len(layout.station_kw)), np.diff(layout.start))
        self.port_table = np.zeros((len(Ports._fields), worlds, ports))
        self.port_table[at.WHO] = at.NOBODY
        self._outcome = np.full((len(Outcome._fields), *traces.stay_table.shape[1:]), np.nan)
        self.book_table = np.zeros((len(Books._fields), worlds))
        self.ports, self.outcome, self.books = Ports(*self.port_table), Outcome(*self._outcome), Books(*self.book_table)
        self.flow_kw, self.net_kw = np.zeros((worlds, ports)), np.zeros((worlds, transformers))
        self.peak_kw = np.zeros((2, worlds, transformers, len(traces.per_kw)))
        self.voltage_pu = np.ones((worlds, len(network.names) if network else 0))
        self._coming, self.t = np.zeros(worlds, int), 0
        arrive(0, worlds, 0, traces.stay_table, self._coming, self.port_table)

    def anew(self) -> Worlds:
        """Return the same worlds at their beginning."""
        return Worlds(self.layout, self.traces, self.driver_price, self.network)

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
        own, ports = self.traces, self.port_table
        step(
            self.t, own.step_h, self.driver_price, own.tracked, *self.layout, own.outside_table, own.node_table, own.applies, own.per_kw,
            own.stay_table, orders.power_kw, ports[at.MOST] if orders.up_to is None else orders.up_to,
            ports[at.LEAST] if orders.down_to is None else orders.down_to, self._coming, ports, self.flow_kw, self.net_kw, self.peak_kw,
            self._outcome, self.book_table,
        )  # fmt: skip
        if self.network is not None:
            self.voltage_pu = self.network.voltages(self.net_kw, own.nodes.load_kw[self.t])
            self.book_table[at.B_SAG] = own.step_h * self.network.outside(self.voltage_pu).sum(axis=1)
        self.t += 1
        return self.books

"""A day on a feeder as numbers: who draws what, what panels could give, what vehicles want. C customers, P panels, S sessions, T steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.network import Customer, Network
from evplan.feeder.ratings import allowed, binding
from evplan.feeder.study import FeederStudy


@dataclass(frozen=True)
class Session:
    """A vehicle. first, last : steps between which it is there, the last not included.  kwh : from the grid.  kw : at most."""

    at: Customer
    first: int
    last: int
    kwh: float
    kw: float

    def possible(self, hours: float) -> float:
        """Return the most energy that it can get, kWh."""
        return min(self.kwh, self.kw * hours * (self.last - self.first))


@dataclass(frozen=True)
class Day:
    """A day. load : VA drawn, complex, shape (C, T).  panel_kw : that panels could give, shape (P, T)."""

    study: FeederStudy
    network: Network
    customers: tuple[Customer, ...]
    load: np.ndarray
    panels: tuple[Customer, ...]
    panel_kw: np.ndarray
    sessions: tuple[Session, ...]

    @cached_property
    def flow(self) -> Flow:
        """Return the power flow of everybody: customers, panels and vehicles, in this order."""
        everybody = [*self.customers, *self.panels, *(one.at for one in self.sessions)]
        return Flow(self.network, legs_of(self.network, everybody))

    @cached_property
    def rated(self) -> np.ndarray:
        """Return the current that each row of branches may carry, A."""
        return allowed(self.network, self.study.limits)

    @cached_property
    def binding(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of branches that can pass their rating first, and these, A."""
        return binding(self.flow, self.rated)

    @property
    def hours(self) -> float:
        """Return the length of a step."""
        return self.study.horizon.hours

    @cached_property
    def there(self) -> np.ndarray:
        """Return whether each vehicle is there, shape (S, T)."""
        steps = np.arange(self.study.horizon.steps)
        first, last = (np.array([getattr(one, field) for one in self.sessions], int) for field in ("first", "last"))
        return (steps >= first[:, None]) & (steps < last[:, None])

    def drawn(
        self, charge_kw: np.ndarray, curtailed_kw: np.ndarray, panel_kvar: np.ndarray | None = None
    ) -> np.ndarray:
        """Return what everybody draws, VA, shape (C + P + S, T). charge_kw : shape (S, T).  curtailed_kw, panel_kvar : shape (P, T)."""
        panels = 1000 * (curtailed_kw - self.panel_kw) + (0j if panel_kvar is None else 1000j * panel_kvar)
        return np.concatenate([self.load, panels, 1000 * charge_kw + 0j])

"""A way to run a day, and what it comes to by exact power flow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evplan.feeder.day import Day
from evplan.feeder.flow import Solved
from evplan.feeder.metrics import SEQUENCES, Metrics, head_currents, measure

MET = 1e-6  # kWh: what is lacking by less is not lacking


@dataclass(frozen=True)
class Operation:
    """A way to run a day. charge_kw : shape (S, T).  curtailed_kw : of each panel, shape (P, T).

    panel_kvar : that panels' inverters draw, shape (P, T); left out, none.
    """

    day: Day
    name: str
    charge_kw: np.ndarray
    curtailed_kw: np.ndarray
    panel_kvar: np.ndarray | None = None

    @cached_property
    def solved(self) -> Solved:
        """Return its exact power flow."""
        flow = self.day.flow
        return flow.solve(flow.legs.of(self.day.drawn(self.charge_kw, self.curtailed_kw, self.panel_kvar)))

    @cached_property
    def metrics(self) -> Metrics:
        """Return what the feeder suffers, step by step."""
        return measure(self.day.flow, self.solved)

    @cached_property
    def sequence(self) -> np.ndarray:
        """Return the zero and negative sequence of the head's currents, A, shape (2, T); 0 in steps that no voltage carries."""
        own = (SEQUENCES @ head_currents(self.day.flow, self.solved))[[0, 2]]
        return np.where(self.solved.settled, own, 0.0)

    @property
    def unbalance_a2(self) -> float:
        """Return the sum over steps of |I_0|^2 + |I_2|^2, A2."""
        return float((np.abs(self.sequence) ** 2).sum())

    @property
    def unbalance_a(self) -> float:
        """Return the same as a current: the root of its mean over the steps that some voltage carries, A; NaN where there is none."""
        solved = self.sequence.shape[1] - self.unsolved
        return float(np.sqrt(self.unbalance_a2 / solved)) if solved else np.nan

    @property
    def voltages_pu(self) -> np.ndarray:
        """Return the voltages of legs in the steps that some voltage carries, of rated, shape (legs, steps)."""
        return np.abs(self.solved.voltage[:, self.solved.settled]) / self.day.flow.base_v[:, None]

    @property
    def losses_kwh(self) -> float | None:
        """Return what lines and transformers lose; None where a step has no voltage that carries it."""
        return None if self.unsolved else float(self.metrics.losses_kw.sum() * self.day.hours)

    @property
    def curtailed_kwh(self) -> float:
        """Return what panels could have given and did not."""
        return float(self.curtailed_kw.sum() * self.day.hours)

    @property
    def curtailed_share(self) -> float:
        """Return it as a part of all that they could have given."""
        return self.curtailed_kwh / max(float(self.day.panel_kw.sum() * self.day.hours), 1e-12)

    @cached_property
    def lacking_kwh(self) -> np.ndarray:
        """Return what each vehicle lacks when it leaves, shape (S,)."""
        got = (self.charge_kw * self.day.there).sum(axis=1) * self.day.hours
        wanted = np.array([one.kwh for one in self.day.sessions])
        lacks = wanted - got
        return np.where(lacks > MET, lacks, 0.0)

    @property
    def violation_pu(self) -> float:
        """Return by how much voltages of customers leave their band at worst, 0 where they do not; infinite where a flow did not settle."""
        return np.inf if self.unsolved else self._worst[0]

    @property
    def overload(self) -> float:
        """Return by how much currents are above what lines and transformers may carry at worst, as a part of it; as `violation_pu`."""
        return np.inf if self.unsolved else self._worst[1]

    @property
    def excess(self) -> float:
        """Return by how much limits are passed at worst: of voltages, p.u., or of ratings."""
        return max(self.violation_pu, self.overload)

    @property
    def solved_excess(self) -> float:
        """Return the same over the steps that some voltage carries."""
        return max(self._worst)

    @property
    def unsolved(self) -> int:
        """Return in how many steps no voltage carries what is drawn."""
        return int((~self.solved.settled).sum())

    @cached_property
    def _worst(self) -> tuple[float, float]:
        """Return both over the steps that some voltage carries."""
        limits, flow, there = self.day.study.limits, self.day.flow, self.solved.settled
        pu = self.voltages_pu
        outside = max(0.0, limits.lowest_pu - pu.min(initial=9.0), pu.max(initial=0.0) - limits.highest_pu)
        keep, rated = self.day.binding
        current = np.abs(flow.branch_idle[keep, None] + flow.branch_spread[keep] @ self.solved.current[:, there])
        return float(outside), float(np.max(current / rated[:, None] - 1, initial=0.0))

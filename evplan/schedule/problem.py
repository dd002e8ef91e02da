"""A schedule on its clock: what every session may draw in which step, what the site may draw, and what it costs.

Energies are of one step, kWh. Columns are pairs of a session and a step in which it is plugged in, session by session.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evplan.schedule.points import CHOSEN, Points, phases_of
from evplan.schedule.sessions import HOUR_S, Sessions
from evplan.schedule.site import Battery, Giving, Goal

if TYPE_CHECKING:
    from evplan.parameters.clock import Clock

TINY_H = 1e-9  # a stay inside a step that is shorter is none
PLAIN = Points()


@dataclass(frozen=True)
class Columns:
    """Where sessions are plugged in, shape (columns,). hours : of the step, in which the session is there."""

    session: np.ndarray
    step: np.ndarray
    hours: np.ndarray

    def __len__(self) -> int:
        return len(self.session)

    def of(self, chosen: np.ndarray) -> Columns:
        """Return some of the columns. chosen : shape (columns,), bool."""
        return Columns(self.session[chosen], self.step[chosen], self.hours[chosen])


@dataclass(frozen=True)
class DemandPrice:
    """A demand charge: a price per kW of the highest import inside it, above what the month has seen."""

    applies: np.ndarray  # shape (steps,), bool
    per_kw: float
    so_far_kw: float


@dataclass(frozen=True)
class Switched:
    """How vehicles are switched when a step begins, shape (sessions,) each.

    on_for : for how many steps a session has been charging; below 0, for how many it has not since it last did; 0 where it never did.
    cut : whether it has ended a power within a step.
    """

    on_for: np.ndarray
    cut: np.ndarray

    def of(self, who: np.ndarray, count: int) -> Switched:
        """Return this of some sessions, and of new ones after them, `count` in all. who : numbers of sessions."""
        new = count - len(who)
        return Switched(np.append(self.on_for[who], np.zeros(new, int)), np.append(self.cut[who], np.zeros(new, bool)))


@dataclass(frozen=True)
class Begun:
    """What has happened before the first step. got_kwh : by each session, into its battery.  stored_kwh : in the stationary battery.

    switched : where pauses or setpoints count.
    """

    got_kwh: np.ndarray
    stored_kwh: float
    switched: Switched | None = None


@dataclass(frozen=True)
class Problem:
    """What is to be decided, and by what. Series have shape (steps,); kWh and prices of a step.

    want_kwh : of each session, into its battery, no more than its stay allows at full power is asked of anybody: `asked_kwh` is
    what the driver wants.  most_kwh : that a column draws.  short_price : of each session's kWh.
    goals : what matters, the first most.  goal_slack : by how much an earlier one gives way, relative.
    begun : what happened before, where the plan is made anew.  gone : chance that a column's vehicle has left early, shape (columns,).
    base_kwh : a building's load.  solar_kwh : what panels give.  limit_kwh : that is drawn in a step.
    """

    clock: Clock
    sessions: Sessions
    columns: Columns
    efficiency: float
    most_kwh: np.ndarray
    want_kwh: np.ndarray
    short_price: np.ndarray
    base_kwh: np.ndarray
    solar_kwh: np.ndarray
    limit_kwh: np.ndarray
    export_kwh: np.ndarray
    price: np.ndarray
    export_price: np.ndarray
    excess_price: float
    demand: tuple[DemandPrice, ...]
    kg_per_kwh: float = 0.0
    battery: Battery | None = None
    giving: Giving | None = None
    points: Points = PLAIN
    goals: tuple[Goal, ...] = ("cost",)
    goal_slack: float = 1e-6
    begun: Begun | None = None
    gone: np.ndarray | None = None

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return len(self.price)

    @property
    def step_h(self) -> float:
        """Return the length of a step, h."""
        return float(self.clock.step_h[0])

    @property
    def begin_s(self) -> float:
        """Return when the clock begins, seconds since 1970."""
        return float(self.clock.start[0].timestamp())

    @property
    def gives(self) -> np.ndarray:
        """Return which sessions may give energy back, shape (sessions,), bool."""
        return self.sessions.gives if self.giving is not None else np.zeros(len(self.sessions), bool)

    @property
    def phase_in_turn(self) -> np.ndarray:
        """Return the phase of each session, in turn where a plan would choose it, shape (sessions,); phases must be weighed."""
        assert self.points.phase is not None
        return np.where(self.points.phase == CHOSEN, phases_of(self.sessions, False), self.points.phase)

    @property
    def has_least(self) -> bool:
        """Return whether any session has a least power."""
        return bool((self.sessions.min_kw > 0).any())

    @property
    def draw_price(self) -> np.ndarray:
        """Return what drawing costs beside energy, by column, shape (columns,): what may come too late is worth less."""
        if self.gone is None:
            return np.zeros(len(self.columns))
        return self.efficiency * self.gone * self.short_price[self.columns.session]

    @property
    def tapers(self) -> np.ndarray:
        """Return which sessions follow the charging curve: those whose battery and SoC are known, shape (sessions,), bool."""
        known = np.isfinite(self.sessions.battery_kwh) & np.isfinite(self.sessions.arrival_soc)
        return known & bool(self.points.taper)

    @property
    def level_walls(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the most that a session's battery may have gained at any time since it came, kWh, shape (sessions,).

        Of a battery that is not known nothing is taken, and no more goes in than is wanted.
        """
        own, depth = self.sessions, self.giving.depth if self.giving else 0.0
        known = np.isfinite(own.battery_kwh)
        battery = np.where(known, own.battery_kwh, 0.0)
        soc = np.where(np.isfinite(own.arrival_soc), own.arrival_soc, 1.0)
        least = -np.minimum(depth, soc) * battery
        room = np.where(np.isfinite(own.arrival_soc), (1 - own.arrival_soc) * battery, 0.0)
        return least, np.maximum(self.want_kwh + self.got_kwh, room)

    @property
    def got_kwh(self) -> np.ndarray:
        """Return what each session's battery has gained before the first step, kWh, shape (sessions,)."""
        return self.begun.got_kwh if self.begun else np.zeros(len(self.sessions))

    @property
    def switched(self) -> Switched:
        """Return how vehicles are switched when the first step begins."""
        if self.begun is not None and self.begun.switched is not None:
            return self.begun.switched
        count = len(self.sessions)
        return Switched(np.zeros(count, int), np.zeros(count, bool))

    @cached_property
    def place(self) -> np.ndarray:
        """Return how many columns of its session stand before each column, shape (columns,)."""
        return np.arange(len(self.columns)) - self.firsts[self.columns.session]

    @cached_property
    def firsts(self) -> np.ndarray:
        """Return the first column of each session, and how many columns there are, shape (sessions + 1,)."""
        return np.searchsorted(self.columns.session, np.arange(len(self.sessions) + 1))

    def columns_of(self, session: int) -> np.ndarray:
        """Return the columns of a session, in the order of their steps."""
        return np.arange(self.firsts[session], self.firsts[session + 1])

    def by_step(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over sessions, shape (steps,). values : shape (columns,)."""
        return np.bincount(self.columns.step, values, self.steps)

    def by_session(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over steps, shape (sessions,). values : shape (columns,)."""
        return np.bincount(self.columns.session, values, len(self.sessions))


def plugged_in(sessions: Sessions, begin_s: float, step_h: float, steps: int) -> Columns:
    """Return the columns of sessions on a clock; what lies before or after it is cut off.

    begin_s : seconds since 1970 at which the clock begins.
    """
    begins = np.maximum((sessions.arrival_s - begin_s) / HOUR_S / step_h, 0.0)
    ends = np.minimum((sessions.departure_s - begin_s) / HOUR_S / step_h, float(steps))
    first = np.floor(begins + TINY_H).astype(int)
    last = np.ceil(ends - TINY_H).astype(int)
    count = np.maximum(last - first, 0)
    session = np.repeat(np.arange(len(sessions)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[session]
    part = np.minimum(step + 1.0, ends[session]) - np.maximum(step, begins[session])
    there = part > TINY_H
    return Columns(session[there], step[there], step_h * part[there])

"""Walk through sessions as they happened, deciding with what was known: plans that are made anew, policies, and hindsight.

A vehicle is known when it comes, with the departure that its driver says (`departure`); it leaves when it left (`left`). Who stays longer
and still lacks is planned for one step at a time. What comes about within a step is known when the step begins, to everybody alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from evplan.schedule.flows import Decision, flows
from evplan.schedule.forecast import Past
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.problem import Problem
from evplan.schedule.rolling import over, remaining
from evplan.schedule.sessions import HOUR_S, Sessions
from evplan.schedule.solve import Solver, solve
from evplan.schedule.standing import Standing, switched_before
from evplan.units import HOURS_PER_DAY

LACKS = 1e-6  # kWh
LONGEST_STEPS = 288  # that a plan looks ahead: three days of quarter hours
LAST_DAYS = 14  # whose peak is taken for granted, as it would have been planned


@dataclass(frozen=True)
class Replayed:
    """What came about. plans : how often it was decided anew.  seconds : spent on that."""

    decision: Decision
    plans: int
    seconds: float


def as_it_happened(sessions: Sessions) -> Sessions:
    """Return sessions that leave when they left."""
    return replace(sessions, departure_s=sessions.left_s)


def replay(
    real: Problem,
    said_s: np.ndarray,
    past: Past | None = None,
    solver: Solver = "auto",
    tell: Callable[[int], None] = lambda step: None,
) -> Replayed:
    """Return what plans come to that are made anew whenever somebody comes, leaves early, or stays on without enough.

    past : tells of vehicles to come and of those that leave early; without it, drivers are believed and nobody is expected.
    real : the problem with the stays that came about.  said_s : when drivers said they leave, seconds since 1970, shape (sessions,).
    """
    walk = _Walk(real, said_s, past, solver)
    for step in range(real.steps):
        walk.take(step)
        tell(step)
    return Replayed(walk.decision, walk.plans, walk.seconds)


class _Walk:
    """The state of a replay: what has been drawn and stored, and the plan that is followed."""

    def __init__(self, real: Problem, said_s: np.ndarray, past: Past | None, solver: Solver) -> None:
        if real.points.chooses_phase:  # who is there stays on its phase
            real = replace(real, points=replace(real.points, phase=real.phase_in_turn))
        self.real, self.said_s, self.past, self.solver = real, said_s, past, solver
        columns, steps = len(real.columns), real.steps
        self.decision = Decision(*(np.zeros(size) for size in (columns, columns, steps, steps, steps)))
        self.got = np.zeros(len(real.sessions))
        self.peaks = np.array([line.so_far_kw for line in real.demand])
        self.stored = real.battery.stored_kwh if real.battery else 0.0
        self.plans, self.seconds = 0, 0.0
        self._plan: tuple[int, np.ndarray, Problem, Decision] | None = None
        self._by_step = np.argsort(real.columns.step, kind="stable")
        self._first = np.searchsorted(real.columns.step[self._by_step], np.arange(steps + 1))
        self._before: set[int] = set()
        self._needed, self._day = np.zeros(len(real.demand)), 0

    def take(self, step: int) -> None:
        """Live through a step."""
        own = self._by_step[self._first[step] : self._first[step + 1]]
        here = self.real.columns.session[own]
        if len(here) or self.real.battery is not None:
            if self._anew(step, here):
                self._decide(step, here)
            self._live(step, own, here)
        self._before = set(here.tolist())

    def _anew(self, step: int, here: np.ndarray) -> bool:
        """Return whether somebody came, left before it was said, or stays on without enough; or the plan is at its end."""
        begin_s = self.real.begin_s + HOUR_S * self.real.step_h * step
        if self._plan is None or step - self._plan[0] >= self._plan[2].steps or set(here.tolist()) - self._before:
            return True
        gone = np.array(sorted(self._before - set(here.tolist())), int)
        late = here[(self.said_s[here] <= begin_s) & (self.real.want_kwh[here] - self.got[here] > LACKS)]
        return bool((self.said_s[gone] > begin_s).any()) or len(late) > 0

    def _decide(self, step: int, here: np.ndarray) -> None:
        there = np.zeros(len(self.real.sessions), bool)
        there[here] = True
        begin_s = self.real.begin_s + HOUR_S * self.real.step_h * step
        expected = self.past.expected(begin_s + HOUR_S * self.real.step_h) if self.past else None
        switched = switched_before(self.real, self.decision.drawn, step)
        standing = Standing(there, self.got, self.said_s, *self._peaks(step), self.stored, switched)
        left = remaining(self._believed(), step, standing, expected, LONGEST_STEPS)
        if self.past is not None:
            left = replace(left, gone=self._gone(self.past, left, np.flatnonzero(there)))
        found = solve(left, self.solver, limit_s=10.0)
        self._plan = step, np.flatnonzero(there), left, found.decision
        self.plans, self.seconds = self.plans + 1, self.seconds + found.seconds

    def _peaks(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what import may reach for nothing, and the price of a kW above, by demand charge.

        A peak serves the days after it as well. What the last days would have needed is taken for granted, at the full price above it;
        before there are any, a plan bears the part of the charge that its span is of the time left.
        """
        lines, day = self.real.demand, round(HOURS_PER_DAY / self.real.step_h)
        price = np.array([line.per_kw for line in lines])
        if self.past is None or not lines:
            return self.peaks, price
        if step // day != self._day and step >= day:
            self._day, span = step // day, slice(max(0, step - LAST_DAYS * day), step)
            lately = over(self.real, span)
            highest = flows(lately, solve(lately).decision).drawn
            self._needed = (
                np.array([highest[line.applies].max(initial=0.0) for line in lately.demand]) / self.real.step_h
            )
        if step < day:
            left = np.array([line.applies[step:].sum() for line in lines])
            return self.peaks, price * np.minimum(1.0, day / np.maximum(left, 1))
        return np.maximum(self.peaks, self._needed), price

    def _gone(self, past: Past, left: Problem, who: np.ndarray) -> np.ndarray:
        """Return the chance that vehicles have left, by column; none for those not there yet. who : the sessions that are there."""
        came, leave = left.sessions.arrival_s.copy(), left.sessions.departure_s.copy()
        came[: len(who)], leave[: len(who)] = self.real.sessions.arrival_s[who], self.said_s[who]
        gone = past.gone(left, came, leave)
        return np.where(left.columns.session < len(who), gone, 0.0)

    def _believed(self) -> Problem:
        """Return the problem with what drivers asked for, as if their stays allowed it: a plan does not know that they will not."""
        return replace(self.real, want_kwh=self.real.sessions.energy_kwh)

    def _live(self, step: int, own: np.ndarray, here: np.ndarray) -> None:
        """Do what the plan says for a step, as far as vehicles are there and want it."""
        assert self._plan is not None
        begun, who, plan, said = self._plan
        ahead, now = step - begun, self.decision
        in_plan = np.flatnonzero((plan.columns.step == ahead) & (plan.columns.session < len(who)))
        drawn, given = np.zeros(len(self.real.sessions)), np.zeros(len(self.real.sessions))
        drawn[who[plan.columns.session[in_plan]]] = said.drawn[in_plan]
        given[who[plan.columns.session[in_plan]]] = said.given[in_plan]
        room = np.maximum(self.real.sessions.energy_kwh[here] - self.got[here], 0.0) / self.real.efficiency
        gives = self.real.gives[here]
        now.drawn[own] = np.minimum(np.minimum(drawn[here], self.real.most_kwh[own]), np.where(gives, np.inf, room))
        now.given[own] = np.minimum(given[here], self.real.most_kwh[own])
        now.resting[step], now.charge[step], now.discharge[step] = (
            part[ahead] for part in (said.resting, said.charge, said.discharge)
        )
        out = self.real.giving.efficiency if self.real.giving else 1.0
        self.got[here] += self.real.efficiency * now.drawn[own] - now.given[own] / out
        if self.real.battery is not None:
            efficiency = self.real.battery.efficiency
            self.stored += efficiency * now.charge[step] - now.discharge[step] / efficiency
        net = float((now.drawn[own] - now.given[own]).sum()) + now.charge[step] - now.discharge[step]
        net += self.real.base_kwh[step] - self.real.solar_kwh[step] + now.resting[step]
        kw = max(net, 0.0) / self.real.step_h
        for i, line in enumerate(self.real.demand):
            if line.applies[step]:
                self.peaks[i] = max(self.peaks[i], kw)


@dataclass(frozen=True)
class Compared:
    """Everybody on the same sessions, by name: what is decided, how often, and in how many seconds."""

    real: Problem
    found: dict[str, Replayed]


HINDSIGHT, ANEW, WITH_PAST = "knew everything", "planned anew", "anew, with the past"


def compared(
    real: Problem,
    said_s: np.ndarray,
    past: Past,
    solver: Solver = "auto",
    tell: Callable[[str, int], None] = lambda name, step: None,
) -> Compared:
    """Return what hindsight, plans made anew and policies come to on the same sessions.

    tell : is called with what is under way and the step that it has reached.
    """
    tell(HINDSIGHT, 0)
    best = solve(real, solver)
    found = {HINDSIGHT: Replayed(best.decision, 1, best.seconds)}
    for name, known in ((WITH_PAST, past), (ANEW, None)):
        found[name] = replay(real, said_s, known, solver, partial(tell, name))
    for name, policy in POLICIES.items():
        found[name] = Replayed(follow(real, policy, said_s), 0, 0.0)
    return Compared(real, found)

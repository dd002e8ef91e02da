"""Policies that follow plans: the optimum with everything known, and plans made anew with what is known now (MPC)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from evplan.v2x import state as at
from evplan.v2x.foresight import Foresight
from evplan.v2x.program.problem import Prices, Problem, from_now, whole
from evplan.v2x.site import Forecast
from evplan.v2x.worlds import Orders, Worlds

if TYPE_CHECKING:
    from evplan.v2x.program.solve import Planned

FAINT = 1e-6  # kWh: a plan's rounding


class Optimum:
    """The cheapest that could have been done. bounds : what nobody can be below, cost of each world, once it has been asked.

    tell : is told the part of the worlds whose plan is made.
    """

    def __init__(self, prices: Prices, tell: Callable[[float], None] = lambda part: None) -> None:
        self._prices, self._tell = prices, tell
        self._tables: _Tables | None = None
        self.bounds: np.ndarray = np.zeros(0)

    def __call__(self, worlds: Worlds) -> Orders:
        """Return what the plans of all worlds say."""
        if self._tables is None:
            from evplan.v2x.program.solve import solve

            self._tables, self.bounds = _Tables(worlds), np.zeros(worlds.traces.worlds)
            for w in range(worlds.traces.worlds):
                problem = whole(worlds, w, self._prices)
                plan = solve(problem)
                self._tables.write(w, 0, problem, plan)
                self.bounds[w] = plan.bound
                self._tell((w + 1) / worlds.traces.worlds)
        return self._tables.orders(worlds)


class Mpc:
    """The cheapest plan for who is there, by what is expected of prices, loads and limits: made anew when somebody comes.

    forecast : how wrong it is, and then a plan is made anew in every step; None: all but who comes is known.
    """

    def __init__(self, prices: Prices, forecast: Forecast | None = None) -> None:
        self._prices, self._forecast = prices, forecast
        self._foresight: Foresight | None = None
        self._tables: _Tables | None = None
        self._who: np.ndarray = np.zeros(0, int)

    def __call__(self, worlds: Worlds) -> Orders:
        """Return what the plans of all worlds say, after those that need it were made anew."""
        who = worlds.ports.who.copy()
        if self._tables is None:
            self._tables, self._who = _Tables(worlds), np.full_like(who, at.NOBODY)
            self._foresight = Foresight(self._forecast, worlds.traces) if self._forecast else None
        came = ((who != self._who) & (who != at.NOBODY)).any(axis=1)
        for world in np.flatnonzero(came | (self._forecast is not None)):
            self._plan(worlds, int(world))
        self._who = who
        return self._tables.orders(worlds)

    def _plan(self, worlds: Worlds, world: int) -> None:
        from evplan.v2x.program.solve import solve

        assert self._tables is not None
        ahead = self._foresight.ahead(worlds, world) if self._foresight else None
        problem = from_now(worlds, world, self._prices, ahead)
        if problem is not None:
            self._tables.write(world, worlds.t, problem, solve(problem))


class _Tables:
    """Orders of plans, by step, world and port."""

    def __init__(self, worlds: Worlds) -> None:
        shape = worlds.steps, *worlds.flow_kw.shape
        self._power, self._up_to, self._down_to = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def write(self, world: int, begin: int, problem: Problem, plan: Planned) -> None:
        """Take over a plan whose first step is `begin`.

        Full power is asked for where anything is drawn: the level says where it ends.
        """
        net, full = plan.drawn - plan.given, problem.stays.charge_kw[problem.stay]
        power = np.where(net > FAINT, full, np.where(net < -FAINT, net / problem.hours, 0.0))
        at = begin + problem.step, world, problem.port
        inside = at[0] < len(self._power)
        for table, values in ((self._power, power), (self._up_to, plan.level), (self._down_to, plan.level)):
            table[at[0][inside], world, at[2][inside]] = values[inside]

    def orders(self, worlds: Worlds) -> Orders:
        """Return the orders of the step that comes next."""
        return Orders(self._power[worlds.t], self._up_to[worlds.t], self._down_to[worlds.t])

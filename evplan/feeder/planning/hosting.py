"""Hosting capacity by Monte Carlo: customers get panels or chargers one after the other, in many random orders; when is a limit passed?

Many orders are power flows of one batch. Each is judged at the steps that pass limits first; others join them until what fits there fits
in every step of the day. Lines whose currents are alike count once, by the lowest rating.

Source: Torquato, Salles, Oriente Pereira, Meira and Freitas 2018, IEEE Trans. Power Delivery 33(5), 2182-2190 (Monte Carlo hosting).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evplan.feeder.control.baselines import at_once
from evplan.feeder.day import Day
from evplan.feeder.flow import ONE_THREAD, Flow
from evplan.feeder.ratings import binding

Tell = Callable[[str], None]
BATCH = 4096  # flows that are judged at once
CAUSES = ("voltage", "line", "transformer", "not solved")


@dataclass(frozen=True)
class Hosted:
    """What orders came to. kw : that is connected when the next customer passes a limit, shape (orders,).

    cause : index of CAUSES, -1 where everybody could be connected.  share : of customers, shape (N,), for curves; passed : part of orders
    in which limits are passed with so many.  flows : power flows that were solved.
    """

    kw: np.ndarray
    cause: np.ndarray
    share: np.ndarray
    passed: np.ndarray
    flows: int

    def at_risk(self, part: float) -> float:
        """Return the kW at which limits are passed in a part of orders."""
        return float(np.quantile(self.kw, part))


def hosting(day: Day, tell: Tell = lambda said: None, stopped: Callable[[], bool] = lambda: False) -> Hosted | None:
    """Return hosting capacity over every step of the day, beside what the day has already.

    Of panels: as the sun shines on the day's own (full from 11 to 14 h where there are none), these at full, and no vehicle; of chargers:
    at full power at any time, the day's vehicles uncontrolled, no sun. None where it is stopped before the first orders.
    """
    with ONE_THREAD.limit(limits=1, user_api="blas"):
        return _hosting(day, tell, stopped)


def _hosting(day: Day, tell: Tell, stopped: Callable[[], bool]) -> Hosted | None:
    said, random = day.study.hosting, np.random.default_rng(day.study.hosting.seed)
    more, count = _More(day), len(takers(day))
    passed, flows = np.zeros(count + 1), 0
    first, cause = np.full(said.orders, count), np.full(said.orders, -1)
    per = max(1, BATCH // (count + 1))
    for begin in range(0, said.orders, per):
        if stopped():
            first, cause = first[:begin], cause[:begin]
            break
        orders = np.argsort(random.random((min(per, said.orders - begin), count)), axis=1)
        own, solved = more.connected(orders)
        flows += solved
        bad = own >= 0
        passed += np.maximum.accumulate(bad, axis=1).sum(axis=0)
        at = np.where(bad.any(axis=1), bad.argmax(axis=1), count + 1)
        first[begin : begin + per] = np.maximum(at - 1, 0)
        cause[begin : begin + per] = np.where(at <= count, own[np.arange(len(orders)), np.minimum(at, count)], -1)
        tell(f"{begin + len(orders):,} of {said.orders:,} orders")
    if not len(first):
        return None
    return Hosted(said.kw * first, cause, np.arange(count + 1) / max(count, 1), passed / max(len(first), 1), flows)


def takers(day: Day) -> np.ndarray:
    """Return the customers that may get panels or chargers: all but those who give power to the network themselves."""
    return np.array([c for c, one in enumerate(day.customers) if one.kw >= 0 and not one.plant], int)


class _More:
    """What a day comes to with more panels or chargers, judged at the steps that pass limits first."""

    def __init__(self, day: Day) -> None:
        said, flow = day.study.hosting, day.flow
        chargers = said.kind == "chargers"
        charging = at_once(day) if chargers else np.zeros((len(day.sessions), day.study.horizon.steps))
        self.base = flow.legs.of(day.drawn(charging, day.panel_kw if chargers else np.zeros_like(day.panel_kw)))
        self.shape = np.ones(day.study.horizon.steps) if chargers else -_sun(day)
        self.wide = flow.legs.draws[:, takers(day)].toarray() * 1000 * said.kw  # W of legs when a customer gets one
        self.judge = Judge(flow, day)
        load = self.base.real.sum(axis=0) + self.shape * self.wide.sum()
        self.steps = [int(np.argmax(self.shape * load))]

    def connected(self, orders: np.ndarray) -> tuple[np.ndarray, int]:
        """Return which limit is passed with so many of each order, -1 where none is, shape (orders, n + 1), and how many flows it took.

        Steps are added until what fits by those that are looked at fits in every step of the day.
        """
        grown = np.concatenate(
            [np.zeros((len(self.base), len(orders), 1)), np.cumsum(self.wide[:, orders], axis=2)], axis=2
        )
        found, flows = np.full(grown.shape[1:], -1), 0
        looked: list[int] = []
        while True:
            for step in [step for step in self.steps if step not in looked]:
                own = self._at(grown, [step])[..., 0]
                found, flows = np.where(found < 0, own, found), flows + own.size
                looked.append(step)
            bad = found >= 0
            most = np.where(bad.any(axis=1), np.maximum(bad.argmax(axis=1) - 1, 0), orders.shape[1])
            fits = ~(bad[:, 0])
            rest = [step for step in range(len(self.shape)) if step not in looked]
            if not fits.any() or not rest:
                return found, flows
            fitting = grown[:, np.flatnonzero(fits), most[fits]]
            own = self._at(fitting[..., None], rest)[:, 0]
            flows += own.size
            broken = (own >= 0).sum(axis=0)
            if not broken.any():
                return found, flows
            self.steps.append(rest[int(np.argmax(broken))])

    def _at(self, grown: np.ndarray, steps: list[int]) -> np.ndarray:
        """Return which limit is passed at some steps, shape (orders, counts, steps)."""
        power = self.base[:, None, None, steps] + grown[..., None] * self.shape[steps]
        return self.judge.broken(power.reshape(len(power), -1)).reshape(*grown.shape[1:], len(steps))


def _sun(day: Day) -> np.ndarray:
    """Return what panels give in each step, of their most: as the day's do, or all of it from 11 to 14 h where it has none."""
    sun = day.panel_kw.sum(axis=0)
    if sun.max(initial=0.0) > 0:
        return sun / sun.max()
    horizon = day.study.horizon
    minute = (60 * int(horizon.start[:2]) + int(horizon.start[3:]) + horizon.minutes * np.arange(horizon.steps)) % 1440
    return np.where((minute >= 660) & (minute <= 840), 1.0, 0.0)


class Judge:
    """What tells which limit a flow passes first."""

    def __init__(self, flow: Flow, day: Day) -> None:
        self.flow, self.limits = flow, day.study.limits
        keep, rated = binding(flow, day.rated)
        kind = np.array([one.kind == "transformer" for one in day.network.branches])[day.network.row_branch[keep]]
        idle, spread = flow.branch_idle[keep] / rated, flow.branch_spread[keep] / rated[:, None]
        self.lines, self.transformers = ((idle[own], spread[own]) for own in (~kind, kind))

    def holds(self, power: np.ndarray) -> np.ndarray:
        """Return by level whether every step keeps all limits. power : VA, shape (levels, legs, steps)."""
        levels, legs, steps = power.shape
        own = self.broken(np.moveaxis(power, 0, 1).reshape(legs, levels * steps))
        return np.asarray((own.reshape(levels, steps) < 0).all(axis=1))

    def broken(self, power: np.ndarray) -> np.ndarray:
        """Return by flow the index in CAUSES of what is passed, -1 where nothing is. power : VA, shape (legs, flows)."""
        found = np.full(power.shape[1], -1)
        for k in range(0, power.shape[1], BATCH):
            solved = self.flow.solve(power[:, k : k + BATCH])
            pu = np.abs(solved.voltage) / self.flow.base_v[:, None]
            own = np.full(len(solved.settled), -1)
            for cause, (idle, spread) in ((2, self.transformers), (1, self.lines)):
                if len(idle):
                    own[(np.abs(idle[:, None] + spread @ solved.current) > 1 + 1e-9).any(axis=0)] = cause
            own[(pu > self.limits.highest_pu).any(axis=0) | (pu < self.limits.lowest_pu).any(axis=0)] = 0
            own[~solved.settled] = 3
            found[k : k + BATCH] = own
        return found

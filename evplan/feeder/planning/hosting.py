"""Hosting capacity by Monte Carlo: customers get panels or chargers one after the other, in many random orders; when is a limit passed?

All steps of many orders are power flows of one batch. Lines whose currents are alike count once, by the lowest rating.

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
    """Return hosting capacity at the day's worst step, beside what the day has already.

    Of panels: most sun and least load, the day's panels at full and no vehicle; of chargers: most load, its vehicles uncontrolled, no sun.
    None where it is stopped before the first orders.
    """
    with ONE_THREAD.limit(limits=1, user_api="blas"):
        return _hosting(day, tell, stopped)


def _hosting(day: Day, tell: Tell, stopped: Callable[[], bool]) -> Hosted | None:
    said, count = day.study.hosting, len(day.customers)
    flow, sign = day.flow, -1.0 if said.kind == "panels" else 1.0
    charging = at_once(day) if sign > 0 else np.zeros((len(day.sessions), day.study.horizon.steps))
    giving = np.zeros_like(day.panel_kw) if sign < 0 else day.panel_kw
    base = flow.legs.of(day.drawn(charging, giving))
    step = _worst(day, sign)
    wide = flow.legs.draws[:, :count].toarray() * sign * 1000 * said.kw  # W of legs when a customer gets one
    random = np.random.default_rng(said.seed)
    first = np.full(said.orders, count)
    cause = np.full(said.orders, -1)
    passed = np.zeros(count + 1)
    flows = 0
    per = max(1, BATCH // (count + 1))
    limits = Judge(flow, day)
    for begin in range(0, said.orders, per):
        if stopped():
            first, cause = first[:begin], cause[:begin]
            break
        orders = np.argsort(random.random((min(per, said.orders - begin), count)), axis=1)
        power = np.concatenate([np.zeros((len(base), len(orders), 1)), np.cumsum(wide[:, orders], axis=2)], axis=2)
        own = limits.broken((base[:, step, None, None] + power).reshape(len(base), -1)).reshape(len(orders), count + 1)
        flows += own.size
        bad = own >= 0
        reached = np.maximum.accumulate(bad, axis=1)
        passed += reached.sum(axis=0)
        at = np.where(bad.any(axis=1), bad.argmax(axis=1), count + 1)
        first[begin : begin + per] = np.maximum(at - 1, 0)
        cause[begin : begin + per] = np.where(at <= count, own[np.arange(len(orders)), np.minimum(at, count)], -1)
        tell(f"{begin + len(orders):,} of {said.orders:,} orders")
    if not len(first):
        return None
    return Hosted(said.kw * first, cause, np.arange(count + 1) / max(count, 1), passed / max(len(first), 1), flows)


def _worst(day: Day, sign: float) -> int:
    """Return the step at which load is least while the sun shines most, or at which it is most."""
    load = day.load.real.sum(axis=0)
    if sign > 0:
        return int(np.argmax(load))
    sun = day.panel_kw.sum(axis=0)
    bright = sun >= sun.max() if sun.max() > 0 else _noon(day)
    return int(np.flatnonzero(bright)[np.argmin(load[bright])])


def _noon(day: Day) -> np.ndarray:
    horizon = day.study.horizon
    minute = (60 * int(horizon.start[:2]) + int(horizon.start[3:]) + horizon.minutes * np.arange(horizon.steps)) % 1440
    return (minute >= 660) & (minute <= 840)


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

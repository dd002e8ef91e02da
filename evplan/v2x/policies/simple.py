"""Policies that look at each port alone."""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at
from evplan.v2x import stays as of
from evplan.v2x.curve import level_before
from evplan.v2x.traces import CHOICES, streams
from evplan.v2x.worlds import Orders, Worlds


class AsFast:
    """Everybody at full power until their wish is met."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return full powers, up to the targets."""
        return Orders(worlds.ports.charge_kw, worlds.ports.target)


class Nothing:
    """Nobody draws."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return no power."""
        return Orders(np.zeros_like(worlds.flow_kw))


class Random:
    """Any power between full giving and full charging; a world's seed decides."""

    def __init__(self) -> None:
        self._part: np.ndarray | None = None

    def __call__(self, worlds: Worlds) -> Orders:
        """Return random powers."""
        if self._part is None:
            shape = worlds.steps, worlds.flow_kw.shape[1]
            self._part = np.stack([own.uniform(-1, 1, shape) for own in streams(worlds.traces.seeds, CHOICES)], axis=1)
        part = self._part[worlds.t]
        return Orders(part * np.where(part > 0, worlds.ports.charge_kw, worlds.ports.give_kw))


class AsLate:
    """Nobody draws what full power could still bring later."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return full powers, up to the levels from which the rest can still be brought."""
        up_to = np.zeros_like(worlds.flow_kw)
        fill_late(
            worlds.t,
            worlds.traces.step_h,
            worlds.traces.outside_table,
            worlds.port_table,
            worlds.traces.stay_table,
            up_to,
        )
        return Orders(worlds.ports.charge_kw, np.minimum(up_to, worlds.ports.target))


@compiled
def fill_late(
    t: int, step_h: float, outside: np.ndarray, ports: np.ndarray, stays: np.ndarray, up_to: np.ndarray
) -> None:  # fmt: skip
    """Fill up_to with the levels at the end of step t from which full power until departure brings the target, as cold as it is now."""
    for w in range(up_to.shape[0]):
        for p in range(up_to.shape[1]):
            if ports[at.WHO, w, p] < 0.0:
                continue
            ahead = ports[at.UNTIL, w, p] - t
            left_h = (ahead - 1) * step_h + stays[of.LAST_H, w, int(ports[at.WHO, w, p])] if ahead > 0 else 0.0
            curve = ports[at.CURVE_KW, w, p] * outside[at.DERATE, t, w]
            most = min(ports[at.CHARGE_KW, w, p] * ports[at.EFFICIENCY, w, p], curve)
            up_to[w, p] = level_before(
                ports[at.TARGET, w, p], ports[at.CAPACITY, w, p], ports[at.TAPER_KWH, w, p], curve, most, left_h
            )


class AsLateRated:
    """Who would need the whole steps that are left at rated power, but one, draws it, however full the battery is."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return full powers where it is time."""
        ports = worlds.ports
        each = np.maximum(ports.charge_kw * worlds.traces.step_h, 1e-9)
        steps = np.ceil(np.maximum(ports.target - ports.stored, 0.0) / each)
        return Orders(np.where(ports.last - steps <= worlds.t, ports.charge_kw, 0.0), ports.target)

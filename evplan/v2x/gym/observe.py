"""What a learner sees: numbers of about one, in an order that has names.

sin, cos of the time of day and of the week          where in the episode
prices: of now and of every hour ahead, expected, by the calendar's mean price; of selling now
setpoint: by the power of all ports
by transformer: load less solar, expected, of now and every hour ahead; limits, expected; what flowed last: by its limit
by port: whether taken, state of charge, what lacks, hours that are left, hours needed by hours left, powers it may draw and give
"""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at
from evplan.v2x import stays as of
from evplan.v2x.foresight import Foresight
from evplan.v2x.setting import Setting
from evplan.v2x.traces import Traces
from evplan.v2x.worlds import Worlds

CLOCK = ("sin_day", "cos_day", "sin_week", "cos_week", "passed")
PORT = ("taken", "soc", "lacks", "hours_left", "urgency", "may_draw", "may_give")
AT_PORT = len(PORT)
FAR_H, LARGEST = 24.0, 10.0  # hours left, by which they are scaled; beyond the largest nothing is told apart


class Observer:
    """Makes observations of a batch of worlds of one setting.

    names : of every number, shape (numbers,).
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._port_kw = setting.equipment.port_kw
        self._ahead = int(np.ceil(setting.site.forecast.hours)) + 1
        self._each = max(1, round(1 / setting.calendar.step_h))  # steps between the hours ahead
        self._price = max(float(np.abs(setting.calendar.buy).mean()), 1e-9)
        self._power = float(setting.equipment.layout.station_kw.sum())
        hours = range(self._ahead)
        transformers = [one.name for one in setting.site.transformers]
        self.names = (
            *CLOCK, *(f"price_in_{h}h" for h in hours), "sell", "setpoint",
            *(f"{name}.load_in_{h}h" for name in transformers for h in hours),
            *(f"{name}.limit_in_{h}h" for name in transformers for h in hours), *(f"{name}.flow" for name in transformers),
            *(f"{port}.{what}" for port in setting.equipment.port_names for what in PORT),
        )  # fmt: skip
        self._at_ports = len(self.names) - len(PORT) * setting.equipment.ports

    def outside(self, traces: Traces, foresight: Foresight) -> np.ndarray:
        """Return all that is seen and no action changes, for every step and the end, float32, shape (steps + 1, worlds, numbers)."""
        now = np.minimum(np.arange(traces.steps + 1), traces.steps - 1)
        step = np.minimum(now[:, None] + self._each * np.arange(self._ahead), traces.steps - 1)  # (steps + 1, ahead)
        out, nodes, usual = traces.outside_table, traces.node_table, traces.usual_kw[now][:, None]
        price, load, solar = (foresight.factor(which, now, step) for which in range(3))
        base = nodes[at.LOAD_KW][step] * load[..., None] - nodes[at.SOLAR_KW][step] * solar[..., None]
        known = traces.notice[step] <= now[:, None, None, None]
        limit = np.where(known, nodes[at.LIMIT_KW][step], traces.usual_kw[step])
        parts = [
            self._clock(traces), out[at.BUY][step].transpose(0, 2, 1) * price.transpose(0, 2, 1) / self._price,
            out[at.SELL][now][..., None] / self._price, out[at.SETPOINT_KW][now][..., None] / self._power,
            *((values / usual).transpose(0, 2, 3, 1).reshape(len(now), traces.worlds, -1) for values in (base, limit)),
        ]  # fmt: skip
        return np.concatenate(parts, axis=2, dtype=np.float32)

    def see(self, worlds: Worlds, outside: np.ndarray) -> np.ndarray:
        """Return observations, float32, shape (worlds, numbers). outside : of all steps."""
        own, numbers = worlds.traces, outside.shape[2]
        seen = np.empty((own.worlds, len(self.names)), np.float32)
        seen[:, :numbers] = outside[worlds.t]
        seen[:, numbers : self._at_ports] = worlds.net_kw / own.usual_kw[min(worlds.t, worlds.steps - 1)]
        derate = own.outside_table[at.DERATE, min(worlds.t, worlds.steps - 1)]
        fill_ports(worlds.t, own.step_h, derate, worlds.port_table, own.stay_table, self._port_kw, self._at_ports, seen)
        return np.clip(seen, -LARGEST, LARGEST, out=seen)

    def _clock(self, traces: Traces) -> np.ndarray:
        """Return the time of day and week, and the part of the episode that is over, shape (steps + 1, worlds, 5)."""
        own = self._setting.calendar
        step = np.minimum(traces.begin + np.arange(traces.steps + 1)[:, None], len(own.day_angle) - 1)
        day, week = own.day_angle[step], own.week_angle[step]
        passed = np.broadcast_to(np.linspace(0, 1, traces.steps + 1)[:, None], day.shape)
        return np.stack([np.sin(day), np.cos(day), np.sin(week), np.cos(week), passed], axis=2)


@compiled
def fill_ports(
    t: int, step_h: float, derate: np.ndarray, ports: np.ndarray, stays: np.ndarray, port_kw: np.ndarray, place: int, seen: np.ndarray
) -> None:  # fmt: skip
    """Fill what is seen of ports, from a place on."""
    for w in range(seen.shape[0]):
        for p in range(len(port_kw)):
            to = place + AT_PORT * p
            if ports[at.WHO, w, p] < 0.0:
                for k in range(AT_PORT):
                    seen[w, to + k] = 0.0
                continue
            capacity, stored = ports[at.CAPACITY, w, p], ports[at.STORED, w, p]
            left_h = stays[of.DEPARTURE_H, w, int(ports[at.WHO, w, p])] - t * step_h
            full = min(ports[at.CHARGE_KW, w, p] * ports[at.EFFICIENCY, w, p], ports[at.CURVE_KW, w, p] * derate[w])
            lacks = max(ports[at.TARGET, w, p] - stored, 0.0)
            seen[w, to] = 1.0
            seen[w, to + 1] = stored / capacity
            seen[w, to + 2] = lacks / capacity
            seen[w, to + 3] = left_h / FAR_H
            seen[w, to + 4] = min(lacks / max(full * left_h, 1e-9), LARGEST)
            seen[w, to + 5] = ports[at.CHARGE_KW, w, p] / port_kw[p] if stored < ports[at.MOST, w, p] else 0.0
            seen[w, to + 6] = ports[at.GIVE_KW, w, p] / port_kw[p] if stored > ports[at.LEAST, w, p] else 0.0

"""Forecasts: what is expected of later steps, wrong by more the further they are.

    expected at t of k = what comes at k * (1 + sigma (B(k) - B(t)))        B : Brownian motion of unit variance in a day

The error is none at the step itself, and a forecast is right in the mean whenever it is made. Limits are known from the notice of an
event on; before it, the usual limit is expected.
"""

from __future__ import annotations

import numpy as np

from evplan.units import HOURS_PER_DAY
from evplan.v2x.program.problem import Ahead, what_comes
from evplan.v2x.site import Forecast
from evplan.v2x.traces import ERRORS, Traces, streams
from evplan.v2x.worlds import Worlds


class Foresight:
    """Forecasts for a batch of worlds."""

    def __init__(self, forecast: Forecast, traces: Traces) -> None:
        self._traces = traces
        self._sigma = np.array([forecast.price, forecast.load, forecast.solar])
        shape = 3, traces.steps
        self._motion = np.zeros((*shape, traces.worlds))
        if self._sigma.any():
            root = np.sqrt(traces.step_h / HOURS_PER_DAY)
            moves = np.stack([numbers.standard_normal(shape) for numbers in streams(traces.seeds, ERRORS)], axis=-1)
            self._motion = np.cumsum(root * moves, axis=1)

    def factor(self, which: int, now: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return by what later steps are expected to be more than they will be, shape (now, steps, worlds).

        which : price, load, solar.  now : steps at which that is expected.  steps : of each now, which later ones, shape (now, steps).
        """
        if not self._sigma[which]:
            return np.ones((*steps.shape, self._traces.worlds))
        motion = self._motion[which]
        return 1.0 + self._sigma[which] * (motion[steps] - motion[now][:, None])

    def limit_kw(self, t: int, until: int) -> np.ndarray:
        """Return the limits that are expected of steps t to until, shape (steps, worlds, transformers)."""
        own = self._traces
        known = own.notice[t:until] <= t
        return np.where(known, own.node_table[2, t:until], own.usual_kw[t:until])

    def ahead(self, worlds: Worlds, world: int) -> Ahead:
        """Return what is expected in a world from now on."""
        t, until = worlds.t, worlds.steps
        comes = what_comes(worlds, world, t)
        now, steps = np.array([t]), np.arange(t, until)[None]
        price, load, solar = (self.factor(which, now, steps)[0, :, world] for which in range(3))
        price = np.maximum(price, 0.0)
        outside = comes.outside._replace(buy=comes.outside.buy * price, sell=comes.outside.sell * price)
        nodes = comes.nodes._replace(
            load_kw=comes.nodes.load_kw * np.maximum(load, 0.0)[:, None],
            solar_kw=comes.nodes.solar_kw * np.maximum(solar, 0.0)[:, None],
            limit_kw=self.limit_kw(t, until)[:, world],
        )
        return Ahead(outside, nodes, comes.applies, comes.per_kw, comes.peak_kw, comes.bare_peak_kw)

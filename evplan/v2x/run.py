"""Let policies act in worlds, each in the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from evplan.errors import InputError
from evplan.instance.suggest import did_you_mean
from evplan.v2x.metrics import Became
from evplan.v2x.policies import POLICIES, Policy
from evplan.v2x.policies.planned import Mpc, Optimum
from evplan.v2x.program.problem import Prices
from evplan.v2x.setting import Setting
from evplan.v2x.site import WorldSite
from evplan.v2x.state import Books
from evplan.v2x.traces import Traces
from evplan.v2x.worlds import Worlds

NAMES = (*POLICIES, "mpc", "optimum")


def prices_of(site: WorldSite) -> Prices:
    """Return the prices of a site's worlds."""
    return Prices(site.driver_price_per_kwh, site.shortfall_price_per_kwh, site.overload_price_per_kwh)


def policy_named(name: str, prices: Prices) -> Callable[[], Policy]:
    """Return what makes a policy. Raises: InputError for a name that is not known."""
    if name not in NAMES:
        raise InputError(f"--policy: there is no {name!r}{did_you_mean(name, list(NAMES))}; known: {', '.join(NAMES)}")
    if name == "mpc":
        return partial(Mpc, prices)
    return partial(Optimum, prices) if name == "optimum" else POLICIES[name]


def act(
    setting: Setting, traces: Traces, name: str, make: Callable[[], Policy], tell: Callable[[float], None] = lambda part: None
) -> Became:  # fmt: skip
    """Return what becomes of worlds under a policy. tell : is told the part of the steps that is done."""
    begun = time.perf_counter()
    worlds, policy = Worlds(setting.equipment.layout, traces, setting.site.driver_price_per_kwh), make()
    sums = Books(*(np.zeros(traces.worlds) for _ in Books._fields))
    peaks = np.full(worlds.net_kw.shape, -np.inf)
    while not worlds.over:
        for total, part in zip(sums, worlds.step(policy(worlds)), strict=True):
            total += part
        np.maximum(peaks, worlds.net_kw, out=peaks)
        tell(worlds.t / worlds.steps)
    bounds = policy.bounds if isinstance(policy, Optimum) else None
    return Became(
        name, traces.seeds, sums, worlds.outcome, traces.stays, traces.refused, peaks, time.perf_counter() - begun, bounds
    )  # fmt: skip

"""Let policies act in worlds, each in the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.instance.suggest import did_you_mean
from evplan.store.work import Work, digest, work_of
from evplan.v2x.metrics import Became
from evplan.v2x.policies import POLICIES, Policy
from evplan.v2x.policies.planned import Mpc, Optimum
from evplan.v2x.record import Record
from evplan.v2x.scene import Scene, rated_stays
from evplan.v2x.state import Books
from evplan.v2x.worlds import Worlds

NAMES = (*POLICIES, "mpc", "mpc-perfect", "optimum")


def world_work(file: Path, policies: Sequence[str], **options: Any) -> Work:
    """Return what a comparison of policies is made from. Raises: InputError for a world that cannot be read."""
    from evplan.v2x.read import named_files, read_world

    alone = file.suffix.lower() == ".json" or file.is_dir()  # a recorded world names no other files
    learned = {name: digest(Path(name)) for name in policies if name.endswith(".zip")}
    named = () if alone else named_files(read_world(file).site)
    return work_of("v2x", file, named, policies=list(policies), learned=learned, **options)


def policy_named(name: str, scene: Scene, tell: Callable[[float], None] = lambda part: None) -> Callable[[], Policy]:
    """Return what makes a policy for a scene. Raises: InputError for a name that is not known.

    tell : is told the part of the worlds that the optimum has planned.
    """
    if name.endswith(".zip"):
        return _learned(Path(name), scene)
    if name not in NAMES:
        raise InputError(f"--policy: there is no {name!r}{did_you_mean(name, list(NAMES))}; known: {', '.join(NAMES)}")
    site, prices = scene.site, scene.prices
    planned: dict[str, Callable[[], Policy]] = {
        "mpc": partial(Mpc, prices, site.forecast),
        "mpc-perfect": partial(Mpc, prices),
        "optimum": partial(Optimum, prices, tell),
    }
    return planned[name] if name in planned else POLICIES[name]


def _learned(path: Path, scene: Scene) -> Callable[[], Policy]:
    """Return what makes a policy that was learned."""
    if not path.is_file():
        raise InputError(f"--policy: no such file: {path}")
    if scene.setting is None:
        raise InputError("--policy: what was learned acts in the worlds of a v2x file only, not in traces")
    from evplan.v2x.gym.needed import needed

    needed()
    from evplan.v2x.gym.learn import Learned

    return partial(Learned, path, scene.setting)


def act(
    scene: Scene, name: str, make: Callable[[], Policy], tell: Callable[[float], None] = lambda part: None, recorded: bool = False
) -> Became:  # fmt: skip
    """Return what becomes of a scene's worlds under a policy. tell : is told the part of the steps that is done.

    recorded : whether every step of every port is kept.
    """
    begun, traces = time.perf_counter(), scene.traces
    worlds, policy = (
        Worlds(scene.equipment.layout, traces, scene.site.driver_price_per_kwh, scene.equipment.network),
        make(),
    )
    sums = Books(*(np.zeros(traces.worlds) for _ in Books._fields))
    peaks, lowest = np.full(worlds.net_kw.shape, -np.inf), np.full(traces.worlds, np.inf)
    record = Record.blank(worlds) if recorded else None
    while not worlds.over:
        if record is not None:
            record.before(worlds)
        for total, part in zip(sums, worlds.step(policy(worlds)), strict=True):
            total += part
        if record is not None:
            record.after(worlds)
        np.maximum(peaks, np.abs(worlds.net_kw), out=peaks)
        np.minimum(lowest, worlds.voltage_pu.min(axis=1, initial=np.inf), out=lowest)
        tell(worlds.t / worlds.steps)
    bounds = policy.bounds if isinstance(policy, Optimum) else None
    return Became(
        name, traces.seeds, sums, worlds.outcome, traces.stays, traces.refused, peaks, time.perf_counter() - begun, bounds,
        record, lowest,
    )  # fmt: skip


def linear_bounds(scene: Scene) -> np.ndarray:
    """Return what nobody can be below even with batteries that take rated power until full and lose nothing, cost of each world.

    Where losing energy pays (negative prices, more sun than a limit carries) that is no bound.
    """
    from evplan.v2x.program.problem import whole
    from evplan.v2x.program.solve import solve

    worlds = Worlds(scene.equipment.layout, scene.traces, scene.site.driver_price_per_kwh)
    every = range(scene.traces.worlds)
    return np.array([solve(whole(worlds, w, scene.prices, rated_stays(scene, w))).bound for w in every])

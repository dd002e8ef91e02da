"""The same trade-off by NSGA-II (pymoo, extra `nsga`), to see what a search without derivatives finds on equal terms.

Genes, all in [0, 1]: of each vehicle, when it begins and how fast it charges; of each panel, the part of its rating above which it is cut.
So every vehicle has its energy by construction, and a handful of genes say a whole day. Voltages and loading are its constraints;
generations are evaluated by the same batched power flow.

Source: Deb, Pratap, Agarwal and Meyarivan 2002, IEEE Trans. Evolutionary Computation 6(2), 182-197.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evplan.errors import NotInstalledError
from evplan.feeder.control.front import undominated
from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day
from evplan.feeder.flow import ONE_THREAD
from evplan.feeder.metrics import SEQUENCES, head_currents

Tell = Callable[[str], None]
POPULATION = 100


def evolved(
    day: Day, evaluations: int, tell: Tell = lambda said: None, stopped: Callable[[], bool] = lambda: False, seed: int = 0
) -> list[Operation]:  # fmt: skip
    """Return the points that NSGA-II finds with so many evaluations, or until it is stopped. Raises: NotInstalledError without pymoo."""
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.problem import Problem
    except ImportError:
        raise NotInstalledError("NSGA-II needs pymoo: pip install 'evplan[nsga]'") from None
    genes = 2 * len(day.sessions) + len(day.panels)

    class Trade(Problem):
        def __init__(self) -> None:
            super().__init__(n_var=genes, n_obj=2, n_ieq_constr=1, xl=0.0, xu=1.0)

        def _evaluate(self, x: np.ndarray, out: dict[str, np.ndarray], *_: object, **__: object) -> None:
            out["F"], out["G"] = judged(day, *decoded(day, x))

    with ONE_THREAD.limit(limits=1, user_api="blas"):
        search = NSGA2(pop_size=POPULATION)
        search.setup(Trade(), termination=("n_eval", evaluations), seed=seed, verbose=False)
        while search.has_next() and not stopped():
            search.next()
            tell(f"{search.evaluator.n_eval:,} of {evaluations:,} evaluations")
        found = search.result()
    if found.X is None:
        return []
    charge, curtailed = decoded(day, np.atleast_2d(found.X))
    return undominated(
        [Operation(day, f"NSGA-II {k + 1}", *own) for k, own in enumerate(zip(charge, curtailed, strict=True))]
    )


def decoded(day: Day, genes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what genes say: kW of vehicles, shape (n, S, T), and what panels give up, shape (n, P, T). genes : shape (n, genes)."""
    count, steps, hours = len(day.sessions), day.study.horizon.steps, day.hours
    first = np.array([one.first for one in day.sessions])
    stay = np.array([one.last - one.first for one in day.sessions])
    most = np.array([one.kw for one in day.sessions])
    wanted = np.array([one.possible(hours) for one in day.sessions])
    least = wanted / (stay * hours)  # kW that is enough if it lasts the whole stay
    kw = np.maximum(least + genes[:, count : 2 * count] * (most - least), 1e-9)
    lasts = wanted / (kw * hours)
    begin = first + genes[:, :count] * np.maximum(stay - lasts, 0.0)
    t = np.arange(steps)
    within = np.clip(np.minimum(t + 1, (begin + lasts)[:, :, None]) - np.maximum(t, begin[:, :, None]), 0.0, 1.0)
    cap = genes[:, 2 * count :, None] * day.panel_kw.max(axis=1, initial=0.0)[:, None]
    return kw[:, :, None] * within, np.maximum(day.panel_kw - cap, 0.0)


def judged(day: Day, charge: np.ndarray, curtailed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both goals, shape (n, 2): curtailed kWh and the sum of squared sequence currents, and how far limits are passed, (n, 1)."""
    flow, limits = day.flow, day.study.limits
    count, steps = len(charge), day.study.horizon.steps
    every = np.concatenate([day.drawn(kw, less) for kw, less in zip(charge, curtailed, strict=True)], axis=1)
    solved = flow.solve(flow.legs.of(every))
    pu = np.abs(solved.voltage) / flow.base_v[:, None]
    above = np.maximum(pu.max(axis=0) - limits.highest_pu, limits.lowest_pu - pu.min(axis=0))
    keep, rated = day.binding
    if len(keep):
        loading = np.abs(flow.branch_idle[keep, None] + flow.branch_spread[keep] @ solved.current) / rated[:, None]
        above = np.maximum(above, loading.max(axis=0) - 1)
    above[~solved.settled] = 1.0
    sequence = (SEQUENCES @ head_currents(flow, solved))[[0, 2]]
    unbalance = (np.abs(sequence) ** 2).sum(axis=0).reshape(count, steps).sum(axis=1)
    goals = np.stack([curtailed.sum(axis=(1, 2)) * day.hours, unbalance], axis=1)
    return goals, above.reshape(count, steps).max(axis=1, keepdims=True)


def hypervolume(points: list[Operation], none: Operation) -> float:
    """Return the part of the square of curtailed share and unbalance (of that without control) that points are better than."""
    at = sorted(
        (min(one.curtailed_share, 1.0), min(one.unbalance_a2 / max(none.unbalance_a2, 1e-12), 1.0)) for one in points
    )
    area, height = 0.0, 1.0
    for share, unbalance in at:
        if unbalance < height:
            area += (1 - share) * (height - unbalance)
            height = unbalance
    return area

"""One set of sizes for several futures: what it is worth in each, what planning for all of them brings, what knowing would.

planned for all      sizes that are best over all futures; dispatch follows each future
central              sizes of the plan of the file as it stands, run as well as can be in each future
known                sizes of each future's own, as if it were known: no plan can do better there

value of the stochastic solution   = planned for all - central
value of perfect information       = known - planned for all         (Birge and Louveaux 2011, chapter 4)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import InfeasibleError, NoPlanError
from evplan.finance.appraise import site_cashflow
from evplan.finance.metrics import npv
from evplan.formulation import site as formulation
from evplan.formulation.sessions import even_pledges
from evplan.formulation.values import Kept, Values
from evplan.future_cases import Future, futures_of
from evplan.instance.read import read
from evplan.parallel import cores, run_all, run_in_processes
from evplan.parameters.prepare import counted_to, prepare
from evplan.parameters.types import SiteParameters
from evplan.plan import make_options, silent, solve_read
from evplan.report.run import Run
from evplan.sites import BUILDING, Progress
from evplan.solution.invariants import check
from evplan.solution.tables import SiteSolution, make_solution, relative_gap
from evplan.solver.compile import compile_model, no_garbage_collection
from evplan.solver.join import Part, Risk, join
from evplan.solver.outcome import Options, Outcome
from evplan.solver.several import Several

LEAST_S = 5.0  # of search for each part of the work, whatever the parts before left


@dataclass(frozen=True)
class SiteFutures:
    """One site over all futures; amounts are objectives as `formulation/site.py` has them, to be maximised.

    plans, npv : the plan for all, run in each future, and its net present value there.
    central : of the central plan's sizes in each future; -inf where they cannot meet what is owed.
    known : of each future's own best sizes; known_bound : what those cannot exceed.
    """

    name: str
    plans: tuple[SiteSolution, ...]
    npv: np.ndarray
    objective: float
    bound: float
    status: str
    central: np.ndarray
    known: np.ndarray
    known_bound: np.ndarray
    risk: Risk

    @property
    def worth(self) -> np.ndarray:
        """Return the objective of the plan for all in each future."""
        return np.array([plan.objective for plan in self.plans])

    @property
    def stochastic_value(self) -> float:
        """Return what planning for all futures is worth over running the central plan's sizes; infinite if those fail."""
        return -self.risk.of(-self.worth) + self.risk.of(-self.central) if np.isfinite(self.central).all() else np.inf

    @property
    def information_value(self) -> float:
        """Return what knowing the future beforehand would be worth."""
        return -self.risk.of(-self.known) + self.risk.of(-self.worth)


@dataclass(frozen=True)
class FuturesRun:
    """What planning for several futures found. central : the run of the file as it stands."""

    central: Run
    futures: tuple[Future, ...]
    sites: tuple[SiteFutures, ...]
    risk: Risk
    seconds: float

    @property
    def objective(self) -> float:
        """Return the sum of the sites' objectives."""
        return sum(site.objective for site in self.sites)

    @property
    def bound(self) -> float:
        """Return what no plan can exceed."""
        return sum(site.bound for site in self.sites)

    @property
    def gap(self) -> float:
        """Return (bound - objective) / |objective|."""
        return relative_gap(self.objective, self.bound)

    @property
    def status(self) -> str:
        """Return 'optimal' if every site's sizes are proved within the gap asked for."""
        return next((site.status for site in self.sites if site.status != "optimal"), "optimal")

    @property
    def npv(self) -> np.ndarray:
        """Return the portfolio's net present value in each future."""
        return np.sum([site.npv for site in self.sites], axis=0)


def solve_futures(
    path: Any, scenario: str | None = None, *, gap: float | None = None, time_limit_s: float | None = None,
    progress: Progress = silent,
) -> FuturesRun:  # fmt: skip
    """Return sizes that are best over all futures of an instance file, with what they are worth in each.

    Raises `InstanceError`, `InputError` if the file says nothing of futures, `InfeasibleError`, `NoPlanError`, or `CheckError`.
    """
    found = read(path, scenario)
    futures = futures_of(found)
    begun = time.perf_counter()
    progress("central", "the file as it stands")
    central = solve_read(found, gap=gap, time_limit_s=time_limit_s, progress=progress)
    said = found.instance.futures
    assert said is not None
    risk = Risk(np.array([future.probability for future in futures]), said.tail, said.tail_weight)
    solver = found.instance.solver
    options = make_options(
        solver.gap if gap is None else gap, solver.time_limit_s if time_limit_s is None else time_limit_s, False
    )
    progress("futures", f"{len(futures)} prepared")
    numbers = _prepared(central, futures)
    sites = []
    for i in range(len(central.plans)):
        left = options.time_limit_s / len(central.plans)
        own = [sites_then[i] for sites_then in numbers]
        sites.append(_solve_site(central, i, futures, own, risk, replace(options, time_limit_s=left), progress))
    return FuturesRun(central, futures, tuple(sites), risk, time.perf_counter() - begun)


def _prepared(central: Run, futures: Sequence[Future]) -> list[tuple[SiteParameters, ...]]:
    """Return every future's sites: chargers counted as far as any future needs, batteries as they were settled, tariffs as picked."""
    first = [prepare(future.read) for future in futures]
    found = []
    for future, numbers in zip(futures, first, strict=True):
        sites = []
        for i, settled in enumerate(central.parameters.sites):
            picked = next(site for site in numbers.offers[i] if site.tariff_name == settled.tariff_name)
            most = {
                c.name: max(then.sites[i].chargers[k].max_count for then in first)
                for k, c in enumerate(picked.chargers)
            }
            longer = counted_to(picked, future.read.instance.sites[i], most, numbers.context)
            sites.append(replace(longer, battery=settled.battery))
        found.append(tuple(sites))
    return found


def _solve_site(
    central: Run, i: int, futures: Sequence[Future], sites: Sequence[SiteParameters], risk: Risk, options: Options,
    progress: Progress,
) -> SiteFutures:  # fmt: skip
    """Return one site over all futures."""
    name, deadline = sites[0].name, time.perf_counter() + options.time_limit_s

    def left(**changes: Any) -> Options:
        return replace(options, threads=cores(), time_limit_s=max(LEAST_S, deadline - time.perf_counter()), **changes)

    def tell(best: float, bound: float) -> None:
        progress(name, f"all futures: best {-best:,.0f}, bound {-bound:,.0f}, gap {relative_gap(-best, -bound):.2%}")

    progress(name, f"{len(sites)} futures: build")
    with no_garbage_collection():
        *built, (base, _) = run_in_processes(part_of, [*sites, central.parameters.sites[i]])
    parts = [part for part, _ in built]
    joined = join(parts, formulation.BUILT, risk)
    several = Several(joined, parts, options)
    progress(name, "the central plan in every future")
    known_of = dict(zip(base.keys, central.plans[i].sizes, strict=True))
    given = several.given([known_of | even_pledges(site) for site in sites], formulation.BUILT, left())
    start = None if given.x is None else given.x[joined.linking]
    best = several.for_all(left(start=start, cuts=given.cuts), tell)
    _refuse_none(name, best, options)
    assert best.x is not None
    progress(name, "each future by itself, as if it were known")
    alone = left(start=best.x[joined.linking], cuts=best.cuts)
    known = run_all(lambda f: several.alone(f, replace(alone, threads=1)), range(len(parts)), options.stop)
    x, costs = best.x, several.costs(best.x)
    plans = [
        _plan(site, kept, x[place], -float(cost), -run.bound)
        for site, (_, kept), place, cost, run in zip(sites, built, joined.place, costs, known, strict=True)
    ]
    nothing = np.full(len(parts), -np.inf)
    return SiteFutures(
        name, tuple(plans), np.array([_npv(*each, i) for each in zip(futures, sites, plans, strict=True)]),
        -best.objective, -best.bound, best.status,
        central=nothing if given.x is None else -several.costs(given.x),
        known=np.array([-run.objective for run in known]), known_bound=np.array([-run.bound for run in known]), risk=risk,
    )  # fmt: skip


def part_of(site: SiteParameters) -> tuple[Part, Kept]:
    """Return a site's program without its model, and what reading a solution back needs."""
    with BUILDING, no_garbage_collection():
        model = formulation.build(site)
        program = compile_model(model)
        values = Values(program.columns)
        linking = values.mark(formulation.sizes(model))
        links = [program.columns[i] for i in np.flatnonzero(linking)]
        keys = tuple((column.parent_component().local_name, column.index()) for column in links)
        part = Part(replace(program, columns=[], rows=[]), keys, linking)
        return part, Kept(model, values)


def _refuse_none(name: str, found: Outcome, options: Options) -> None:
    """Raise if there are no sizes for all futures."""
    if found.status == "infeasible":
        raise InfeasibleError(
            f"site {name}: no sizes meet what is owed in every future; name each future as a scenario and `evplan solve` says what clashes"
        )
    if found.x is None:
        raise NoPlanError(
            f"site {name}: no sizes for all futures within {options.time_limit_s:.0f} s; give it more with --time-limit"
        )


def _plan(site: SiteParameters, kept: Kept, x: np.ndarray, objective: float, bound: float) -> SiteSolution:
    """Return the plan for all as it is run in one future, checked. bound : of any plan in that future."""
    results = formulation.results(kept, site, Values([], x))
    plan = make_solution(
        site, results, objective=objective, bound=bound, status="optimal", solver="HiGHS", sizes=np.zeros(0), seconds={},
    )  # fmt: skip
    check(site, plan)
    return plan


def _npv(future: Future, site: SiteParameters, plan: SiteSolution, i: int) -> float:
    """Return the net present value of a plan in one future."""
    instance = future.read.instance
    life = site.battery.life_years if site.battery is not None and plan.battery_kwh else None
    return npv(site_cashflow(instance, instance.sites[i], site, plan, life).net, instance.finance.discount_rate)

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
from evplan.formulation.values import Values
from evplan.future_cases import Future, futures_of
from evplan.instance.read import read
from evplan.parallel import cores, run_all
from evplan.parameters.prepare import prepare
from evplan.parameters.types import SiteParameters
from evplan.plan import make_options, silent, solve_read
from evplan.report.run import Run
from evplan.sites import BUILDING, Progress
from evplan.solution.invariants import check
from evplan.solution.tables import SiteSolution, make_solution, relative_gap
from evplan.solver import benders
from evplan.solver.carry import Cuts, blocks_of, into, out_of
from evplan.solver.compile import compile_model, no_garbage_collection
from evplan.solver.join import Joined, Part, Risk, join
from evplan.solver.outcome import Options, Outcome


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
    most = {
        site.name: {
            c.name: max(len(p.sites[i].chargers[k].capacity_kw[0]) - 1 for p in first)
            for k, c in enumerate(site.chargers)
        }
        for i, site in enumerate(central.parameters.sites)
    }
    found = []
    for future in futures:
        offers = prepare(future.read, most).offers
        picked = [
            next(site for site in offered if site.tariff_name == settled.tariff_name)
            for offered, settled in zip(offers, central.parameters.sites, strict=True)
        ]
        found.append(tuple(
            replace(site, battery=settled.battery) for site, settled in zip(picked, central.parameters.sites, strict=True)
        ))  # fmt: skip
    return found


def _solve_site(
    central: Run, i: int, futures: Sequence[Future], sites: Sequence[SiteParameters], risk: Risk, options: Options,
    progress: Progress,
) -> SiteFutures:  # fmt: skip
    name, deadline = sites[0].name, time.perf_counter() + options.time_limit_s
    progress(name, f"{len(sites)} futures: build")
    parts = [part_of(site) for site in sites]
    base = part_of(central.parameters.sites[i])
    built = dict(zip((base.keys[k] for k in np.flatnonzero(base.linking)), central.plans[i].sizes, strict=True))
    progress(name, "the central plan in every future")
    fixed = run_all(lambda part: _fixed(part, built, options), parts, options.stop, cores())
    joined = join(parts, formulation.BUILT, risk)
    rest = replace(
        options, threads=cores(), time_limit_s=max(0.1, deadline - time.perf_counter()),
        start=_start(joined, parts, fixed), cuts=into(joined, parts, [outcome.cuts for outcome in fixed]),
    )  # fmt: skip

    def tell(best: float, bound: float) -> None:
        progress(name, f"all futures: best {-best:,.0f}, bound {-bound:,.0f}, gap {relative_gap(-best, -bound):.2%}")

    outcome = benders.run(joined.program, joined.linking, rest, tell, joined.surround)
    if outcome.status == "infeasible":
        raise InfeasibleError(
            f"site {name}: no sizes meet what is owed in every future; see `evplan solve` with each as a scenario"
        )
    if outcome.x is None:
        raise NoPlanError(
            f"site {name}: no sizes for all futures within {options.time_limit_s:.0f} s; give it more with --time-limit"
        )
    progress(name, "each future by itself, as if it were known")
    cuts = (
        out_of(joined, parts, outcome.cuts, [blocks_of(own.cuts) for own in fixed]) if rest.cuts else [()] * len(parts)
    )
    xs = [outcome.x[place] for place in joined.place]
    left = max(1.0, deadline - time.perf_counter())
    known = run_all(
        lambda f: _known(parts[f], xs[f], cuts[f], replace(options, time_limit_s=left)),
        range(len(parts)),
        options.stop,
        cores(),
    )
    plans = [_plan(*each) for each in zip(sites, parts, xs, known, strict=True)]
    money = np.array([_npv(future, i, site, plan) for future, site, plan in zip(futures, sites, plans, strict=True)])
    best = np.array([max(-run.objective, plan.objective) for run, plan in zip(known, plans, strict=True)])
    return SiteFutures(
        name, tuple(plans), money, -outcome.objective, -outcome.bound, outcome.status,
        np.array([-run.objective for run in fixed]), best, np.array([-run.bound for run in known]), risk,
    )  # fmt: skip


def part_of(site: SiteParameters) -> Part:
    """Return a site's program without its model."""
    with BUILDING, no_garbage_collection():
        model = formulation.build(site)
        program = compile_model(model)
        linking = Values(program.columns).mark(formulation.sizes(model))
        keys = tuple((column.parent_component().local_name, column.index()) for column in program.columns)
    return Part(replace(program, columns=[], rows=[]), keys, linking)


def _fixed(part: Part, built: dict[tuple[str, Any], float], options: Options) -> Outcome:
    """Return how a future is best run with what is built given."""
    program = part.program
    lower, upper = program.lower.copy(), program.upper.copy()
    for k in np.flatnonzero(part.linking):
        if part.keys[k][0] in formulation.BUILT:
            value = built.get(part.keys[k], 0.0)
            lower[k] = upper[k] = min(max(value, lower[k]), upper[k])
    return benders.run(replace(program, lower=lower, upper=upper), part.linking, options)


def _known(part: Part, x: np.ndarray, cuts: Cuts, options: Options) -> Outcome:
    """Return the best plan of one future by itself, from sizes that are good over all."""
    return benders.run(part.program, part.linking, replace(options, start=x[part.linking], cuts=cuts))


def _start(joined: Joined, parts: Sequence[Part], fixed: Sequence[Outcome]) -> np.ndarray | None:
    """Return the joined program's sizes where every future is run with the central plan's, or None if some cannot be."""
    x = np.zeros(joined.program.matrix.shape[1])
    for place, outcome in zip(joined.place, fixed, strict=True):
        if outcome.x is None:
            return None
        x[place] = outcome.x
    return x[joined.linking]


def _plan(site: SiteParameters, part: Part, x: np.ndarray, known: Outcome) -> SiteSolution:
    """Return the plan for all as it is run in one future, checked."""
    with BUILDING, no_garbage_collection():
        model = formulation.build(site)
        values = Values(compile_model(model).columns).at(x)
        results = formulation.results(model, site, values)
    cost = float(part.program.cost @ x) + part.program.offset
    plan = make_solution(
        site, results, objective=-cost, bound=-known.bound, status="optimal", solver="HiGHS", sizes=x[part.linking], seconds={},
    )  # fmt: skip
    check(site, plan)
    return plan


def _npv(future: Future, i: int, site: SiteParameters, plan: SiteSolution) -> float:
    """Return the net present value of a plan in one future."""
    instance = future.read.instance
    life = site.battery.life_years if site.battery is not None and plan.battery_kwh else None
    return npv(site_cashflow(instance, instance.sites[i], site, plan, life).net, instance.finance.discount_rate)

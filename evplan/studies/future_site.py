"""One site over several futures: the sizes that are best for all of them, and what is worth knowing beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from evplan.crew import silent
from evplan.errors import InfeasibleError, NoPlanError
from evplan.finance.appraise import site_cashflow
from evplan.finance.worth import npv
from evplan.formulation import site as formulation
from evplan.formulation.sessions import even_pledges
from evplan.formulation.values import Kept, Values
from evplan.parallel import cores, run_all
from evplan.parameters.types import SiteParameters
from evplan.planning.parts import part_of
from evplan.planning.sites import Progress, solve_one
from evplan.report.run import Run
from evplan.solution.invariants import Verdict, check
from evplan.solution.tables import SiteSolution, make_solution, relative_gap
from evplan.solver.compile import no_garbage_collection
from evplan.solver.join import Risk, join
from evplan.solver.outcome import Options, Outcome
from evplan.solver.several import Several
from evplan.studies.future_cases import Future

LEAST_S = 5.0  # of search for each part of the work, whatever the parts before left


@dataclass(frozen=True)
class SiteFutures:
    """One site over all futures; amounts are objectives as `formulation/site.py` has them, to be maximised.

    plans, npv : the plan for all, run in each future, and its net present value there.
    central : of the central plan's sizes in each future; -inf where they cannot meet what is owed, NaN where time ran out first.
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
    demand_kwh: np.ndarray  # shape (futures,): what vehicles want in the modelled years
    known_to: float  # how far the searches behind the two values may be off
    worst_residual: float

    @property
    def worth(self) -> np.ndarray:
        """Return the objective of the plan for all in each future."""
        return np.array([plan.objective for plan in self.plans])

    @property
    def stochastic_value(self) -> float:
        """Return what planning for all futures is worth over running the central plan's sizes; infinite if those fail, NaN if unknown."""
        if not np.isfinite(self.central).all():
            return np.inf if np.isneginf(self.central).any() else np.nan
        return -self.risk.of(-self.worth) + self.risk.of(-self.central)

    @property
    def information_value(self) -> float:
        """Return what knowing the future beforehand would be worth."""
        return -self.risk.of(-self.known) + self.risk.of(-self.worth)


def solve_over(
    central: Run, i: int, futures: Sequence[Future], sites: Sequence[SiteParameters], risk: Risk, options: Options,
    progress: Progress,
) -> SiteFutures:  # fmt: skip
    """Return one site over all futures."""
    name, deadline = sites[0].name, time.perf_counter() + options.time_limit_s

    def left(**changes: Any) -> Options:
        return replace(options, time_limit_s=max(LEAST_S, deadline - time.perf_counter()), **changes)

    def tell(best: float, bound: float) -> None:
        progress(name, f"all futures: best {-best:,.0f}, bound {-bound:,.0f}, gap {relative_gap(-best, -bound):.2%}")

    progress(name, f"{len(sites)} futures: build")
    with no_garbage_collection():
        *built, (base, _) = [part_of(site) for site in (*sites, central.parameters.sites[i])]
    parts = [part for part, _ in built]
    joined = join(parts, formulation.BUILT, risk)
    several = Several(joined, parts, options)
    progress(name, "the central plan in every future")
    known_of = dict(zip(base.keys, central.plans[i].sizes, strict=True))

    def central_in(f: int) -> Outcome:
        return several.given(f, known_of | even_pledges(sites[f]), formulation.BUILT, left())

    given = run_all(central_in, range(len(parts)), options.stop)
    start, cuts = several.together(given), tuple(cut for run in given for cut in run.cuts)
    best = several.for_all(left(threads=cores(), start=start, cuts=cuts), tell)
    if best.status == "infeasible":
        _explain(name, futures, sites, several, left)
    if best.x is None:
        raise NoPlanError.within(f"site {name}", "sizes for all futures", options.time_limit_s)
    progress(name, "each future by itself, as if it were known")
    x, costs = best.x, several.costs(best.x)

    def alone(f: int) -> Outcome:
        return several.alone(f, left(start=x[joined.linking], cuts=best.cuts))

    known = run_all(alone, range(len(parts)), options.stop)
    checked = [
        _plan(site, kept, x[place], -float(cost), -run.bound)
        for site, (_, kept), place, cost, run in zip(sites, built, joined.place, costs, known, strict=True)
    ]
    plans, verdicts = [plan for plan, _ in checked], [verdict for _, verdict in checked]
    apart = risk.probability @ np.array([_apart(run) for run in known])
    apart += max(best.objective - best.bound, risk.of(np.array([_apart(run) for run in given])))
    return SiteFutures(
        name, tuple(plans), np.array([_npv(*each, i) for each in zip(futures, sites, plans, strict=True)]),
        -best.objective, -best.bound, best.status,
        central=np.array([_worth(run) for run in given]),
        known=np.array([-run.objective for run in known]), known_bound=np.array([-run.bound for run in known]), risk=risk,
        demand_kwh=np.array([float((site.demand_kwh @ site.clock.weight).sum()) for site in sites]), known_to=float(apart),
        worst_residual=max(verdict.worst for verdict in verdicts),
    )  # fmt: skip


def _worth(found: Outcome) -> float:
    """Return what the best found is worth; -inf if there can be none, NaN if time ran out before one was found."""
    if found.x is not None:
        return -found.objective
    return -np.inf if found.status == "infeasible" else np.nan


def _apart(found: Outcome) -> float:
    """Return how far the best found may be from the best there is; 0 where there is none."""
    return max(0.0, found.objective - found.bound) if found.x is not None else 0.0


def _explain(
    name: str,
    futures: Sequence[Future],
    sites: Sequence[SiteParameters],
    several: Several,
    left: Callable[..., Options],
) -> NoReturn:
    """Raise `InfeasibleError` that says in which future what clashes, or that only all of them together do."""
    for f, future in enumerate(futures):
        if several.alone(f, left()).status == "infeasible":
            try:
                solve_one(future.read, sites[f], "highs", left(), silent)
            except InfeasibleError as error:
                raise InfeasibleError(f"in future {future.name}:\n{error}") from None
    raise InfeasibleError(
        f"site {name}: each future by itself has a plan, but no sizes meet what is owed in all of them; owe less "
        f"(sites[{name}].demand.min_served), or allow more"
    )


def _plan(
    site: SiteParameters, kept: Kept, x: np.ndarray, objective: float, bound: float
) -> tuple[SiteSolution, Verdict]:
    """Return the plan for all as it is run in one future, checked. bound : of any plan in that future."""
    results = formulation.results(kept, site, Values(None, x))
    plan = make_solution(
        site, results, objective=objective, bound=bound, status="optimal", solver="HiGHS", sizes=np.zeros(0), seconds={},
    )  # fmt: skip
    return plan, check(site, plan)


def _npv(future: Future, site: SiteParameters, plan: SiteSolution, i: int) -> float:
    """Return the net present value of a plan in one future."""
    instance = future.read.instance
    life = site.battery.life_years if site.battery is not None and plan.battery_kwh else None
    return npv(
        site_cashflow(instance, instance.sites[i], site, plan, life).net,
        instance.finance.discount_rate,
        instance.finance.discounting,
    )

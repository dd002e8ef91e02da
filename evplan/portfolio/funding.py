"""Many sites under one budget, one pot of grants and a rural service they owe together: which to fund, and with how much.

Sites are first planned side by side. Where those plans keep to the limits, they are the best. Else the sites' programs are joined
under the rows of `formulation/portfolio.py`: their months stay blocks of one decomposition, which begins with what planning each
site by itself has taught.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import numpy as np

from evplan.errors import CheckError, NoPlanError
from evplan.finance.grants import (
    Funded,
    grants_needed,
    least_worth_of_grant,
    portfolio_residuals,
    rural_service,
    worth_of_grant,
)
from evplan.finance.investments import capex_by_item, investments
from evplan.instance.read import Read
from evplan.parallel import cores
from evplan.parameters.types import Parameters, SiteParameters
from evplan.planning.baseline import kept_as_it_stands
from evplan.planning.rounds import counted_again
from evplan.planning.side_by_side import solve_sites
from evplan.planning.sites import Progress, known_so_far
from evplan.portfolio.program import FundingProgram
from evplan.portfolio.unfunded import explain_unfunded
from evplan.solution.invariants import TOLERANCE
from evplan.solution.life import BatteryLife
from evplan.solution.tables import SiteSolution
from evplan.solver.outcome import Options

MOST_ROUNDS = 3
NEAR = 1e-12  # of a grant: worths that are the same
Lives = tuple[BatteryLife | None, ...]


def fund(
    found: Read, parameters: Parameters, plans: tuple[SiteSolution, ...], solver: str, options: Options, progress: Progress
) -> Funded:  # fmt: skip
    """Return the plans of all sites under the portfolio's limits.

    plans : of the sites planned side by side.  Raises `InfeasibleError` where the limits contradict each other, `NoPlanError`.
    """
    said, sites = found.instance.portfolio, parameters.sites
    assert said is not None
    deadline = time.perf_counter() + options.time_limit_s
    standing = np.array([_standing_worth(found, site, solver, options, progress) for site in sites])
    weigh = Weigh(found, standing, sum(p.objective for p in plans))
    unproved = next((plan.status for plan in plans if plan.status != "optimal"), "optimal")
    alone = weigh.funded(sites, plans, sum(plan.bound for plan in plans), unproved)
    if all(value <= TOLERANCE for value in alone.residuals.values()):
        return alone
    progress("portfolio", "limits bind: sites joined")
    least = np.full(len(sites), least_worth_of_grant(found.instance))
    tries = [weigh.kept(plans)] if np.ptp(weigh.kept(plans) - least) < NEAR else [weigh.kept(plans), least]
    wrong: dict[str, float] = {}
    for kept in tries:
        left = replace(options, threads=cores(), time_limit_s=max(1.0, deadline - time.perf_counter()))
        funded = _under_limits(found, parameters, plans, kept, weigh, alone.bound, left, progress)
        wrong = {name: value for name, value in funded.residuals.items() if value > TOLERANCE}
        if not wrong:
            return funded
    raise CheckError(f"portfolio: the plan misses its {', '.join(wrong)} and is refused", wrong)


def _under_limits(
    found: Read, parameters: Parameters, plans: tuple[SiteSolution, ...], kept: np.ndarray, weigh: Weigh, most: float,
    options: Options, progress: Progress,
) -> Funded:  # fmt: skip
    """Return the plans of all sites under the limits, with grants worth `kept` in each. most : a bound of plans without them."""
    said, sites = found.instance.portfolio, parameters.sites
    assert said is not None
    program = FundingProgram(said, sites, plans, weigh.standing, kept, options)

    def tell(best: float, bound: float) -> None:
        progress("portfolio", known_so_far(-best, -bound))

    outcome = program.solve(options, tell)
    if outcome.status == "infeasible":
        raise explain_unfunded(found, program, options)
    if outcome.x is None:
        raise NoPlanError.within("portfolio", "plan under its limits", options.time_limit_s)
    return weigh.funded(sites, program.plans(outcome), min(-outcome.bound, most), outcome.status)


def fund_settled(
    found: Read, parameters: Parameters, plans: tuple[SiteSolution, ...], lives: Lives, solver: str, options: Options,
    progress: Progress,
) -> tuple[tuple[SiteParameters, ...], Funded, Lives]:  # fmt: skip
    """Return sites as last priced, their plans under the portfolio's limits, and their batteries' lives.

    Limits change how batteries are used, so wear is priced again for that use and the sites are funded again.
    """
    deadline = time.perf_counter() + options.time_limit_s
    sites, known = parameters.sites, lives
    for number in range(1, MOST_ROUNDS + 1):
        left = replace(options, time_limit_s=max(1.0, deadline - time.perf_counter()))
        funded = fund(found, replace(parameters, sites=sites), plans, solver, left, progress)
        lives, priced = counted_again(found, parameters.context, sites, funded.plans, known)
        moved = tuple(i for i, (old, new) in enumerate(zip(sites, priced, strict=True)) if old is not new)
        late = number == MOST_ROUNDS or time.perf_counter() > deadline - options.time_limit_s / 2
        if not moved or late or funded.status != "optimal":
            break
        progress("battery", f"{len(moved)} to price again under the portfolio's limits")
        sites = priced
        plans = solve_sites(found, sites, solver, left, progress, plans, moved)
    return sites, funded, lives


@dataclass(frozen=True)
class Weigh:
    """What plans are weighed by. standing : worth of each site if nothing is added.  by_itself : of all plans without limits."""

    found: Read
    standing: np.ndarray
    by_itself: float

    def kept(self, plans: tuple[SiteSolution, ...]) -> np.ndarray:
        """Return what a grant of 1 is worth after tax in each plan, by what it pays for, shape (sites,)."""
        instance = self.found.instance
        bought = (list(investments(instance, *pair, None).values()) for pair in zip(instance.sites, plans, strict=True))
        least = least_worth_of_grant(instance)
        return np.array([worth_of_grant(items, instance.finance) if items else least for items in bought])

    def funded(
        self, sites: tuple[SiteParameters, ...], plans: tuple[SiteSolution, ...], bound: float, status: str
    ) -> Funded:
        """Return plans with the least grants they need, and how far they keep to the limits."""
        instance = self.found.instance
        assert instance.portfolio is not None
        said, pairs = instance.portfolio, zip(instance.sites, plans, strict=True)
        built = np.array([sum(capex_by_item(investments(instance, *pair, None)).values()) for pair in pairs])
        worth = np.array([plan.objective for plan in plans]) - self.standing
        kept = self.kept(plans)
        grants = grants_needed(said, sites, worth, built, kept)
        residuals = portfolio_residuals(said, sites, plans, worth, built, grants, kept)
        return Funded(
            plans, grants, built, worth, bound, status, *rural_service(sites, plans), residuals, self.by_itself
        )


def _standing_worth(found: Read, site: SiteParameters, solver: str, options: Options, progress: Progress) -> float:
    """Return what a site is worth if nothing is added to it; found even where a plan was stopped, as grants rest on it."""
    if not site.stands:
        return 0.0
    plan = kept_as_it_stands(found, site, solver, replace(options, stop=threading.Event()), progress)
    return plan[1].objective if plan else 0.0

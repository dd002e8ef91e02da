"""Plan vehicles that stay between their walls, forbid what then moves between vehicles, and plan again until little does.

Every such row holds of any plan that can be shared out, so each round's bound is one for the plan that can.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from evplan.errors import NoPlanError
from evplan.parameters.types import SiteParameters
from evplan.solution.invariants import money_scale
from evplan.solution.tables import SiteSolution
from evplan.solution.together import broken
from evplan.solver.outcome import Options

ENOUGH = 1e-3  # of the energy taken: so much may still move between vehicles
STILL = 1e-4  # of what all sales are worth: a round that moves the objective by less changes hours of equal price only
MOST_STILL, MOST_ROUNDS = 2, 10

Solve = Callable[[SiteParameters, Options], SiteSolution]


def as_planned(site: SiteParameters, plan: SiteSolution) -> SiteParameters:
    """Return a site with the rows that its plan took, so that plans of other sizes keep to them too."""
    if site.managed is None:
        return site
    return replace(site, managed=replace(site.managed, together=plan.together))


def solve_together(site: SiteParameters, options: Options, solve: Solve, tell: Callable[[str], None]) -> SiteSolution:
    """Return the plan of a site where vehicles stay; the rows it took stand in its `together`."""
    assert site.managed is not None
    deadline, rows = time.perf_counter() + options.time_limit_s, options.together
    spent: dict[str, float] = {}
    best: SiteSolution | None = None
    still = 0
    for number in range(1, MOST_ROUNDS + 1):
        asked = replace(site, managed=replace(site.managed, together=rows))
        try:
            plan = solve(asked, replace(options, time_limit_s=max(0.1, deadline - time.perf_counter())))
        except NoPlanError:
            if best is None:
                raise
            return replace(best, status="time_limit", seconds=spent)
        spent = {name: spent.get(name, 0.0) + seconds for name, seconds in plan.seconds.items()}
        before, best = best, replace(plan, together=rows, seconds=spent)
        more, moved = broken(site, plan)
        tell(f"round {number}: {moved:.2%} of the energy moves between vehicles")
        still = still + 1 if before and before.objective - plan.objective <= STILL * money_scale(site) else 0
        if moved <= ENOUGH or still >= MOST_STILL or not more or plan.status != "optimal":
            break
        rows = (*rows, *more)
        options = replace(options, start=plan.sizes, cuts=plan.cuts)
    assert best is not None
    return best

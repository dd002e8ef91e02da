"""Several tariffs offered to a site: it is planned under each, and the best plan chooses."""

from __future__ import annotations

import math
from dataclasses import replace

from evplan.errors import InfeasibleError
from evplan.instance.read import Read
from evplan.parallel import run_all
from evplan.parameters.types import Parameters, SiteParameters
from evplan.sites import Progress, solve_site, solve_sites
from evplan.solution.tables import SiteSolution
from evplan.solver.outcome import Options

Found = tuple[tuple[SiteParameters, ...], tuple[SiteSolution, ...]]


def solve_offers(found: Read, parameters: Parameters, solver: str, options: Options, progress: Progress) -> Found:
    """Return every site under the tariff that is best for it, and its plan; no offer can do better than the plan's bound.

    Raises: InfeasibleError for a site that has no plan under any tariff.
    """
    if all(len(offered) == 1 for offered in parameters.offers):
        return parameters.sites, solve_sites(found, parameters.sites, solver, options, progress)
    every = [(i, site) for i, offered in enumerate(parameters.offers) for site in offered]

    def one(numbered: tuple[int, SiteParameters]) -> SiteSolution | InfeasibleError:
        site = numbered[1]
        try:
            return solve_site(found, site, solver, replace(options, threads=1), told_with_tariff(progress, site))
        except InfeasibleError as error:
            return error

    answers = run_all(one, every, options.stop)
    sites, plans = [], []
    for i, offered in enumerate(parameters.offers):
        own = [answer for (number, _), answer in zip(every, answers, strict=True) if number == i]
        best, plan = _best(offered, own)
        sites.append(best)
        plans.append(plan)
        progress(best.name, f"tariff {best.tariff_name}, of {len(offered)} offered")
    return tuple(sites), solve_sites(found, tuple(sites), solver, options, progress, tuple(plans), ())


def told_with_tariff(progress: Progress, site: SiteParameters) -> Progress:
    """Return a progress that says under which tariff a site is planned."""
    return lambda what, known: progress(f"{what}, {site.tariff_name}" if what == site.name else what, known)


def _best(
    offered: tuple[SiteParameters, ...], answers: list[SiteSolution | InfeasibleError]
) -> tuple[SiteParameters, SiteSolution]:
    """Return the site under its best tariff and the plan, bounded by what any tariff could give."""
    plans = [(site, plan) for site, plan in zip(offered, answers, strict=True) if isinstance(plan, SiteSolution)]
    if not plans:
        raise next(answer for answer in answers if isinstance(answer, InfeasibleError))
    site, plan = max(plans, key=lambda pair: pair[1].objective)
    bound = max((other.bound for _, other in plans), default=math.inf)
    unproved = [other.status for _, other in plans if other.status != "optimal"]
    return site, replace(plan, bound=bound, status=unproved[0] if unproved and bound > plan.bound else plan.status)

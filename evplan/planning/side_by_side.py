"""Solve the sites of a plan side by side, in threads or in processes, to the portfolio's gap."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

from evplan.crew import Crew, Hands
from evplan.errors import NoPlanError
from evplan.instance.read import Read
from evplan.parallel import cores, run_all
from evplan.parameters.types import SiteParameters
from evplan.planning.sites import Progress, solve_apart, solve_elsewhere, solve_one
from evplan.solution.tables import SiteSolution, relative_gap
from evplan.solver.outcome import Options
from evplan.workers import Handing, Workers

FINEST = 1e-3  # of the gap asked for: sites are not solved more closely than this
TIGHTEN = 0.2  # sites that nearly cancel in the portfolio are solved again to a smaller gap
STOPPING_S = 10.0  # for a search that is told to stop, to say what it has found so far
WORTH_A_CREW = 17_520  # modelled steps of all sites together, two years of hours: with fewer, processes start for longer than they save


def hands_for(
    found: Read, solver: str, sites: Sequence[SiteParameters], workers: Workers | None
) -> AbstractContextManager[Hands | None]:
    """Return who solves sites: workers elsewhere, or else a crew, or nobody where threads do."""
    if workers is not None:
        return nullcontext(Handing(workers, solve_elsewhere, found, solver))
    return crew_for(found, solver, sites) or nullcontext()


def crew_for(found: Read, solver: str, sites: Sequence[SiteParameters]) -> Crew | None:
    """Return processes to solve sites in, None where threads do as well: on one core, for one site, for small ones.

    Threads share Python's lock while a model is built and compiled; processes do not.
    """
    size = min(cores(), len(sites))
    if size < 2 or sum(site.demand_kwh.size for site in sites) < WORTH_A_CREW:
        return None
    return Crew(solve_apart, found, solver, size=size, stopping_s=STOPPING_S)


def solve_sites(
    found: Read, sites: tuple[SiteParameters, ...], solver: str, options: Options, progress: Progress,
    known: tuple[SiteSolution, ...] = (), again: tuple[int, ...] = (),
) -> tuple[SiteSolution, ...]:  # fmt: skip
    """Return every site's plan; sites side by side, again with a smaller gap where the portfolio's is too wide.

    known : plans of the same sites, to begin from; then only the sites numbered in `again` have changed, and the others'
        plans stand unless the portfolio's gap asks for more.
    """
    deadline, gap = time.perf_counter() + options.time_limit_s, options.gap
    plans = dict(enumerate(known))

    def one(i: int, beside: int) -> SiteSolution:
        alone, start = beside == 1, plans.get(i)
        own = replace(
            options,
            gap=gap,
            time_limit_s=max(0.1, deadline - time.perf_counter()),
            threads=max(1, cores() // beside),
            start=start.sizes if start else None,
            merging=start.merging if start else None,
            together=start.together if start else (),
            crew=None if alone else options.crew,  # a site by itself has every core here
        )
        return solve_one(found, sites[i], solver, own, progress)

    wanted = again if known else tuple(range(len(sites)))
    jobs = options.crew.size if options.crew else None
    solved = run_all(partial(one, beside=len(wanted)), wanted, options.stop, jobs)
    plans |= dict(zip(wanted, solved, strict=True))
    while (
        _too_wide(plans.values(), options.gap)
        and gap > FINEST * options.gap
        and time.perf_counter() < deadline
        and not options.stop.is_set()
    ):
        gap *= TIGHTEN
        loose = [i for i, plan in plans.items() if plan.gap > gap]
        tighter = partial(_tighter, plans=plans, solve_again=partial(one, beside=len(loose)))
        plans |= dict(zip(loose, run_all(tighter, loose, options.stop, jobs), strict=True))
    return tuple(plans[i] for i in range(len(sites)))


def _tighter(i: int, plans: dict[int, SiteSolution], solve_again: Callable[[int], SiteSolution]) -> SiteSolution:
    """Return the better of a site's plan and a new search for it, with the tighter of their bounds."""
    plan = plans[i]
    try:
        again = solve_again(i)
    except NoPlanError:
        return plan
    best = again if again.objective >= plan.objective else plan
    return replace(best, bound=min(plan.bound, again.bound), status="optimal")


def _too_wide(plans: Collection[SiteSolution], gap: float) -> bool:
    objective, bound = sum(p.objective for p in plans), sum(p.bound for p in plans)
    return relative_gap(objective, bound) > gap and all(p.status == "optimal" for p in plans)

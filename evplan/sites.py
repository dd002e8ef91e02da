"""Solve the sites of a plan: build, compile, run, collect; side by side, to the portfolio's gap."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from evplan.errors import NoPlanError
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.read import Read
from evplan.netting import billed_as_netted, is_exact, months_apart
from evplan.parallel import cores, run_all
from evplan.parameters.merge import LONGEST_H
from evplan.parameters.types import SiteParameters
from evplan.refine import solve_merged
from evplan.solution.tables import SiteSolution, make_solution, relative_gap
from evplan.solver.compile import compile_model, no_garbage_collection
from evplan.solver.diagnose import explain
from evplan.solver.outcome import Options
from evplan.solver.run import run as run_solver
from evplan.together import solve_together

Progress = Callable[[str, str], None]  # (what is being worked on, what is known of it)
BUILDING = threading.Lock()  # Pyomo builds and compiles one model at a time
FINEST = 1e-3  # of the gap asked for: sites are not solved more closely than this
ANY_GAP, TRY_S = 0.5, 120.0  # of a search that only asks whether there is a plan
TIGHTEN = 0.2  # sites that nearly cancel in the portfolio are solved again to a smaller gap


def solve_sites(
    found: Read, sites: tuple[SiteParameters, ...], solver: str, options: Options, progress: Progress,
    known: tuple[SiteSolution, ...] = (), again: tuple[int, ...] = (),
) -> tuple[SiteSolution, ...]:  # fmt: skip
    """Return every site's plan; sites side by side, again with a smaller gap where the portfolio's is too wide.

    known : plans of the same sites, to begin from; then only the sites numbered in `again` have changed, and the others'
        plans stand unless the portfolio's gap asks for more.
    """
    deadline = time.perf_counter() + options.time_limit_s
    wanted = again if known else tuple(range(len(sites)))
    threads = max(1, cores() // max(1, len(wanted)))

    def one(site: SiteParameters, gap: float, start: SiteSolution | None) -> SiteSolution:
        left = max(0.1, deadline - time.perf_counter())
        own = replace(
            options,
            gap=gap,
            time_limit_s=left,
            threads=threads,
            start=start.sizes if start else None,
            merging=start.merging if start else None,
            together=start.together if start else (),
        )
        return solve_site(found, site, solver, own, progress)

    plans = dict(enumerate(known))
    solved = run_all(lambda i: one(sites[i], options.gap, plans.get(i)), wanted, options.stop)
    plans |= dict(zip(wanted, solved, strict=True))
    best, gap = [plans[i] for i in range(len(sites))], options.gap
    while _too_wide(best, options.gap) and gap > FINEST * options.gap and time.perf_counter() < deadline:
        gap *= TIGHTEN
        best = run_all(partial(_tighter, solve_again=one, gap=gap), zip(sites, best, strict=True), options.stop)
    return tuple(best)


def _tighter(
    known: tuple[SiteParameters, SiteSolution],
    *,
    solve_again: Callable[[SiteParameters, float, SiteSolution], SiteSolution],
    gap: float,
) -> SiteSolution:
    """Return the better of a site's plan and a new search for it, with the tighter of their bounds."""
    site, plan = known
    if plan.gap <= gap or plan.status != "optimal":
        return plan
    try:
        again = solve_again(site, gap, plan)
    except NoPlanError:
        return plan
    best = again if again.objective >= plan.objective else plan
    return replace(best, bound=min(plan.bound, again.bound), status="optimal")


def _too_wide(plans: list[SiteSolution], gap: float) -> bool:
    objective, bound = sum(p.objective for p in plans), sum(p.bound for p in plans)
    return relative_gap(objective, bound) > gap and all(p.status == "optimal" for p in plans)


def solve_site(found: Read, site: SiteParameters, solver: str, options: Options, progress: Progress) -> SiteSolution:
    """Return one site's plan; months that are netted together are first planned each by itself."""
    apart = months_apart(site)
    if apart is not None:
        begun = time.perf_counter()
        plan = solve_clocked(found, apart, solver, options, progress)
        if is_exact(site, plan):
            return billed_as_netted(site, plan)
        left = max(0.1, options.time_limit_s - (time.perf_counter() - begun))
        options = replace(options, time_limit_s=left, merging=None)
    return solve_clocked(found, site, solver, options, progress)


def solve_clocked(found: Read, site: SiteParameters, solver: str, options: Options, progress: Progress) -> SiteSolution:
    """Return one site's plan; steps shorter than an hour are merged where no peak forms.

    Not where vehicles stay: a mean over an hour cannot say which of them are still there in its quarters.
    """

    def solve(numbers: SiteParameters, how: Options) -> SiteSolution:
        return solve_model(found, numbers, solver, how, progress, whole=site)

    if site.managed is not None:
        return solve_together(site, options, solve, lambda known: progress(site.name, known))
    if site.clock.step_h.max() >= LONGEST_H:
        return solve(site, options)
    return solve_merged(site, options, solve, lambda known: progress(site.name, known))


def solve_model(
    found: Read, site: SiteParameters, solver: str, options: Options, progress: Progress, whole: SiteParameters
) -> SiteSolution:
    """Build, compile, solve and collect one site. whole : the site on its own clock, which a failure is explained by."""
    progress(site.name, "build")
    begun = time.perf_counter()
    with BUILDING, no_garbage_collection():
        model = formulation.build(site)
        built = time.perf_counter()
        program = compile_model(model)
        values = Values(program.columns)
        linking = values.mark(formulation.sizes(model))
    compiled = time.perf_counter()

    def tell(best: float, bound: float) -> None:
        progress(site.name, _known(-best, -bound))

    outcome = run_solver(program, linking, solver, options, tell)
    if outcome.status in ("infeasible", "unbounded"):
        with BUILDING:
            asked = compile_model(formulation.build(whole, every_row=True))
        raise explain(asked, whole, outcome.status, found, partial(has_plan, solver=solver, options=options))
    if outcome.x is None and options.stop.is_set():
        raise NoPlanError(f"site {site.name}: stopped before a plan was found")
    if outcome.x is None:
        raise NoPlanError(
            f"site {site.name}: no plan within {options.time_limit_s:.0f} s; give it more with --time-limit"
        )
    progress(site.name, f"{_known(-outcome.objective, -outcome.bound)}, {outcome.status}")
    return make_solution(
        site, formulation.results(model, site, values.at(outcome.x)), objective=-outcome.objective, bound=-outcome.bound,
        status=outcome.status, solver=outcome.solver, sizes=outcome.x[linking], cuts=outcome.cuts,
        seconds={"build": built - begun, "compile": compiled - built, "solve": time.perf_counter() - compiled},
    )  # fmt: skip


def has_plan(site: SiteParameters, *, solver: str, options: Options) -> bool:
    """Return whether a site has any plan."""
    with BUILDING:
        model = formulation.build(site)
        program = compile_model(model)
    linking = Values(program.columns).mark(formulation.sizes(model))
    any_plan = replace(options, gap=ANY_GAP, time_limit_s=min(TRY_S, options.time_limit_s), start=None, cuts=())
    return run_solver(program, linking, solver, any_plan, None).x is not None


def _known(best: float, bound: float) -> str:
    if abs(best) == float("inf"):
        return f"bound {bound:,.0f}"
    return f"best {best:,.0f}, bound {bound:,.0f}, gap {relative_gap(best, bound):.2%}"

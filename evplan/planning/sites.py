"""Solve one site: build, compile, run, collect; in this process or in one of a crew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from evplan.errors import LostError, NoPlanError
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.read import Read
from evplan.parallel import run_all
from evplan.parameters.merge import LONGEST_H
from evplan.parameters.types import SiteParameters
from evplan.planning.netting import billed_as_netted, is_exact, months_apart
from evplan.planning.refine import solve_merged
from evplan.planning.together import solve_together
from evplan.solution.tables import SiteSolution, make_solution, relative_gap
from evplan.solver.compile import compile_model, no_garbage_collection
from evplan.solver.diagnose import explain
from evplan.solver.outcome import Options
from evplan.solver.run import run as run_solver
from evplan.worker import stopped
from evplan.workers import Handing

Progress = Callable[[str, str], None]  # (what is being worked on, what is known of it)
BUILDING = threading.Lock()  # Pyomo builds and compiles one model at a time
ANY_GAP, TRY_S = 0.5, 120.0  # of a search that only asks whether there is a plan


def solve_apart(
    found: Read, solver: str, site: SiteParameters, options: Options, asked_at: float, progress: Progress
) -> SiteSolution:
    """Return one site's plan, in a process of a crew. asked_at : since when the time limit runs, by the clock on the wall."""
    left = max(0.1, options.time_limit_s - (time.time() - asked_at))
    own = replace(options, time_limit_s=left, stop=stopped)
    return run_all(lambda site: solve_site(found, site, solver, own, progress), [site], own.stop)[0]


def solve_elsewhere(
    found: Read, solver: str, site: SiteParameters, options: Options, _: float, progress: Progress
) -> SiteSolution:
    """Return one site's plan, by a worker of a cluster, whose clock may be another and who may have other tasks: nothing is shared."""
    return solve_site(found, site, solver, replace(options, stop=threading.Event()), progress)


def solve_one(found: Read, site: SiteParameters, solver: str, options: Options, progress: Progress) -> SiteSolution:
    """Return one site's plan, solved in a process of the crew, or elsewhere, if there is one."""
    if options.crew is None:
        return solve_site(found, site, solver, options, progress)
    try:
        return options.crew.run(site, options, time.time(), tell=progress, stop=options.stop)
    except LostError as error:
        if options.stop.is_set():
            raise NoPlanError(f"site {site.name}: stopped before a plan was found") from None
        way_out = "; with EVPLAN_CORES=1 no more than one site is solved at a time"
        raise LostError(f"site {site.name}: {error}{'' if isinstance(options.crew, Handing) else way_out}") from None


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
        progress(site.name, known_so_far(-best, -bound))

    outcome = run_solver(program, linking, solver, options, tell)
    if outcome.status in ("infeasible", "unbounded"):
        with BUILDING:
            asked = formulation.build(whole, every_row=True)  # must live as long as its rows are asked for their names
            rows = compile_model(asked)
        raise explain(rows, whole, outcome.status, found, partial(has_plan, solver=solver, options=options))
    if outcome.x is None and options.stop.is_set():
        raise NoPlanError(f"site {site.name}: stopped before a plan was found")
    if outcome.x is None:
        raise NoPlanError.within(f"site {site.name}", "plan", options.time_limit_s)
    progress(site.name, f"{known_so_far(-outcome.objective, -outcome.bound)}, {outcome.status}")
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


def known_so_far(best: float, bound: float) -> str:
    """Return what is known of a search under way, in words."""
    if abs(best) == float("inf"):
        return f"bound {bound:,.0f}"
    return f"best {best:,.0f}, bound {bound:,.0f}, gap {relative_gap(best, bound):.2%}"

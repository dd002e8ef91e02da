"""Solve a siting program.

1. A bound by linear programs (bound.py).
2. Side by side: the program of whole numbers among sites that the last of them leaves open, and that among all; until the best plan is
   within the gap of the bound. A plan that rivals do not bear out adds their rows, and it is sought again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from evplan.errors import InfeasibleError, NoPlanError, StoppedError
from evplan.formulation.values import Values
from evplan.parallel import run_all
from evplan.siting.bound import bound
from evplan.siting.measure import Plan, as_it_stands
from evplan.siting.problem import Problem
from evplan.siting.search import SCALE, SLIGHT, Found, Search, Tell
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load
from evplan.solver.outcome import Options

NEARLY = 2e-4  # of the goal: reduced costs up to which a site is nearly used by the linear program
PATIENCE = (
    ("open", 1.5),
    ("near", 2.0),
    ("open", 2.0),
    ("near", 6.0),
    ("open", 6.0),
    ("near", 1e9),
)  # by what the bound took
LEAST_PATIENCE_S = 6.0
WHOLE = 1e-6  # of a step: what rounding may lack


def solve(
    problem: Problem, sought: Mapping[str, float], held: Mapping[str, float], options: Options, tell: Tell = lambda said: None,
    starts: Sequence[Found] = (),
) -> Found:  # fmt: skip
    """Return the best plan that is found within the options' gap or time.

    sought : weights of goals in their own units, negative where less is better.  held : what goals must come to.
    starts : what was found for other goals of the same problem: their plans are tried first, their rivals are known.
    Raises: InfeasibleError where rules cannot be kept, NoPlanError without a plan in time, StoppedError if it is stopped before.
    """
    known = [{one.key: one for start in starts for one in start.rivals[k]} for k in range(len(problem.study.types))]
    own = Search(problem, sought, held, options, tell, [list(one.values()) for one in known])
    for plan in (as_it_stands(problem), *(start.plan for start in starts)):
        own.offer(plan)
    block, program = own.build()
    relaxed = bound(own, block, program)
    if relaxed is None and not starts:
        raise (
            StoppedError("stopped before there was a plan")
            if options.stop.is_set()
            else NoPlanError.within("siting", "bound", options.time_limit_s)
        )
    while relaxed is not None and not own.over:
        before = len(own.seen)
        _search(own, *relaxed)
        if len(own.seen) == before:
            break
    if own.best is None:
        if own.impossible:
            raise InfeasibleError(
                "no plan of whole stations keeps the rules; see rules, phases[].budget and zones.capacity_kw"
            )
        if options.stop.is_set():
            raise StoppedError("stopped before there was a plan")
        raise NoPlanError.within("siting", "plan", options.time_limit_s)
    close = own.bound - own.value <= options.gap * max(abs(own.value), 1e-12)
    seconds = time.perf_counter() - own.begun
    kept = tuple(tuple(one) for one in own.rivals)
    return Found(own.best, own.value, own.bound, seconds, own.building, _status(own, close), kept)


def _status(own: Search, close: bool) -> str:
    if close:
        return "optimal"
    return "interrupted" if own.options.stop.is_set() else "time_limit" if own.left_s <= 0 else "stalled"


def _search(own: Search, x: np.ndarray, reduced: np.ndarray) -> None:
    """Seek plans in all sites and, beside it, in those that the linear program leaves open: whichever comes first is enough."""
    ends, patience_s = threading.Event(), max(LEAST_PATIENCE_S, time.perf_counter() - own.begun)

    def all_sites() -> None:
        block, program = own.build()
        _among(own, block, program, _possible(program, x, reduced, own), ends, own.left_s, proves=True)
        ends.set()

    def some_sites() -> None:
        for chosen, factor in PATIENCE:
            if not own.over and not ends.is_set():
                block, program = own.build()
                fixed = {"open": _fractional, "near": _near}[chosen](program, x, reduced, own)
                _among(own, block, program, fixed, ends, factor * patience_s)

    run_all(lambda search: search(), [all_sites, some_sites], ends)


def _fractional(program: Program, x: np.ndarray, reduced: np.ndarray, own: Search) -> Program:
    """Return the program in which stations that the linear one sees whole, or not at all, stay so; their ports may change."""
    stations = np.zeros(len(x), bool)
    stations[program.columns.of("x")] = True
    return _fixed(program, stations & (np.abs(x - np.rint(x)) < 1e-6), np.rint(x))


def _near(program: Program, x: np.ndarray, reduced: np.ndarray, own: Search) -> Program:
    """Return the program among sites that the linear one uses, or nearly: all other whole numbers stay as they are there."""
    rest = program.integer & (np.abs(reduced) > NEARLY * abs(own.bound))
    return _fixed(program, rest, np.rint(x))


def _possible(program: Program, x: np.ndarray, reduced: np.ndarray, own: Search) -> Program:
    """Return the program without whole numbers that no better plan than the best can have (reduced costs)."""
    rest = program.integer & (np.abs(reduced) > own.relaxed - own.value + SLIGHT * abs(own.relaxed))
    return _fixed(program, rest, np.rint(x))


def _fixed(program: Program, rest: np.ndarray, x: np.ndarray) -> Program:
    """Return a program some of whose whole numbers are fixed where they stand."""
    return replace(program, lower=np.where(rest, x, program.lower), upper=np.where(rest, x, program.upper))


def _among(
    own: Search, block: Any, program: Program, fixed: Program, ends: threading.Event, limit_s: float, proves: bool = False
) -> None:  # fmt: skip
    """Seek plans of whole numbers; keep the best, and the rivals that it teaches. proves : whether its bound is one of all."""
    highs, values = load(fixed), Values(program.columns)
    for name, value in (("mip_rel_gap", own.options.gap / 4), ("time_limit", max(min(own.left_s, limit_s), 0.1))):
        checked(highs.setOptionValue(name, value), name)

    def improved(event: Any) -> None:
        own.offer(_plan(own.problem, block, values.at(np.array(event.data_out.mip_solution))))

    def ask(event: Any) -> None:
        if proves:
            own.prove(-event.data_out.mip_dual_bound / SCALE)
        event.data_in.user_interrupt = own.over or ends.is_set()

    highs.cbMipImprovingSolution.subscribe(improved)
    for interrupt in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        interrupt.subscribe(ask if interrupt is highs.cbMipInterrupt else _ends(own, ends))
    if own.best is not None:
        _begin(highs, program, block, own.best)
    checked(highs.run(), "run")
    info = highs.getInfo()
    if proves:
        nothing = highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible  # no plan is better than the best
        own.impossible = nothing and own.best is None
        own.prove(own.value if nothing and own.best is not None else -info.mip_dual_bound / SCALE)
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        found = values.at(np.array(highs.getSolution().col_value))
        own.offer(_plan(own.problem, block, found))
        if block.component("s") is not None:
            own.passed(found.least_0(block.s), found.of(block.x))


def _ends(own: Search, ends: threading.Event) -> Callable[[Any], None]:
    """Return what ends a linear program when the search is over."""

    def ask(event: Any) -> None:
        event.data_in.user_interrupt = own.over or ends.is_set()

    return ask


def _begin(highs: Any, program: Program, block: Any, plan: Plan) -> None:
    """Hand HiGHS the whole numbers of a plan to begin from."""
    values = {block.n: plan.ports, block.x: plan.ports > 0}
    at = [program.columns.grid(variable) for variable in values]
    index = np.concatenate([grid[grid >= 0] for grid in at]).astype(np.int32)
    start = np.concatenate([own[grid >= 0] for grid, own in zip(at, values.values(), strict=True)]).astype(float)
    highs.setSolution(len(index), index, start)


def _plan(problem: Problem, block: Any, values: Values) -> Plan:
    """Return the plan in a solution."""
    ports = np.rint(values.of(block.n)).astype(int)
    zones = len(problem.sites.zone_names)
    steps = (
        np.rint(values.of(block.g)).astype(int)
        if block.component("g") is not None
        else np.zeros((len(ports), zones), int)
    )
    return least_steps(Plan(problem, ports, steps))


def least_steps(plan: Plan) -> Plan:
    """Return a plan with the fewest steps of reinforcement that its ports need; where that cannot be paid, zone by zone as it was."""
    said, sites = plan.problem.study.zones, plan.problem.sites
    if said is None or said.step_kw is None:
        return plan
    power = said.coincidence * np.array([one.power_kw for one in plan.problem.study.types])
    zones = len(sites.zone_names)
    inside = sites.zone >= 0
    drawn = np.array([np.bincount(sites.zone[inside], (ports @ power)[inside], zones) for ports in plan.ports])
    stands = np.bincount(sites.zone[inside], (sites.ports @ power)[inside], zones)
    needed = np.ceil((drawn - stands - sites.zone_kw) / said.step_kw - WHOLE).clip(0).astype(int)
    needed = np.minimum(np.maximum.accumulate(needed, axis=0), plan.steps)
    for chosen in (np.ones(zones, bool), *np.eye(zones, dtype=bool)):
        fewer = replace(plan, steps=np.where(chosen, needed, plan.steps))
        if fewer.affordable:
            plan = fewer
            if chosen.all():
                break
    return plan

"""Solve a siting program: a bound by linear programs with rows of rivals, a plan among the sites that they use, then the search of all.

1. Linear programs: solve, find sets of stations that give more than is wanted around them (reach.py), add their rows, until they settle.
2. Side by side: the program of whole numbers among sites that the last of them leaves open, and that among all; until the best plan is
   within the gap of the bound. A plan that rivals do not bear out adds their rows, and it is sought again.

A plan is worth what `measure.py` counts, not what the solver says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

from evplan.errors import InfeasibleError, NoPlanError, StoppedError
from evplan.formulation.values import Values
from evplan.parallel import run_all
from evplan.siting.measure import Plan, as_it_stands
from evplan.siting.model import model
from evplan.siting.problem import Problem
from evplan.siting.reach import Rivals
from evplan.solver.compile import Program, compile_model
from evplan.solver.highs import checked, load, obey
from evplan.solver.outcome import Options

ROUNDS, SETTLED = (
    40,
    0.02,
)  # of rows of rivals; a round that moves the bound by less, as part of the gap asked for, is the last
PARTS = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the way from a point that no rivals pass to the linear program's
LEAST_PATIENCE_S = 6.0
NEARLY = 2e-4  # of the goal: reduced costs up to which a site is nearly used by the linear program
PATIENCE = (
    ("open", 10.0),
    ("near", 20.0),
    ("open", 20.0),
    ("near", 60.0),
    ("open", 60.0),
    ("near", 1e9),
)  # seconds of searches
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """What was found. value, bound : of the goal, more is better.  gap : relative.  seconds : of all; building : of them, for building.

    status : 'optimal' within the gap that was asked, or 'time_limit'.
    """

    plan: Plan
    value: float
    bound: float
    seconds: float
    building: float
    status: str
    rivals: tuple[tuple[Rivals, ...], ...] = ()

    @property
    def gap(self) -> float:
        """Return how far the plan is from the bound, relative to the plan."""
        return max(0.0, self.bound - self.value) / max(abs(self.value), 1e-12)


@dataclass
class _Search:
    """What is known while a program is solved. goal : of a plan, as the program counts it."""

    problem: Problem
    sought: Mapping[str, float]
    held: Mapping[str, float]
    options: Options
    tell: Tell
    rivals: list[list[Rivals]]
    seen: set[tuple[int, bytes]] = field(default_factory=set)
    best: Plan | None = None
    value: float = -np.inf
    bound: float = np.inf
    building: float = 0.0
    begun: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.seen |= {(k, one.key) for k, own in enumerate(self.rivals) for one in own}

    @property
    def left_s(self) -> float:
        """Return the seconds that are left."""
        return self.options.time_limit_s - (time.perf_counter() - self.begun)

    @property
    def over(self) -> bool:
        """Return whether it is good enough, out of time, or stopped."""
        close = self.best is not None and self.bound - self.value <= self.options.gap * max(abs(self.value), 1e-12)
        return close or self.left_s <= 0 or self.options.stop.is_set()

    def build(self) -> tuple[Any, Program]:
        """Return the program with all rivals that are known."""
        begun = time.perf_counter()
        block = model(self.problem, self.sought, self.held, self.rivals)
        program = compile_model(block)
        self.building += time.perf_counter() - begun
        return block, program

    def worth(self, plan: Plan) -> float:
        """Return the goal of a plan."""
        return sum(weight * plan.goals[goal] for goal, weight in self.sought.items())

    def offer(self, plan: Plan) -> None:
        """Keep a plan if it is the best so far and keeps what is held."""
        holds = all(
            plan.goals[goal] <= least * (1 + 1e-9) + 1e-9
            if goal == "cost"
            else plan.goals[goal] >= least - 1e-6 * abs(least)
            for goal, least in self.held.items()
        )
        value = self.worth(plan)
        if holds and value > self.value:
            self.best, self.value = plan, value
            self.tell(f"{self.shown}")

    def prove(self, bound: float) -> None:
        """Take over a bound of all plans: what is left of them is no better than it, or than the best that is known."""
        if np.isfinite(bound):
            self.bound = min(self.bound, max(bound, self.value))

    @property
    def shown(self) -> str:
        """Return in words how far it is."""
        if self.best is None:
            return f"at most {self.bound:.5g}"
        return f"{self.value:.5g}, at most {self.bound:.5g}: gap {max(0.0, self.bound - self.value) / max(abs(self.value), 1e-12):.2%}"

    def passed(self, serves: np.ndarray, stands: np.ndarray) -> list[tuple[int, Rivals]]:
        """Return new sets of rivals that give too much, with their types. serves : (phases, types, sites); stands : by site, type."""
        new = []
        for k, reach in enumerate(self.problem.reach):
            for t, growth in enumerate(self.problem.growth):
                for one in reach.passed(serves[t, k], np.clip(stands[t, :, k], 0, 1), growth):
                    if (k, one.key) not in self.seen:
                        self.seen.add((k, one.key))
                        self.rivals[k].append(one)
                        new.append((k, one))
        return new


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
    own = _Search(problem, sought, held, options, tell, [list(one.values()) for one in known])
    for plan in (as_it_stands(problem), *(start.plan for start in starts)):
        if _fair(plan):
            own.offer(plan)
    block, program = own.build()
    x, reduced = _bound(own, block, program)
    while not own.over:
        before = len(own.seen)
        _search(own, x, reduced)
        if len(own.seen) == before:
            break
    if own.best is None:
        if options.stop.is_set():
            raise StoppedError("stopped before there was a plan")
        raise NoPlanError.within("siting", "plan", options.time_limit_s)
    close = own.bound - own.value <= options.gap * max(abs(own.value), 1e-12)
    seconds = time.perf_counter() - own.begun
    kept = tuple(tuple(one) for one in own.rivals)
    return Found(own.best, own.value, own.bound, seconds, own.building, "optimal" if close else "time_limit", kept)


def _fair(plan: Plan) -> bool:
    """Return whether a plan covers groups as the rules ask; a plan of another study, or none at all, may not."""
    least = plan.problem.study.rules.least_coverage
    covered = dict(zip(plan.problem.groups, plan.by_group[-1], strict=True))
    return all(covered.get(name, 1.0) >= share - 1e-9 for name, share in least.items())


def _search(own: _Search, x: np.ndarray, reduced: np.ndarray) -> None:
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


def _bound(own: _Search, block: Any, program: Program) -> tuple[np.ndarray, np.ndarray]:
    """Find the bound of linear programs; return the values and reduced costs of the last."""
    highs = load(replace(program, integer=np.zeros(len(program.cost), bool)))
    obey(highs, own.options.stop)
    between = _Between(own, program, block) if block.component("s") is not None else None
    for _ in range(ROUNDS):
        checked(highs.setOptionValue("time_limit", highs.getRunTime() + max(own.left_s, 0.1)), "time_limit")
        checked(highs.run(), "run")
        _settled(own, highs.getModelStatus())
        before, own.bound = own.bound, min(own.bound, -highs.getInfo().objective_function_value)
        own.tell(own.shown)
        x, reduced = (np.array(values) for values in (highs.getSolution().col_value, highs.getSolution().col_dual))
        if between is None or own.over or before - own.bound <= SETTLED * own.options.gap * abs(own.bound):
            break
        if not between.add(highs, x):
            break
    return x, reduced


def _settled(own: _Search, status: Any) -> None:
    """Raise what a linear program that has no optimum says."""
    if status == highspy.HighsModelStatus.kInfeasible:
        raise InfeasibleError(_clash(own.problem))
    if status != highspy.HighsModelStatus.kOptimal:
        if own.options.stop.is_set():
            raise StoppedError("stopped before there was a plan")
        raise NoPlanError.within("siting", "bound", own.options.time_limit_s)


class _Between:
    """Finds rivals at points between the linear program's and one that no rivals pass, which cut deeper than at the first alone.

    Source: Ben-Ameur and Neto 2007, Networks 49(1), 3-17 (in-out separation).
    """

    def __init__(self, own: _Search, program: Program, block: Any) -> None:
        self._own, self._s, self._x = own, program.columns.grid(block.s), program.columns.grid(block.x)
        self._inside = np.zeros(self._s.shape), np.zeros(self._x.shape)

    def add(self, highs: Any, x: np.ndarray) -> bool:
        """Add rows of rivals; return whether there were any."""
        outside, added, inside = (np.append(x, 0.0)[self._s], np.append(x, 0.0)[self._x]), False, self._inside
        for part in PARTS:
            point = tuple(part * out + (1 - part) * own for out, own in zip(outside, inside, strict=True))
            new = self._own.passed(*point)
            for k, one in new:
                self._row(highs, k, one)
            added = added or bool(new)
            if not new and part < 1:
                self._inside = point
        return added

    def _row(self, highs: Any, k: int, one: Rivals) -> None:
        for t, growth in enumerate(self._own.problem.growth):
            at = np.concatenate([self._s[t, k, one.sites], self._x[t, one.sites, k]]).astype(np.int32)
            factor = np.concatenate([np.ones(len(one.sites)), -growth * one.alone])
            checked(highs.addRow(-highspy.kHighsInf, growth * one.wanted, len(at), at, factor), "addRow")


def _fractional(program: Program, x: np.ndarray, reduced: np.ndarray, own: _Search) -> Program:
    """Return the program in which stations that the linear one sees whole, or not at all, stay so; their ports may change."""
    stations = np.zeros(len(x), bool)
    stations[program.columns.of("x")] = True
    return _fixed(program, stations & (np.abs(x - np.rint(x)) < 1e-6), np.rint(x))


def _near(program: Program, x: np.ndarray, reduced: np.ndarray, own: _Search) -> Program:
    """Return the program among sites that the linear one uses, or nearly: all other whole numbers stay as they are there."""
    rest = program.integer & (np.abs(reduced) > NEARLY * abs(own.bound))
    return _fixed(program, rest, np.rint(x))


def _possible(program: Program, x: np.ndarray, reduced: np.ndarray, own: _Search) -> Program:
    """Return the program without whole numbers that no better plan than the best can have (reduced costs)."""
    rest = (
        program.integer & (np.abs(reduced) > own.bound - own.value) if own.best is not None else np.zeros(len(x), bool)
    )
    return _fixed(program, rest, np.rint(x))


def _fixed(program: Program, rest: np.ndarray, x: np.ndarray) -> Program:
    """Return a program some of whose whole numbers are fixed where they stand."""
    return replace(program, lower=np.where(rest, x, program.lower), upper=np.where(rest, x, program.upper))


def _among(
    own: _Search, block: Any, program: Program, fixed: Program, ends: threading.Event, limit_s: float, proves: bool = False
) -> None:  # fmt: skip
    """Seek plans of whole numbers; keep the best, and the rivals that it teaches. proves : whether its bound is one of all."""
    highs, values = load(fixed), Values(program.columns)
    for name, value in (("mip_rel_gap", own.options.gap / 4), ("time_limit", max(min(own.left_s, limit_s), 0.1))):
        checked(highs.setOptionValue(name, value), name)

    def improved(event: Any) -> None:
        own.offer(_plan(own.problem, block, values.at(np.array(event.data_out.mip_solution))))

    def ask(event: Any) -> None:
        if proves:
            own.prove(-event.data_out.mip_dual_bound)
        event.data_in.user_interrupt = own.over or ends.is_set()

    highs.cbMipImprovingSolution.subscribe(improved)
    for interrupt in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        interrupt.subscribe(ask if interrupt is highs.cbMipInterrupt else _ends(own, ends))
    if own.best is not None:
        _begin(highs, program, block, own.best)
    checked(highs.run(), "run")
    info = highs.getInfo()
    if proves:
        own.prove(-info.mip_dual_bound)
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        found = values.at(np.array(highs.getSolution().col_value))
        own.offer(_plan(own.problem, block, found))
        if block.component("s") is not None:
            own.passed(found.least_0(block.s), found.of(block.x))


def _ends(own: _Search, ends: threading.Event) -> Callable[[Any], None]:
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
    return Plan(problem, ports, steps)


def _clash(problem: Problem) -> str:
    """Return why nothing is possible, in words."""
    rules = problem.study.rules
    if rules.least_coverage:
        return "rules.least_coverage: no plan within the budgets covers so much; lower it, raise phases[].budget, or widen candidates"
    return "no plan keeps the rules; see zones.capacity_kw, phases[].budget and rules"

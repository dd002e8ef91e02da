"""One site over its stages: what to build now and what before which year.

Every stage is a program of its own years. A stage's sizes are columns of the next one too, where they are what stands; so one
decomposition over the months of all stages chooses them together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import EvplanError, InfeasibleError, NoPlanError
from evplan.formulation import site as formulation
from evplan.formulation.chargers import even
from evplan.formulation.values import Kept, Values
from evplan.instance.site import Site
from evplan.parallel import cores, run_in_processes
from evplan.parameters.stages import Stage, at_stage
from evplan.parameters.types import SiteParameters
from evplan.planning.parts import part_of
from evplan.planning.sites import Progress, known_so_far
from evplan.planning.together import as_planned
from evplan.report.run import Run
from evplan.solution.invariants import Verdict, check
from evplan.solution.tables import NOISE, SiteSolution, make_solution
from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.blocks import find_blocks
from evplan.solver.decomposition import take_apart
from evplan.solver.join import Part, Risk, join_named
from evplan.solver.outcome import Options, Outcome
from evplan.studies.standing import standing_numbers, standing_site

STOOD = "stood_"
LEAST_S = 5.0  # of search for each question, whatever the ones before left


@dataclass(frozen=True)
class StagePlan:
    """One stage of one site. site, numbers : as they are then, with what stands; the plan is what stands after it."""

    stage: Stage
    site: Site
    numbers: SiteParameters
    plan: SiteSolution
    verdict: Verdict


@dataclass(frozen=True)
class SiteStages:
    """One site's plan by stages; amounts are objectives, to be maximised.

    at_once : of the sizes that are best if all must be built now.  connected_now : of buying the last stage's connection at once;
        never_connected : of keeping the first stage's for good.  None where the question does not arise, -inf where it cannot be,
        NaN where time ran out.
    """

    name: str
    stages: tuple[StagePlan, ...]
    objective: float
    bound: float
    status: str
    at_once: float
    connected_now: float | None
    never_connected: float | None


class StagedSite:
    """The programs of a site's stages, joined and loaded."""

    def __init__(self, run: Run, i: int, stages: Sequence[Stage], options: Options) -> None:
        self.site, self.stages = run.read.instance.sites[i], tuple(stages)
        context, numbers = run.parameters.context, as_planned(run.parameters.sites[i], run.plans[i])
        self.numbers = [at_stage(numbers, self.site, stages, s, context) for s in range(len(stages))]
        built = run_in_processes(part_of, self.numbers)
        self._parts: list[Part] = [part for part, _ in built]
        self._kept: list[Kept] = [kept for _, kept in built]
        named = [_named(s, part) for s, part in enumerate(self._parts)]
        for after in range(1, len(named)):
            lost = [name for name in named[after] if name[0] < after and name not in named[name[0]]]
            if lost:
                raise EvplanError(
                    f"site {self.site.name}: stage {after + 1} builds on sizes that no stage before has: {lost}"
                )
        self._joined = join_named(self._parts, named, Risk(np.ones(len(stages))))
        blocks, rows = find_blocks(self._joined.program, self._joined.linking)
        self._apart = take_apart(self._joined.program, self._joined.linking, blocks, rows, options.settings)
        ordinal = np.cumsum(self._joined.linking) - 1
        self._link = {
            name: int(ordinal[place[column]])
            for names, place in zip(named, self._joined.place, strict=True)
            for name, column in names.items()
        }
        self._cuts: tuple = ()
        self._start: np.ndarray | None = None

    def search(self, options: Options, fixed: Mapping[Any, float], progress: Any = None) -> Outcome:
        """Return the best sizes with some of them given, by (stage, component, index)."""
        sizes = self._apart.sizes
        lower, upper = sizes.lower.copy(), sizes.upper.copy()
        for name, value in fixed.items():
            if name in self._link:
                link = self._link[name]
                lower[link] = upper[link] = np.clip(value, lower[link], upper[link])
        begin = replace(options, start=self._start, cuts=self._cuts)
        around = Around(np.ones(len(self._apart.blocks)))
        found = search_over(self._apart, replace(sizes, lower=lower, upper=upper), around, begin, progress)
        self._cuts = found.cuts or self._cuts
        if found.x is not None:
            self._start = found.x[self._apart.links]
        return found

    def plans(self, outcome: Outcome) -> tuple[StagePlan, ...]:
        """Return what stands after every stage and how it is run, each checked against what stood before it."""
        assert outcome.x is not None
        found: list[StagePlan] = []
        site = self.site
        for s, stage in enumerate(self.stages):
            part, place = self._parts[s], self._joined.place[s]
            x = outcome.x[place]
            cost = float(part.program.cost @ x) + part.program.offset
            results = formulation.results(self._kept[s], self.numbers[s], Values([], x))
            earlier = [before.plan for before in found]
            numbers = (
                standing_numbers(self.numbers[s], earlier, results.get("battery_kwh", 0.0))
                if found
                else self.numbers[s]
            )
            plan = make_solution(
                numbers,
                results,
                objective=-cost,
                bound=-cost,
                status="optimal",
                solver=outcome.solver,
                sizes=np.zeros(0),
                seconds={},
            )
            found.append(StagePlan(stage, site, numbers, plan, check(numbers, plan)))
            site = standing_site(site, plan)
        return tuple(found)


def _named(s: int, part: Part) -> dict[Any, int]:
    """Return the names of a stage's sizes, and where they stand: what stood before it has the name of the stage before."""
    names = {}
    for (name, index), column in zip(part.keys, np.flatnonzero(part.linking).tolist(), strict=True):
        if name == "earlier_battery_kwh":
            names[index, "battery_kwh", None] = column
        elif name.startswith(STOOD):
            names[s - 1, name.removeprefix(STOOD), index] = column
        elif name in formulation.BUILT:
            names[s, name, index] = column
    return names


def plan_stages(run: Run, i: int, stages: Sequence[Stage], options: Options, progress: Progress) -> SiteStages:
    """Return one site's plan by stages, and what it would cost to do it otherwise."""
    name, deadline = run.plans[i].name, time.perf_counter() + options.time_limit_s
    progress(name, f"{len(stages)} stages: build")
    staged = StagedSite(run, i, stages, options)

    def left(gap: float = options.gap) -> Options:
        return replace(options, gap=gap, threads=cores(), time_limit_s=max(LEAST_S, deadline - time.perf_counter()))

    progress(name, "all of it now")
    staged.search(left(), all_at_once(run.parameters.sites[i], run.plans[i], len(stages)))
    best = staged.search(left(), {}, lambda best, bound: progress(name, f"by stages: {known_so_far(-best, -bound)}"))
    if best.status == "infeasible":
        raise InfeasibleError(f"site {name}: no stages meet what is owed; `evplan solve` says what clashes")
    if best.x is None:
        raise NoPlanError(
            f"site {name}: no plan by stages within {options.time_limit_s:.0f} s; give it more with --time-limit"
        )
    plans = staged.plans(best)
    now, never = None, None
    first, last = plans[0].plan.connection_kw, plans[-1].plan.connection_kw
    if last > first + NOISE:
        progress(name, "the last connection now, or never")
        now = worth_of(staged.search(left(), {(0, "connection_kw", None): last}))
        never = worth_of(staged.search(left(), {(s, "connection_kw", None): first for s in range(len(stages))}))
    elif last > plans[0].numbers.existing_kw + NOISE:
        progress(name, "no larger connection at all")
        existing = plans[0].numbers.existing_kw
        never = worth_of(staged.search(left(), {(s, "connection_kw", None): existing for s in range(len(stages))}))
    total = sum(stage.plan.objective for stage in plans)
    if abs(total + best.objective) > 1e-6 * max(1.0, abs(total)):
        raise EvplanError(f"site {name}: the stages' objectives do not add up to that of their program")
    return SiteStages(name, plans, -best.objective, -best.bound, best.status, run.plans[i].objective, now, never)


def worth_of(found: Outcome) -> float:
    """Return what the plan that a search found is worth; -inf if there is none, NaN if the search was not long enough to say."""
    if found.status == "optimal":
        return -found.objective
    return -np.inf if found.status == "infeasible" else np.nan


def all_at_once(site: SiteParameters, plan: SiteSolution, stages: int) -> dict[Any, float]:
    """Return the sizes of a plan as those of every stage."""
    fixed: dict[Any, float] = {}
    for s in range(stages):
        fixed[s, "connection_kw", None] = plan.connection_kw
        fixed[s, "battery_kwh", None], fixed[s, "battery_kw", None] = plan.battery_kwh, plan.battery_kw
        fixed |= {(s, "solar_kw", a): kw for a, kw in enumerate(plan.solar_by_array_kw.tolist())}
        for c, charger in enumerate(site.chargers):
            n = plan.chargers[charger.name]
            counted = {1: n} if even(charger) else {k: int(n >= k) for k in range(1, charger.max_count + 1)}
            fixed |= {(s, "another", (c, k)): float(count) for k, count in counted.items()}
    return fixed

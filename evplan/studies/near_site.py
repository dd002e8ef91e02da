"""One site's plans near the best: the most and the least of every size within a limit on cost, then mixtures of them.

Every alternative is a plan like any other: its months are solved, it is checked without the model, and appraised.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evplan.errors import NoPlanError
from evplan.finance.appraise import site_cashflow
from evplan.finance.cashflow import less
from evplan.finance.investments import capex_by_item, investments
from evplan.finance.worth import npv
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.planning.parts import part_of
from evplan.planning.sites import Progress
from evplan.planning.together import as_planned
from evplan.report.run import Run, standing_flow
from evplan.solution.difference import SIZES, most_different, sizes_of
from evplan.solution.invariants import check
from evplan.solution.tables import SiteSolution, make_solution
from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.blocks import find_blocks
from evplan.solver.decomposition import take_apart
from evplan.solver.nearby import cheapest_there, cost_of, farthest
from evplan.solver.outcome import Options

LEAST_S = 1.0  # of search for each size
COARSE = 0.02  # gap of the search for the most or least of a size: what is asked is another plan, not the last kW
MIXTURES = 3  # times the plans asked for: so many mixtures are tried where sizes by themselves give too few


@dataclass(frozen=True)
class Alternative:
    """One plan of a site. what : what it was found by, in words. cost_over : of the best plan's objective, a share."""

    what: str
    plan: SiteSolution
    cost_over: float
    npv: float
    capex: float


@dataclass(frozen=True)
class SiteAlternatives:
    """One site's best plan and others near it. ranges : least and most of every size found within the limit."""

    name: str
    best: Alternative
    others: tuple[Alternative, ...]
    ranges: dict[str, tuple[float, float]]


class Near:
    """The neighbourhood of one site's best plan; searches in it stay warm and learn from each other."""

    def __init__(self, run: Run, i: int, within: float, options: Options) -> None:
        self._run, self._i, self._options = run, i, options
        plan = run.plans[i]
        self.site = as_planned(run.parameters.sites[i], plan)
        self._deadline = time.perf_counter() + options.time_limit_s
        self._part, self._kept = part_of(self.site)
        blocks, rows = find_blocks(self._part.program, self._part.linking)
        self._apart = take_apart(self._part.program, self._part.linking, blocks, rows, {})
        start = plan.sizes if len(plan.sizes) == len(self._apart.links) else None
        around = Around(np.ones(len(blocks)))
        self._best = search_over(self._apart, self._apart.sizes, around, replace(options, start=start, cuts=plan.cuts))
        self._cuts = self._best.cuts
        self.allowed = self._best.objective + within * abs(self._best.objective)
        if self._best.x is None:
            raise NoPlanError(
                f"site {self.site.name}: no time was left to look around its plan; give it more with --time-limit"
            )
        self.found = [self._made(self._best.x, "the best")]

    @property
    def cost(self) -> float:
        """Return the least cost of all."""
        return self._best.objective

    @property
    def left_s(self) -> float:
        """Return the seconds left."""
        return self._deadline - time.perf_counter()

    def look(self, what: str, direction: np.ndarray, searches_left: int, hold: bool = False) -> None:
        """Look for the plan farthest in a direction, and keep it.

        hold : keep what the direction is about as it is found, and plan the rest for the least cost.
        """
        assert self._best.x is not None
        own = replace(
            self._options, gap=COARSE, time_limit_s=max(LEAST_S, self.left_s / searches_left),
            start=self._best.x[self._apart.links], cuts=self._cuts,
        )  # fmt: skip
        other = farthest(self._apart, self._best.objective, self.allowed, direction, own)
        self._cuts = other.cuts or self._cuts
        if other.x is not None and hold:
            own = replace(own, gap=self._options.gap, cuts=self._cuts)
            sizes, held = other.x[self._apart.links], np.flatnonzero(direction)
            cheaper = cheapest_there(self._apart, sizes, held, bool(direction[held[0]] < 0), own)
            self._cuts = cheaper.cuts or self._cuts
            other = cheaper if cheaper.x is not None and cheaper.objective <= cost_of(self._apart, other.x) else other
        if other.x is not None and cost_of(self._apart, other.x) <= self.allowed:
            self.found.append(self._made(other.x, what))

    def chosen(self, count: int) -> tuple[Alternative, ...]:
        """Return the alternatives found that differ most, from the best and from each other."""
        picked = most_different([sizes_of(one.plan) for one in self.found], count)
        return tuple(self.found[number] for number in picked)

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Return the least and the most of every size found."""
        sizes = [sizes_of(one.plan) for one in self.found]
        return {name: (min(s[name] for s in sizes), max(s[name] for s in sizes)) for name in sizes[0]}

    def varies(self, size: str) -> bool:
        """Return whether plans with different amounts of a size were found."""
        low, high = next(ends for name, ends in self.ranges().items() if SIZES.get(name, name) == size)
        return high > low * (1 + COARSE)

    def groups(self) -> dict[str, np.ndarray]:
        """Return directions along which each size grows from nothing to all there is room for, by its name."""
        places: dict[str, list[int]] = {}
        for place, (name, index) in enumerate(self._part.keys):
            if name == "another":
                places.setdefault(self.site.chargers[index[0]].name, []).append(place)
            elif name in SIZES:
                places.setdefault(SIZES[name], []).append(place)
        sizes, found = self._apart.sizes, {}
        for name, own in places.items():
            room = float((sizes.upper[own] - sizes.lower[own]).sum())
            if 0 < room < np.inf:
                found[name] = np.zeros(len(self._apart.links))
                found[name][own] = 1.0 / room
        return found

    def _made(self, x: np.ndarray, what: str) -> Alternative:
        """Return a solution as a plan, checked and appraised."""
        site, instance, life = self.site, self._run.read.instance, self._run.lives[self._i]
        said, cost, proved = instance.sites[self._i], cost_of(self._apart, x), self._run.plans[self._i]
        results = formulation.results(self._kept, site, Values(None, x))
        plan = make_solution(
            site, results, objective=-cost, bound=max(proved.bound, -cost), status="optimal", solver="HiGHS",
            sizes=np.zeros(0), seconds={},
        )  # fmt: skip
        check(site, plan)
        lasts = life.resimulated_years if life else site.battery.life_years if site.battery else None
        lasts = lasts if plan.battery_kwh else None
        flow = site_cashflow(instance, said, site, plan, lasts)
        if (standing := standing_flow(self._run, self._i)) is not None:
            flow = less(flow, standing)
        built = sum(capex_by_item(investments(instance, said, plan, lasts)).values())
        best = -self._best.objective
        return Alternative(
            what,
            plan,
            max(0.0, best + cost) / abs(best) if best else 0.0,
            npv(flow.net, instance.finance.discount_rate, instance.finance.discounting),
            built,
        )


def near(run: Run, i: int, count: int, within: float, options: Options, progress: Progress) -> SiteAlternatives:
    """Return site `i`'s best plan and up to `count` others that cost at most `within` of its objective more."""
    name = run.plans[i].name
    progress(name, "alternatives: build")
    around = Near(run, i, within, options)
    groups = around.groups()
    extremes = [
        (f"{word} {size}", sign * along)
        for size, along in groups.items()
        for word, sign in (("least", 1), ("most", -1))
    ]
    if around.allowed <= around.cost:  # a site where nothing is built has nothing to give up
        return SiteAlternatives(name, around.found[0], (), around.ranges())
    for number, (what, direction) in enumerate(extremes):
        if around.left_s <= 0:
            break
        progress(name, f"alternatives: {what}")
        around.look(what, direction, len(extremes) + MIXTURES * count - number, hold=True)
    free = {size: along for size, along in groups.items() if around.varies(size)}
    for number, (what, direction) in enumerate(_mixtures(free, MIXTURES * count)):
        if around.left_s <= 0 or len(around.chosen(count)) >= count:
            break
        progress(name, f"alternatives: {what}")
        around.look(what, direction, MIXTURES * count - number)
    first, *_ = around.found
    return SiteAlternatives(name, first, around.chosen(count), around.ranges())


def _mixtures(groups: dict[str, np.ndarray], count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield directions along which some sizes grow and others shrink, the same ones at every call."""
    random = np.random.default_rng(1)
    for _ in range(count if len(groups) > 1 else 0):
        weights = random.uniform(-1, 1, len(groups))
        strongest = np.argsort(-np.abs(weights))[:2]
        names = list(groups)
        what = " and ".join(f"{'less' if weights[j] > 0 else 'more'} {names[j]}" for j in strongest)
        yield what, np.sum([w * along for w, along in zip(weights, groups.values(), strict=True)], axis=0)

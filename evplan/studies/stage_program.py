"""The programs of a site's stages, in one future or several, joined and loaded.

Every stage is a program of its own years. A stage's sizes are columns of the next one too, where they are what stands; so one
decomposition over the months of all stages chooses them together. In several futures the first stage is built before anyone knows
which comes, so its sizes are the same columns in all; those of later stages are each future's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from evplan.errors import EvplanError
from evplan.formulation import site as formulation
from evplan.formulation.values import Kept, Values
from evplan.instance.site import Site
from evplan.parameters.stages import Stage
from evplan.parameters.types import SiteParameters
from evplan.planning.parts import part_of
from evplan.solution.invariants import Verdict, check
from evplan.solution.tables import SiteSolution, make_solution
from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.compile import Program
from evplan.solver.join import Part, Risk, join_named
from evplan.solver.loaded import Loaded, latest
from evplan.solver.outcome import Options, Outcome, Progress
from evplan.studies.standing import standing_numbers, standing_site

STOOD = "stood_"
Name = tuple[int, str, Any]  # node, component, index: a size of one stage (node 0: of the first, whatever comes)


@dataclass(frozen=True)
class StagePlan:
    """One stage of one site. site, numbers : as they are then, with what stands; the plan is what stands after it."""

    stage: Stage
    site: Site
    numbers: SiteParameters
    plan: SiteSolution
    verdict: Verdict


class StagedSite:
    """The programs of one site's stages, joined and loaded.

    numbers : of each future, the site at each stage.  probability : of each future.
    """

    def __init__(
        self, numbers: Sequence[Sequence[SiteParameters]], probability: Sequence[float], options: Options
    ) -> None:
        self.numbers, self.stages, self.probability = numbers, len(numbers[0]), np.array(probability)
        where = [(f, s) for f in range(len(numbers)) for s in range(self.stages)]
        built = [part_of(numbers[f][s]) for f, s in where]
        parts, kept = [part for part, _ in built], [kept for _, kept in built]
        self._part: dict[tuple[int, int], Part] = dict(zip(where, parts, strict=True))
        self._kept: dict[tuple[int, int], Kept] = dict(zip(where, kept, strict=True))
        named = [self._named(f, s, part) for (f, s), part in zip(where, parts, strict=True)]
        self._refuse_lost(named)
        future = [f for f, _ in where]
        self._joined = join_named(parts, named, Risk(self.probability), future)
        self._place = dict(zip(where, self._joined.place, strict=True))
        self._loaded = Loaded(self._joined, parts, future, options)
        ordinal = np.cumsum(self._joined.linking) - 1
        self._link: dict[Name, int] = {
            name: int(ordinal[place[column]])
            for names, place in zip(named, self._joined.place, strict=True)
            for name, column in names.items()
        }
        self._cuts: tuple = ()
        self._start: np.ndarray | None = None

    @property
    def program(self) -> Program:
        """Return everything as one program."""
        return self._joined.program

    def node(self, f: int, s: int) -> int:
        """Return the number of a stage in a future; the first stage is one in all futures."""
        return s + f * (self.stages - 1) if s else 0

    def _named(self, f: int, s: int, part: Part) -> dict[Name, int]:
        """Return the names of a stage's sizes, and where they stand: what stood before it has the name of the stage before."""
        names = {}
        for (name, index), column in zip(part.keys, np.flatnonzero(part.linking).tolist(), strict=True):
            if name == "earlier_battery_kwh":
                names[self.node(f, index), "battery_kwh", None] = column
            elif name.startswith(STOOD):
                names[self.node(f, s - 1), name.removeprefix(STOOD), index] = column
            elif name in formulation.BUILT:
                names[self.node(f, s), name, index] = column
        return names

    def _refuse_lost(self, named: Sequence[Mapping[Name, int]]) -> None:
        """Raise if a stage builds on sizes that the stage before does not have: it would then have them for nothing."""
        for number, names in enumerate(named):
            f, s = divmod(number, self.stages)
            known = {name for of_stage in named[f * self.stages : number] for name in of_stage}
            lost = [name for name in names if s and name[0] != self.node(f, s) and name not in known]
            if lost:
                raise EvplanError(
                    f"site {self.numbers[f][s].name}: stage {s + 1} builds on sizes that no stage before has: {lost}"
                )

    def search(
        self, options: Options, fixed: Mapping[Name, float], progress: Progress | None = None,
        only: int | None = None, alike: bool = False,
    ) -> Outcome:  # fmt: skip
        """Return the best sizes with some of them given.

        only : the one future that counts; None: all, by their probability.  alike : whether later stages are built alike in all futures.
        """
        sizes = self._loaded.apart.sizes if only is None else self._loaded.sizes_of(only)
        lower, upper = sizes.lower.copy(), sizes.upper.copy()
        for name, value in fixed.items():
            if name in self._link:
                link = self._link[name]
                lower[link] = upper[link] = np.clip(value, lower[link], upper[link])
        sizes = replace(sizes, lower=lower, upper=upper)
        if alike:
            sizes = self._alike(sizes)
        weight = self.probability if only is None else np.eye(len(self.probability))[only]
        active = None if only is None else self._loaded.blocks_of(only)
        counted = set(range(len(self._loaded.future)) if active is None else active)
        begin = replace(options, start=self._start, cuts=latest([cut for cut in self._cuts if cut[0] in counted]))
        found = search_over(
            self._loaded.apart, sizes, Around(weight[self._loaded.future]), begin, progress, active=active
        )
        if only is None:
            self._cuts = found.cuts or self._cuts
            self._start = self._start if found.x is None else found.x[self._loaded.apart.links]
        return found

    def _alike(self, sizes: Program) -> Program:
        """Return the sizes with those of later stages the same in every future."""
        pairs = list(self._twins())
        rows, columns = np.repeat(np.arange(len(pairs)), 2), np.array(pairs, int).ravel()
        same = csr_array((np.tile([1.0, -1.0], len(pairs)), (rows, columns)), (len(pairs), len(sizes.cost)))
        nothing = np.zeros(len(pairs))
        return replace(
            sizes,
            matrix=csc_array(vstack([sizes.matrix, same])),
            row_lower=np.append(sizes.row_lower, nothing),
            row_upper=np.append(sizes.row_upper, nothing),
        )

    def _twins(self) -> Iterator[tuple[int, int]]:
        """Yield where a later size stands in the first future and in another."""
        for (node, name, index), link in self._link.items():
            for s in range(1, self.stages):
                if node == s:
                    for f in range(1, len(self.probability)):
                        yield link, self._link[self.node(f, s), name, index]

    def first_stage(self, outcome: Outcome) -> dict[Name, float]:
        """Return what a search found to build in the first stage, by name."""
        assert outcome.x is not None
        values = outcome.x[self._loaded.apart.links]
        return {name: float(values[link]) for name, link in self._link.items() if name[0] == 0}

    def as_built(self, first: Mapping[Name, float]) -> dict[Name, float]:
        """Return a first stage in these programs, where chargers may be counted further than where it was found."""
        return {name: first.get(name, 0.0) for name in self._link if name[0] == 0}

    def plans(self, outcome: Outcome, site: Site, stages: Sequence[Stage], f: int = 0) -> tuple[StagePlan, ...]:
        """Return what stands after every stage in a future and how it is run, each checked against what stood before it."""
        assert outcome.x is not None
        found: list[StagePlan] = []
        for s, stage in enumerate(stages):
            program, x = self._part[f, s].program, outcome.x[self._place[f, s]]
            cost, bare = float(program.cost @ x) + program.offset, self.numbers[f][s]
            results = formulation.results(self._kept[f, s], bare, Values(None, x))
            earlier = [before.plan for before in found]
            numbers = standing_numbers(bare, earlier, results.get("battery_kwh", 0.0)) if found else bare
            plan = make_solution(
                numbers, results, objective=-cost, bound=-cost, status="optimal", solver=outcome.solver,
                sizes=np.zeros(0), seconds={},
            )  # fmt: skip
            found.append(StagePlan(stage, site, numbers, plan, check(numbers, plan)))
            site = standing_site(site, plan)
        return tuple(found)

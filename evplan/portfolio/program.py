"""The program of a portfolio under limits: the sites' programs joined under the rows of `formulation/portfolio.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from evplan.formulation import portfolio as formulation
from evplan.formulation.sessions import wanted_kwh
from evplan.formulation.site import results
from evplan.formulation.values import Values
from evplan.instance.portfolio import Portfolio
from evplan.parameters.types import SiteParameters
from evplan.planning.parts import part_of
from evplan.planning.together import as_planned
from evplan.solution.tables import SiteSolution, make_solution
from evplan.solver.benders import search_over
from evplan.solver.blocks import find_blocks
from evplan.solver.compile import no_garbage_collection
from evplan.solver.decomposition import take_apart
from evplan.solver.join import Part, Risk, join
from evplan.solver.outcome import Options, Outcome, Progress
from evplan.solver.subproblem import Cut
from evplan.solver.tie import Tie, tied


class FundingProgram:
    """All sites' programs, loaded, and the rows that tie them."""

    def __init__(
        self, said: Portfolio, sites: Sequence[SiteParameters], plans: Sequence[SiteSolution], standing: np.ndarray, kept: np.ndarray,
        options: Options,
    ) -> None:  # fmt: skip
        self.said, self._alone = said, tuple(plans)
        self.sites = tuple(as_planned(*each) for each in zip(sites, plans, strict=True))
        owing = [replace(site, pledges=_owes(said, site)) for site in self.sites]
        with no_garbage_collection():
            built = [part_of(site) for site in owing]
        self._parts: list[Part] = [part for part, _ in built]
        self._kept = [kept for _, kept in built]
        self._joined = join(self._parts, (), Risk(np.ones(len(sites))))
        blocks, rows = find_blocks(self._joined.program, self._joined.linking)
        self._apart = take_apart(self._joined.program, self._joined.linking, blocks, rows, options.settings)
        owner = np.zeros(len(self._joined.linking), int)
        for i, place in enumerate(self._joined.place):
            owner[place] = i
        self._block_site = np.array([owner[block.columns[0]] for block in blocks])
        ordinal = np.cumsum(self._joined.linking) - 1
        self._links = [
            ordinal[place[part.linking]] for part, place in zip(self._parts, self._joined.place, strict=True)
        ]
        self.ties = list(self._ties(standing, kept))

    def solve(self, options: Options, progress: Progress | None = None, giving: Sequence[str] = ()) -> Outcome:
        """Return the best plan under the limits; where limits are giving way, the plan that needs least of that."""
        subsidy, sites = self.said.subsidy, self.sites
        may = [subsidy is not None and site.setting in subsidy.settings for site in sites]
        around = tied(self.ties, np.where(may, np.inf, 0.0), giving)
        sizes = self._apart.sizes
        if giving:
            sizes = replace(sizes, cost=np.zeros(len(sizes.cost)), offset=0.0)
        known = replace(options, start=self._start(), cuts=tuple(self._cuts()))
        return search_over(self._apart, sizes, around, known, progress)

    def plans(self, outcome: Outcome) -> tuple[SiteSolution, ...]:
        """Return every site's plan. Its bound is what planning the site by itself allowed."""
        assert outcome.x is not None
        found = []
        for i, (site, part, place) in enumerate(zip(self.sites, self._parts, self._joined.place, strict=True)):
            x = outcome.x[place]
            objective = -float(part.program.cost @ x) - part.program.offset
            found.append(make_solution(
                site, results(self._kept[i], site, Values(None, x)), objective=objective,
                bound=max(objective, self._alone[i].bound), status="optimal", solver=outcome.solver,
                sizes=outcome.x[self._apart.links][self._links[i]], seconds=self._alone[i].seconds,
            ))  # fmt: skip
        return tuple(found)

    def _ties(self, standing: np.ndarray, kept: np.ndarray) -> Iterator[Tie]:
        said, count = self.said, len(self.sites)
        built, stands = self._construction()
        none, ones = np.zeros(len(self._apart.blocks)), dict.fromkeys(range(count), -1.0)
        if said.budget is not None:
            yield Tie("budget", -built.sum(axis=0), none, -said.budget - float(stands.sum()), scale=said.budget)
        if said.subsidy is not None:
            share, offsets = said.subsidy.max_share, self._joined.offsets
            yield Tie("pot", np.zeros(len(self._apart.links)), none, -said.subsidy.pot, ones, scale=said.subsidy.pot)
            for i in range(count):
                yield Tie("share", share * built[i], none, share * stands[i], {i: -1.0}, scale=said.subsidy.pot)
            cost = self._joined.sizes_cost.toarray()
            every = [range(count)] if said.subsidy.cross_subsidy else [[i] for i in range(count)]
            for own in every:
                least = float(sum(offsets[i] + standing[i] for i in own))
                spent = np.isin(self._block_site, list(own)).astype(float)
                scale = sum(abs(self._alone[i].objective) for i in own)
                yield Tie("pays", -cost[list(own)].sum(axis=0), -spent, least, {i: float(kept[i]) for i in own}, scale)
        for y, owed in enumerate(formulation.owed_kwh(self.sites, said.rural_min_served)):
            if owed > 0:
                yield Tie("rural service", self._pledged(y), none, float(owed), scale=float(owed))

    def _construction(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what each site's sizes cost to build, shape (sites, linking columns), and what of it stands, shape (sites,)."""
        costs, stands = np.zeros((len(self.sites), len(self._apart.links))), np.zeros(len(self.sites))
        for i, (site, part) in enumerate(zip(self.sites, self._parts, strict=True)):
            own, stands[i] = formulation.construction(site)
            costs[i, self._links[i]] = [own.get(key, 0.0) for key in part.keys]
        return costs, stands

    def _pledged(self, y: int) -> np.ndarray:
        """Return the row that sums what rural sites pledge in a modelled year."""
        row = np.zeros(len(self._apart.links))
        for site, part, links in zip(self.sites, self._parts, self._links, strict=True):
            if site.setting == "rural":
                row[links] = [name == "pledged_kwh" and index[0] == y for name, index in _named(part)]
        return row

    def _start(self) -> np.ndarray:
        """Return the sizes of the sites planned by themselves."""
        start = np.zeros(len(self._apart.links))
        for site, plan, part, links in zip(self.sites, self._alone, self._parts, self._links, strict=True):
            served = pledges_of(site, plan)
            sizes = dict(zip(self._keys_alone(site, part), plan.sizes, strict=False))
            start[links] = [served[key[1]] if key[0] == "pledged_kwh" else sizes.get(key, 0.0) for key in part.keys]
        return start

    def _keys_alone(self, site: SiteParameters, part: Part) -> list:
        """Return what the sizes of a site planned by itself are called, in their order."""
        return [key for key in part.keys if site.min_served > 0 or key[0] != "pledged_kwh"]

    def _cuts(self) -> Iterator[tuple[int, np.ndarray, Cut]]:
        """Yield what planning the sites by themselves taught, in the words of the joined program."""
        for i, (site, plan, part) in enumerate(zip(self.sites, self._alone, self._parts, strict=True)):
            ordinal = dict(zip(part.keys, self._links[i].tolist(), strict=True))
            links = np.array([ordinal[key] for key in self._keys_alone(site, part)])
            if len(links) != len(plan.sizes):
                continue  # planned on merged steps, or netted: another program
            blocks = np.flatnonzero(self._block_site == i)
            for number, place, cut in plan.cuts:
                own = self._apart.subproblems[blocks[number]].place
                at = np.searchsorted(own, links[place])
                x, slope = np.zeros(len(own)), np.zeros(len(own))
                x[at], slope[at] = cut.x, cut.slope
                yield int(blocks[number]), own, replace(cut, x=x, slope=slope)


def _owes(said: Portfolio, site: SiteParameters) -> bool:
    return said.rural_min_served > 0 and site.setting == "rural"


def _named(part: Part) -> Iterator[tuple[str, tuple]]:
    return ((name, index if isinstance(index, tuple) else (index,)) for name, index in part.keys)


def pledges_of(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return what a plan serves in every month of each modelled year, shape (years, months), kWh."""
    served = replace(site, demand_kwh=plan.served_total_kw * site.clock.step_h)
    return wanted_kwh(served)

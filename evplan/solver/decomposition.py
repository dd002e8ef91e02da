"""A program taken apart, and the search that goes back and forth between its master and its blocks (benders.py says how)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evplan.solver.blocks import Block, bounded, part, with_bounds
from evplan.solver.compile import Program
from evplan.solver.master import Master
from evplan.solver.outcome import NOTHING
from evplan.solver.search import Search, Stopped, within
from evplan.solver.subproblem import Cut, Subproblem

RELAXED = 0.6  # of the time limit, for the relaxed phase, so that a plan is found before the time is gone
CLOSE = 0.02  # of the distance between the best plan and the relaxed bound: closer than this, integers matter more
STEP, NEAR = (
    0.7,
    0.3,
)  # how far from the best point towards the master's answer cuts are taken; and where a plan is known to begin with
ACCURACY = 1e-6  # relative, of a block's cost and of the master's bound
MOST_SLOW = 2  # visits in a row that each bring the relaxed bound less than CLOSE nearer to the best plan: the same
MOST_STILL = 10  # visits in a row that move neither bound nor plan: the gap asked for is below solver accuracy


@dataclass(frozen=True)
class Apart:
    """A program taken apart: its linking columns with the rows of their own, and its blocks in HiGHS, which stay warm."""

    program: Program
    links: np.ndarray
    sizes: Program
    blocks: Sequence[Block]
    subproblems: list[Subproblem]


def take_apart(
    program: Program, linking: np.ndarray, blocks: Sequence[Block], master_rows: np.ndarray, settings: dict[str, Any]
) -> Apart:
    """Return a program's blocks, loaded. blocks, master_rows : as `find_blocks` finds them."""
    links = np.flatnonzero(linking)
    place = np.cumsum(linking) - 1
    sizes = bounded(part(program, master_rows, links, program.cost[links], integer=True))
    sizes = replace(sizes, offset=program.offset)  # gaps are relative to the whole objective, its constant included
    program = with_bounds(program, links, sizes)
    subproblems = [Subproblem(program, block, place[block.links], settings) for block in blocks]
    return Apart(program, links, sizes, blocks, subproblems)


@dataclass
class Decomposition:
    """Master and blocks at work."""

    apart: Apart
    master: Master
    search: Search
    pool: ThreadPoolExecutor
    active: list[int]
    block_x: list[np.ndarray] = field(default_factory=list)
    visits: int = 0
    cuts: list[tuple[int, np.ndarray, Cut]] = field(default_factory=list)  # block, its links, what was learnt

    @property
    def solver(self) -> str:
        """Return what solved it, for reports."""
        return f"{self.master.solver}, decomposed into {len(self.active)} blocks, {self.visits} visits"

    @property
    def subproblems(self) -> list[Subproblem]:
        """Return the blocks that count."""
        return [self.apart.subproblems[number] for number in self.active]

    def begin(self) -> None:
        """Take the first cuts: at the sizes to begin from, which are the first plan if they can be; bound every block."""
        self.remember(self.search.options.cuts)
        known = self.search.options.start
        if known is not None and len(known) == len(self.apart.links):
            known = np.clip(known, self.master.lower, self.master.upper)
            self.consider(known) if self.master.allows(known) else self.evaluate(known)
        bare = sorted(set(self.active) - {number for number, _, cut in self.cuts if cut.feasible})
        if bare:
            found = self.pool.map(lambda n: self.search.unless_stopped(self.apart.subproblems[n].least), bare)
            least = np.full(len(self.apart.blocks), -np.inf)
            least[bare] = list(found)
            self.master.at_least(least)
        if self.search.best_x is None and (known is None or bare):
            self.evaluate(self.master.start())

    def remember(self, cuts: tuple[tuple[int, np.ndarray, Cut], ...]) -> None:
        """Take over the cuts of a looser program, if its blocks hang on the same sizes."""
        places = [sub.place for sub in self.apart.subproblems]
        if all(number < len(places) and np.array_equal(place, places[number]) for number, place, _ in cuts):
            for number, place, cut in cuts:
                self.learn(number, place, cut)

    def learn(self, number: int, place: np.ndarray, cut: Cut) -> None:
        """Give the master a cut and keep it for a tighter program."""
        self.master.cut(number, place, cut)
        self.cuts.append((number, place, cut))

    def solve(self) -> str:
        """Run both phases and return the status."""
        try:
            return self.relaxed() or self.integral()
        except Stopped:
            return "interrupted"

    def relaxed(self) -> str | None:
        """Tighten the relaxed master until its bound is close, or its share of the time is gone.

        Returns a status only if that ends the run.
        """
        enough = (1 - RELAXED) * self.search.options.time_limit_s
        best, centre, bound, stalled, slow = self.search.best, self.search.best_x, -np.inf, 0, 0
        step = STEP if centre is None else NEAR
        self.master.relax(True)
        while self.search.left_s > enough:
            answer = self.master.solve(self.search.left_s, 0.0)
            if answer.x is None:
                return answer.status
            before, bound = bound, answer.bound
            self.search.bound = max(self.search.bound, bound)
            slow = slow + 1 if bound - before <= CLOSE * (self.search.best - bound) < np.inf else 0
            if within(best, bound, 0.25 * self.search.options.gap) or self.hopeless(best, bound) or slow == MOST_SLOW:
                return None
            point = answer.x if centre is None or stalled else centre + step * (answer.x - centre)
            value = self.evaluate(point)
            stalled = int(bound - before <= 1e-7 * abs(bound) and value >= best)
            if value < best:
                best, centre = value, point
            self.search.tell()
        return None

    def hopeless(self, best: float, bound: float) -> bool:
        """Return whether what is left to learn without integers is little beside what they cost."""
        return bool(np.isfinite(self.search.best)) and best - bound <= CLOSE * (self.search.best - bound)

    def integral(self) -> str:
        """Solve the integer master until the gap is closed; return the status."""
        self.master.relax(False)
        gap, still, careful = self.search.options.gap, 0, False
        while self.search.left_s > 0 and still < MOST_STILL:
            answer = self.master.solve(self.search.left_s, 0.1 * gap, self.search.best_x)
            if answer.x is None and answer.status == "time_limit":
                self.search.bound = max(self.search.bound, answer.bound)
                break
            if answer.x is None:  # with a plan in hand no program is infeasible: cuts have met the solver's accuracy
                return answer.status if self.search.best_x is None else "stalled"
            if self.beyond(answer.bound):
                if careful:
                    return "stalled"
                careful = True
                self.master.careful()
                continue
            before = (self.search.bound, self.search.best)
            self.search.bound = max(self.search.bound, answer.bound)
            self.search.tell()
            if self.search.closed(gap):
                return "optimal"
            self.consider(answer.x)
            if self.search.closed(gap):
                return "optimal"
            still = still + 1 if before == (self.search.bound, self.search.best) else 0
        if self.search.best_x is None and not self.search.options.stop.is_set():
            self.late()
        return "time_limit" if still < MOST_STILL else "stalled"

    def beyond(self, bound: float) -> bool:
        """Return whether a bound lies beyond a plan that exists, by more than the accuracy of both: it cannot be one."""
        return bound > self.search.best + ACCURACY * max(1.0, abs(self.search.best)) + NOTHING

    def late(self) -> None:
        """Take the largest sizes as the plan where time ran out before any was found, and a bound with it."""
        self.consider(self.master.largest())
        self.search.bound = max(self.search.bound, self.master.solve(0.0, self.search.options.gap).bound)

    def consider(self, x: np.ndarray | None) -> None:
        """Make sizes the plan, integers rounded, if that is better than the plan so far."""
        if x is None:
            return
        whole = np.where(self.master.integer, np.round(x), x)
        value = self.evaluate(whole)
        if value < self.search.best:
            self.search.best, self.search.best_x = value, whole
            self.block_x = [sub.x for sub in self.subproblems]

    def evaluate(self, x: np.ndarray) -> float:
        """Return the true cost at sizes `x` (infinite if some block cannot be), and give the master its cuts."""
        self.visits += 1
        cuts = list(self.pool.map(lambda sub: self.search.unless_stopped(lambda: sub.visit(x)), self.subproblems))
        for number, cut in zip(self.active, cuts, strict=True):
            self.learn(number, self.apart.subproblems[number].place, cut)
        if any(not cut.feasible for cut in cuts):
            return np.inf
        costs = np.zeros(len(self.apart.blocks))
        costs[self.active] = [cut.value for cut in cuts]
        return self.master.worth(x, costs)

    def plan(self) -> np.ndarray | None:
        """Return the best plan as one vector, or None."""
        if self.search.best_x is None:
            return None
        x = np.zeros(self.apart.program.matrix.shape[1])
        x[self.apart.links] = self.search.best_x
        for sub, own in zip(self.subproblems, self.block_x, strict=True):
            x[sub.columns] = own
        return x

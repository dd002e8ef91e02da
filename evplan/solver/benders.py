"""Solve a program whose sizes link many small problems: Benders decomposition with exact bounds.

    minimise  c x + sum over b of V_b(x)    x: linking columns (sizes), some integer
    V_b(x)  = the cost of block b (a month) at sizes x: a convex LP value

Every block is solved with x fixed by its bounds. Its value and the reduced costs of x are a cut,
V_b(z) >= V_b(x) + r_b (z - x), valid for every z; the master minimises c z + sum of theta_b under all
cuts. Between two visits only bounds change, so the dual simplex method restarts from the last basis.

First the master is relaxed and cuts are taken between its answer and the best point so far
(in-out separation, Ben-Ameur and Neto 2007), which spares the wild first steps. Then the integers are
restored and the master's own bound proves the gap.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from evplan.solver.around import Surround, plainly
from evplan.solver.blocks import bounded, find_blocks, part, with_bounds
from evplan.solver.compile import Program
from evplan.solver.highs import run as run_monolith
from evplan.solver.master import Master
from evplan.solver.outcome import NOTHING, Options, Outcome, Progress
from evplan.solver.search import Search, Stopped, within
from evplan.solver.subproblem import Cut, Subproblem

RELAXED = 0.6  # of the time limit, for the relaxed phase, so that a plan is found before the time is gone
STEP = 0.5  # how far from the best point towards the master's answer cuts are taken
FEWEST_BLOCKS = 2
ACCURACY = 1e-6  # relative, of a block's cost and of the master's bound
MOST_STILL = 10  # visits in a row that move neither bound nor plan: the gap asked for is below solver accuracy


def run(
    program: Program, linking: np.ndarray, options: Options, progress: Progress | None = None,
    surround: Surround = plainly,
) -> Outcome:  # fmt: skip
    """Solve a program by decomposition over its linking columns; as a whole if it does not fall apart.

    surround : what makes the objective of the blocks' costs (around.py); left out, their sum.
    """
    search = Search(options, progress)
    blocks, master_rows = find_blocks(program, linking)
    if len(blocks) < FEWEST_BLOCKS and surround is plainly:
        return run_monolith(program, options, progress)
    links = np.flatnonzero(linking)
    place = np.cumsum(linking) - 1
    sizes = bounded(part(program, master_rows, links, program.cost[links], integer=True))
    sizes = replace(sizes, offset=program.offset)  # gaps are relative to the whole objective, its constant included
    program = with_bounds(program, links, sizes)
    subproblems = [Subproblem(program, block, place[block.links], options.settings) for block in blocks]
    loading_s = time.perf_counter() - search.begun
    with ThreadPoolExecutor(max(1, options.threads)) as pool:
        try:
            decomposition = Decomposition(program, links, Master(sizes, surround(blocks)), subproblems, search, pool)
            decomposition.begin()
        except Stopped:
            return Outcome("interrupted", None, np.inf, -np.inf, 0.0, "HiGHS")
        status = decomposition.solve()
    x = decomposition.plan()
    seconds = time.perf_counter() - search.begun
    cuts = tuple(decomposition.cuts)
    return Outcome(status, x, search.best, search.bound, seconds, decomposition.solver, cuts, loading_s)


@dataclass
class Decomposition:
    """Master and blocks at work."""

    program: Program
    links: np.ndarray
    master: Master
    subproblems: list[Subproblem]
    search: Search
    pool: ThreadPoolExecutor
    block_x: list[np.ndarray] = field(default_factory=list)
    visits: int = 0
    cuts: list[tuple[int, np.ndarray, Cut]] = field(default_factory=list)  # block, its links, what was learnt

    @property
    def solver(self) -> str:
        """Return what solved it, for reports."""
        return f"{self.master.solver}, decomposed into {len(self.subproblems)} blocks, {self.visits} visits"

    def begin(self) -> None:
        """Take the first cuts: at the sizes to begin from if they can be, else anywhere, with a bound on every block."""
        self.remember(self.search.options.cuts)
        known = self.search.options.start
        if known is not None and len(known) == len(self.links):
            self.consider(np.clip(known, self.master.lower, self.master.upper))
        if self.search.best_x is None:
            least = self.pool.map(lambda sub: self.search.unless_stopped(sub.least), self.subproblems)
            self.master.at_least(np.array(list(least)))
            self.evaluate(self.master.start())

    def remember(self, cuts: tuple[tuple[int, np.ndarray, Cut], ...]) -> None:
        """Take over the cuts of a looser program, if its blocks hang on the same sizes."""
        places = [sub.place for sub in self.subproblems]
        if {number for number, _, _ in cuts} == set(range(len(places))) and all(
            np.array_equal(place, places[number]) for number, place, _ in cuts
        ):
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
        best, centre, bound, stalled = self.search.best, self.search.best_x, -np.inf, 0
        self.master.relax(True)
        while self.search.left_s > enough:
            answer = self.master.solve(self.search.left_s, 0.0)
            if answer.x is None:
                return answer.status
            before, bound = bound, answer.bound
            self.search.bound = max(self.search.bound, bound)
            if within(best, bound, 0.25 * self.search.options.gap):
                return None
            point = answer.x if centre is None or stalled else centre + STEP * (answer.x - centre)
            value = self.evaluate(point)
            stalled = int(bound - before <= 1e-7 * abs(bound) and value >= best)
            if value < best:
                best, centre = value, point
            self.search.tell()
        return None

    def integral(self) -> str:
        """Solve the integer master until the gap is closed; return the status."""
        self.master.relax(False)
        gap, still, careful = self.search.options.gap, 0, False
        while self.search.left_s > 0 and still < MOST_STILL:
            answer = self.master.solve(self.search.left_s, 0.1 * gap)
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
        for number, cut in enumerate(cuts):
            self.learn(number, self.subproblems[number].place, cut)
        if any(not cut.feasible for cut in cuts):
            return np.inf
        return self.master.worth(x, np.array([cut.value for cut in cuts]))

    def plan(self) -> np.ndarray | None:
        """Return the best plan as one vector, or None."""
        if self.search.best_x is None:
            return None
        x = np.zeros(self.program.matrix.shape[1])
        x[self.links] = self.search.best_x
        for sub, own in zip(self.subproblems, self.block_x, strict=True):
            x[sub.columns] = own
        return x

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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from evplan.solver.around import Around
from evplan.solver.blocks import find_blocks
from evplan.solver.compile import Program
from evplan.solver.decomposition import Apart, Decomposition, take_apart
from evplan.solver.highs import run as run_monolith
from evplan.solver.master import Master
from evplan.solver.outcome import Options, Outcome, Progress
from evplan.solver.search import Search, Stopped

FEWEST_BLOCKS = 2


def run(program: Program, linking: np.ndarray, options: Options, progress: Progress | None = None) -> Outcome:
    """Solve a program by decomposition over its linking columns; as a whole if it does not fall apart."""
    begun = time.perf_counter()
    blocks, master_rows = find_blocks(program, linking)
    if len(blocks) < FEWEST_BLOCKS:
        return run_monolith(program, options, progress)
    apart = take_apart(program, linking, blocks, master_rows, options.settings)
    loading_s = time.perf_counter() - begun
    left = replace(options, time_limit_s=options.time_limit_s - loading_s)
    found = search_over(apart, apart.sizes, Around(np.ones(len(blocks))), left, progress)
    return replace(found, seconds=found.seconds + loading_s, loading_s=loading_s)


def search_over(
    apart: Apart, sizes: Program, around: Around, options: Options, progress: Progress | None = None,
    active: Sequence[int] | None = None,
) -> Outcome:  # fmt: skip
    """Return the best sizes and how the blocks are run with them.

    sizes : as they are in `apart`, perhaps with other costs or bounds.  active : numbers of the blocks that count; None: all.
    """
    search = Search(options, progress)
    numbers = list(range(len(apart.blocks))) if active is None else list(active)
    with ThreadPoolExecutor(max(1, options.threads)) as pool:
        decomposition = Decomposition(apart, Master(sizes, around), search, pool, numbers)
        try:
            decomposition.begin()
        except Stopped:
            return Outcome("interrupted", None, np.inf, -np.inf, 0.0, "HiGHS")
        status = decomposition.solve()
    x = decomposition.plan()
    seconds = time.perf_counter() - search.begun
    return Outcome(status, x, search.best, search.bound, seconds, decomposition.solver, tuple(decomposition.cuts))

"""Sizes as far from the best in one direction as a limit on cost allows: near-optimal alternatives.

    minimise  direction x + dear over    under  cost x + sum of theta - over <= limit,  0 <= over <= margin

The limit lies a margin below what is allowed, and what exceeds it is dear, so that a point on the limit need not be hit to the
last digit to count. The blocks are those of the plan itself and stay warm; the cuts that proved the plan describe its
neighbourhood already. Source: Brill, Chang and Hopkins 1982, Management Science 28, 221-235 (modelling to generate alternatives).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.decomposition import Apart
from evplan.solver.outcome import Options, Outcome

MARGIN = 0.01  # of the way from the best cost to what is allowed
DEAR = 100.0  # what the whole margin costs, times what is at stake
SCALE = 1e6  # of the objective searched, whose unit is not money: what counts as nothing there must be nothing here


def farthest(apart: Apart, best: float, allowed: float, direction: np.ndarray, options: Options) -> Outcome:
    """Return the sizes of least `direction` whose cost is at most `allowed`.

    best : least cost of all, less than `allowed`.  direction : shape (linking columns,), scaled so that all there is room for is 1.
    options : with the sizes and cuts to begin from.
    """
    margin = MARGIN * (allowed - best)
    blocks = len(apart.blocks)
    row = np.concatenate([-apart.sizes.cost, -np.ones(blocks), [1.0]])[None, :]
    around = Around(
        weight=np.zeros(blocks), cost=np.array([SCALE * DEAR / margin]), lower=np.zeros(1), upper=np.array([margin]),
        rows=csr_array(row), row_lower=np.array([apart.sizes.offset - (allowed - margin)]), row_upper=np.array([np.inf]),
    )  # fmt: skip
    return search_over(apart, replace(apart.sizes, cost=SCALE * direction, offset=0.0), around, options)


def cheapest_there(apart: Apart, x: np.ndarray, held: np.ndarray, most: bool, options: Options) -> Outcome:
    """Return the best sizes that have as much of what is `held`, or as little, as a solution has.

    x : values of the linking columns.  held : places among them.
    """
    sizes = apart.sizes
    lower, upper = sizes.lower.copy(), sizes.upper.copy()
    if most:
        lower[held] = np.clip(x[held], lower[held], upper[held])
    else:
        upper[held] = np.clip(x[held], lower[held], upper[held])
    return search_over(
        apart, replace(sizes, lower=lower, upper=upper), Around(np.ones(len(apart.blocks))), replace(options, start=x)
    )


def cost_of(apart: Apart, x: np.ndarray) -> float:
    """Return what a solution of the whole program costs."""
    return float(apart.program.cost @ x + apart.sizes.offset)

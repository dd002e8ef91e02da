"""What stands around the blocks of a decomposed program: how sizes and the blocks' costs make the objective.

    minimise  cost x + weight theta + own_cost z     under rows over (x, theta, z)

x : sizes.  theta : one cost per block.  z : columns of its own, such as the cost that only a tail of futures exceeds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, vstack

from evplan.solver.compile import Program

NONE = np.zeros(0)


@dataclass(frozen=True)
class Around:
    """The columns and rows around the blocks. weight : of every block's cost, shape (blocks,).

    slack : by how much a plan may miss each row, so that one on the row itself is not refused for its last digit.
    """

    weight: np.ndarray
    cost: np.ndarray = field(default_factory=lambda: NONE)
    lower: np.ndarray = field(default_factory=lambda: NONE)
    upper: np.ndarray = field(default_factory=lambda: NONE)
    rows: csr_array | None = None  # shape (rows, sizes + blocks + own columns)
    row_lower: np.ndarray = field(default_factory=lambda: NONE)
    row_upper: np.ndarray = field(default_factory=lambda: NONE)
    slack: np.ndarray = field(default_factory=lambda: NONE)

    @property
    def plain(self) -> bool:
        """Return whether costs are only weighted and added."""
        return self.rows is None

    def loosened(self) -> Around:
        """Return the same with every row missed by its slack."""
        slack = self.slack if len(self.slack) else np.zeros(len(self.row_lower))
        return replace(self, row_lower=self.row_lower - slack, row_upper=self.row_upper + slack)

    def program(self, sizes: Program) -> Program:
        """Return the master without cuts: sizes, free block costs, and what is around them."""
        blocks, own = len(self.weight), len(self.cost)
        matrix = csc_array(hstack([sizes.matrix, csc_array((sizes.matrix.shape[0], blocks + own))]))
        row_lower, row_upper = sizes.row_lower, sizes.row_upper
        if self.rows is not None:
            matrix = csc_array(vstack([matrix, self.rows]))
            row_lower, row_upper = np.append(row_lower, self.row_lower), np.append(row_upper, self.row_upper)
        free = np.full(blocks, np.inf)
        return Program(
            matrix=matrix,
            cost=np.concatenate([sizes.cost, self.weight, self.cost]),
            offset=sizes.offset,
            row_lower=row_lower,
            row_upper=row_upper,
            lower=np.concatenate([sizes.lower, -free, self.lower]),
            upper=np.concatenate([sizes.upper, free, self.upper]),
            integer=np.concatenate([sizes.integer, np.zeros(blocks + own, bool)]),
        )

"""What lines and transformers may carry, and which of them can be the first to carry too much."""

from __future__ import annotations

import numpy as np

from evplan.feeder.flow import Flow
from evplan.feeder.network import Network
from evplan.feeder.study import Limits


def allowed(network: Network, limits: Limits) -> np.ndarray:
    """Return the current that each row of branches may carry, A; infinite where no rating is known."""
    part = {"line": limits.line_loading, "transformer": limits.transformer_loading}
    own = [part[one.kind] * one.rating_a if one.rating_a else np.inf for one in network.branches]
    return np.array(own, float)[network.row_branch]


def binding(flow: Flow, rated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of branches that can pass their rating first, and these: of rows with like currents, that with the lowest."""
    rows = np.flatnonzero(np.isfinite(rated))
    if not len(rows):
        return rows, rated[rows]
    flat = np.round(flow.branch_spread[rows], 6)
    _, of = np.unique(np.concatenate([flat.real, flat.imag], axis=1), axis=0, return_inverse=True)
    order = np.lexsort((rated[rows], of.ravel()))
    first = np.flatnonzero(np.diff(of.ravel()[order], prepend=-1))
    keep = np.sort(rows[order[first]])
    return keep, rated[keep]

"""What lines and transformers may carry, and which of them can be the first to carry too much."""

from __future__ import annotations

import numpy as np

from evplan.feeder.flow import Flow
from evplan.feeder.network import Network
from evplan.feeder.study import Limits


def allowed(network: Network, limits: Limits) -> np.ndarray:
    """Return the current that each row of branches may carry, A; infinite where no rating is known."""
    found, phases = (
        np.full(len(network.row_branch), np.inf),
        np.bincount(network.row_branch, minlength=len(network.branches)),
    )
    for row, b in enumerate(network.row_branch):
        branch = network.branches[b]
        if branch.rating_a:
            found[row] = limits.line_loading * branch.rating_a
        if branch.rating_kva:
            volts = network.base_v[network.at[branch.end, int(network.row_phase[row])]]
            found[row] = limits.transformer_loading * 1000 * branch.rating_kva / phases[b] / volts
    return found


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

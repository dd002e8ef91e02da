"""Find the blocks of a program: what falls apart once the linking columns are fixed.

Remove the linking columns; rows and columns that are still connected form a block. Rows that touch
linking columns only belong to the master.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import bmat, csc_array
from scipy.sparse.csgraph import connected_components

from evplan.solver.compile import Program


@dataclass(frozen=True)
class Block:
    """One block: its rows, its own columns, and the linking columns it touches (indices of the program)."""

    rows: np.ndarray
    columns: np.ndarray
    links: np.ndarray


def find_blocks(program: Program, linking: np.ndarray) -> tuple[list[Block], np.ndarray]:
    """Return the blocks, and the rows of the master."""
    matrix = csc_array(program.matrix)
    own = np.flatnonzero(~linking)
    inner = matrix[:, own]
    count, label = connected_components(bmat([[None, inner], [inner.T, None]]), directed=False)
    row_label, column_label = label[: matrix.shape[0]], label[matrix.shape[0] :]
    touched = np.zeros(matrix.shape[0], bool)
    touched[inner.indices] = True
    blocks = []
    links = np.flatnonzero(linking)
    linked = matrix[:, links]
    link, linked_row = np.repeat(links, np.diff(linked.indptr)), linked.indices
    for number in np.unique(column_label):
        rows = np.flatnonzero((row_label == number) & touched)
        met = (row_label[linked_row] == number) & touched[linked_row]
        blocks.append(Block(rows, own[column_label == number], np.unique(link[met])))
    assert count >= len(blocks)
    return blocks, np.flatnonzero(~touched)


def part(program: Program, rows: np.ndarray, columns: np.ndarray, cost: np.ndarray, integer: bool) -> Program:
    """Return the part of a program on some rows and columns, with its own cost; it names neither, for speed."""
    return Program(
        matrix=csc_array(program.matrix[rows][:, columns]),
        cost=cost,
        offset=0.0,
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        lower=program.lower[columns],
        upper=program.upper[columns],
        integer=program.integer[columns] & integer,
        columns=[],
        rows=[],
    )


def bounded(program: Program) -> Program:
    """Return a program whose infinite column bounds are replaced by what its rows imply (LP relaxation)."""
    from evplan.solver.highs import extreme

    lower, upper = program.lower.copy(), program.upper.copy()
    for i in np.flatnonzero(np.isinf(upper)).tolist():
        upper[i] = extreme(program, i, largest=True)
    for i in np.flatnonzero(np.isinf(lower)).tolist():
        lower[i] = extreme(program, i, largest=False)
    return replace(program, lower=lower, upper=upper)


def with_bounds(program: Program, columns: np.ndarray, tighter: Program) -> Program:
    """Return the program with the bounds of some columns taken from a tighter program of just those."""
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[columns], upper[columns] = tighter.lower, tighter.upper
    return replace(program, lower=lower, upper=upper)

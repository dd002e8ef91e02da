"""Find the blocks of a program: what falls apart once the linking columns are fixed.

Remove the linking columns; rows and columns that are still connected form a block. Rows that touch
linking columns only belong to the master.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import bmat, coo_array, csc_array
from scipy.sparse.csgraph import connected_components

from evplan.solver.compile import Program

NOTHING = np.zeros(0, int)


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
    links = np.flatnonzero(linking)
    linked = matrix[:, links]
    met = touched[linked.indices]
    link, linked_label = np.repeat(links, np.diff(linked.indptr))[met], row_label[linked.indices][met]
    rows = _grouped(np.flatnonzero(touched), row_label[touched])
    columns, met_links = _grouped(own, column_label), _grouped(link, linked_label)
    blocks = [
        Block(rows.get(number, NOTHING), columns[number], np.unique(met_links.get(number, NOTHING)))
        for number in columns
    ]
    assert count >= len(blocks)
    return blocks, np.flatnonzero(~touched)


def _grouped(values: np.ndarray, label: np.ndarray) -> dict[int, np.ndarray]:
    """Return the values that carry each label, labels ascending, values in their order."""
    order = np.argsort(label, kind="stable")
    names, first = np.unique(label[order], return_index=True)
    return dict(zip(names.tolist(), np.split(values[order], first[1:]), strict=True)) if len(names) else {}


def part(program: Program, rows: np.ndarray, columns: np.ndarray, cost: np.ndarray, integer: bool) -> Program:
    """Return the part of a program on some rows and columns, with its own cost; it names neither, for speed."""
    own, order = program.by_row[rows], np.argsort(columns)
    at = np.searchsorted(columns[order], own.indices)
    inside = (at < len(columns)) & (columns[order][np.minimum(at, len(columns) - 1)] == own.indices)
    row = np.repeat(np.arange(len(rows)), np.diff(own.indptr))
    matrix = coo_array((own.data[inside], (row[inside], order[at[inside]])), (len(rows), len(columns)))
    return Program(
        matrix=csc_array(matrix),
        cost=cost,
        offset=0.0,
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        lower=program.lower[columns],
        upper=program.upper[columns],
        integer=program.integer[columns] & integer,
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

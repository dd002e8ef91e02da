"""Rows that tie programs together: over their sizes, over what their blocks cost, and over columns of the rows' own.

    least <= sizes x + blocks theta + sum over own columns of coefficient z

One row may be given way to, at a price of 1 a unit and everything else free: by how much is what it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from evplan.solver.around import Around
from evplan.solver.outcome import NOTHING

ACCURACY = 2e-7  # of the amounts a tie adds up


@dataclass(frozen=True)
class Tie:
    """One row. own : coefficient of each of the rows' own columns, by its number."""

    name: str
    sizes: np.ndarray  # shape (linking columns,)
    blocks: np.ndarray  # shape (blocks,)
    least: float
    own: Mapping[int, float] = field(default_factory=dict)
    scale: float = 1.0  # of the amounts it adds up


def tied(ties: Sequence[Tie], most: np.ndarray, giving: Sequence[str] = ()) -> Around:
    """Return what ties make of blocks whose costs are added up.

    most : upper bound of every own column, which are at least 0 and cost nothing.
    giving : names of ties that give way together, each by as much as the others; then nothing else costs anything.
    """
    links, blocks, own = len(ties[0].sizes), len(ties[0].blocks), len(most)
    rows = np.zeros((len(ties), links + blocks + own + bool(giving)))
    for row, tie in zip(rows, ties, strict=True):
        row[:links], row[links : links + blocks] = tie.sizes, tie.blocks
        for number, coefficient in tie.own.items():
            row[links + blocks + number] = coefficient
        if tie.name in giving:
            row[-1] = 1.0
    return Around(
        weight=np.zeros(blocks) if giving else np.ones(blocks),
        cost=np.append(np.zeros(own), [1.0] * bool(giving)),
        lower=np.zeros(own + bool(giving)),
        upper=np.append(most, [np.inf] * bool(giving)),
        rows=csr_array(rows),
        row_lower=np.array([tie.least for tie in ties]),
        row_upper=np.full(len(ties), np.inf),
        slack=np.array([max(NOTHING, ACCURACY * tie.scale) for tie in ties]),
    )

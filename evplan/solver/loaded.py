"""Programs of several futures, joined, taken apart and loaded into HiGHS, with what belongs to which future."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evplan.solver.blocks import find_blocks
from evplan.solver.compile import Program
from evplan.solver.decomposition import take_apart
from evplan.solver.join import Joined, Part
from evplan.solver.outcome import Options
from evplan.solver.subproblem import Cut

LATEST = 30  # cuts of a block that the next search begins with

Cuts = Sequence[tuple[int, np.ndarray, Cut]]  # block, where its links stand, what was learnt


def latest(cuts: Cuts) -> tuple[tuple[int, np.ndarray, Cut], ...]:
    """Return the last cuts of every block: the first of a search lie far from where it ends, and burden the next."""
    kept, seen = [], Counter[int]()
    for number, place, cut in reversed(cuts):
        seen[number] += 1
        if seen[number] <= LATEST:
            kept.append((number, place, cut))
    return tuple(reversed(kept))


class Loaded:
    """Programs, joined and loaded. future : of every block, shape (blocks,)."""

    def __init__(self, joined: Joined, parts: Sequence[Part], owner: Sequence[int], options: Options) -> None:
        """Load the programs. owner : the future of each."""
        self.joined = joined
        blocks, rows = find_blocks(joined.program, joined.linking)
        self.apart = take_apart(joined.program, joined.linking, blocks, rows, options.settings)
        of_column = np.zeros(joined.program.matrix.shape[1], int)  # of those that several have in common, the last
        for f, place in zip(owner, joined.place, strict=True):
            of_column[place] = f
        self.future = np.array([of_column[block.columns[0]] for block in blocks])
        ends = np.cumsum([part.program.matrix.shape[0] for part in parts])
        self._of_row = np.array(owner)[np.searchsorted(ends, rows, side="right")]  # of each row over sizes alone

    def sizes_of(self, f: int) -> Program:
        """Return the sizes at one future's costs, without what the others ask of them: who comes there need not be served here."""
        sizes, own = self.apart.sizes, self._of_row == f
        return replace(
            sizes,
            row_lower=np.where(own, sizes.row_lower, -np.inf),
            row_upper=np.where(own, sizes.row_upper, np.inf),
            cost=self.joined.sizes_cost[[f]].toarray().ravel(),
            offset=float(self.joined.offsets[f]),
        )

    def blocks_of(self, f: int) -> list[int]:
        """Return the numbers of one future's blocks."""
        return np.flatnonzero(self.future == f).tolist()

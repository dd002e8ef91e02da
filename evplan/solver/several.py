"""Sizes for several futures at once: with what is built given, with it to be chosen for all, or for one future alone.

All three visit the same blocks in HiGHS, which stay warm, and each begins with what the last one learnt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.blocks import find_blocks
from evplan.solver.compile import Program
from evplan.solver.decomposition import take_apart
from evplan.solver.join import Joined, Part
from evplan.solver.outcome import Options, Outcome, Progress
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


class Several:
    """The futures' programs, joined, taken apart and loaded."""

    def __init__(self, joined: Joined, parts: Sequence[Part], options: Options) -> None:
        self._joined, self._parts = joined, parts
        blocks, master_rows = find_blocks(joined.program, joined.linking)
        self._apart = take_apart(joined.program, joined.linking, blocks, master_rows, options.settings)
        owner = np.zeros(joined.program.matrix.shape[1], int)  # the future of each column, of what is built the last
        for f, place in enumerate(joined.place):
            owner[place] = f
        self._future = np.array([owner[block.columns[0]] for block in blocks])
        ends = np.cumsum([part.program.matrix.shape[0] for part in parts])
        self._row_future = np.searchsorted(ends, master_rows, side="right")  # of each row over sizes alone
        self._keys = {
            i: key
            for part, place in zip(parts, joined.place, strict=True)
            for i, key in zip(place[part.linking].tolist(), part.keys, strict=True)
        }

    def given(self, f: int, known: Mapping[tuple[str, Any], float], built: Sequence[str], options: Options) -> Outcome:
        """Return how one future is best run with what is built given.

        known : values of linking columns by key, those left out 0; what is not built is only where to begin.
        """
        sizes, links = self._sizes_of(f), self._apart.links
        keys = [self._keys[i] for i in links.tolist()]
        mine = np.isin(links, self._joined.place[f])
        values = np.array([known.get(key, 0.0) for key in keys]) * mine
        fixed = np.array([key[0] in built for key in keys])
        at = np.clip(values, sizes.lower, sizes.upper)
        sizes = replace(sizes, lower=np.where(fixed, at, sizes.lower), upper=np.where(fixed, at, sizes.upper))
        return self._search(f, sizes, replace(options, start=at))

    def together(self, each: Sequence[Outcome]) -> np.ndarray | None:
        """Return a plan of every future as linking columns of all; None if one has none. What is built must be the same in each."""
        x = np.zeros(len(self._joined.linking))
        for found, place in zip(each, self._joined.place, strict=True):
            if found.x is None:
                return None
            x[place] = found.x[place]
        return x[self._joined.linking]

    def for_all(self, options: Options, progress: Progress | None = None) -> Outcome:
        """Return the sizes that are best over all futures."""
        options = replace(options, cuts=latest(options.cuts))
        return search_over(self._apart, self._apart.sizes, self._joined.around(self._future), options, progress)

    def alone(self, f: int, options: Options) -> Outcome:
        """Return the sizes that are best in one future. options.cuts : of any future; those of others are left out."""
        mine = set(np.flatnonzero(self._future == f).tolist())
        cuts = latest([cut for cut in options.cuts if cut[0] in mine])
        return self._search(f, self._sizes_of(f), replace(options, cuts=cuts))

    def _search(self, f: int, sizes: Program, options: Options) -> Outcome:
        """Search over one future's blocks alone."""
        own = self._future == f
        return search_over(self._apart, sizes, Around(own.astype(float)), options, active=np.flatnonzero(own).tolist())

    def _sizes_of(self, f: int) -> Program:
        """Return the sizes at one future's costs, without what the others ask of them: who comes there need not be served here."""
        sizes, own = self._apart.sizes, self._row_future == f
        return replace(
            sizes,
            row_lower=np.where(own, sizes.row_lower, -np.inf),
            row_upper=np.where(own, sizes.row_upper, np.inf),
            cost=self._joined.sizes_cost[[f]].toarray().ravel(),
            offset=float(self._joined.offsets[f]),
        )

    def costs(self, x: np.ndarray) -> np.ndarray:
        """Return what a solution costs in each future."""
        pairs = zip(self._parts, self._joined.place, strict=True)
        return np.array([float(part.program.cost @ x[place]) + part.program.offset for part, place in pairs])

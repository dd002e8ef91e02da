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

LATEST = 12  # cuts of a block that the next search begins with


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
        self._owner = np.zeros(
            joined.program.matrix.shape[1], int
        )  # the future of each column, of what is built the last
        for f, place in enumerate(joined.place):
            self._owner[place] = f
        self._future = np.array([self._owner[block.columns[0]] for block in blocks])
        ends = np.cumsum([part.program.matrix.shape[0] for part in parts])
        self._row_future = np.searchsorted(ends, master_rows, side="right")  # of each row over sizes alone
        self._keys = {
            i: key
            for part, place in zip(parts, joined.place, strict=True)
            for i, key in zip(place[part.linking].tolist(), part.keys, strict=True)
        }

    def given(
        self,
        known: Sequence[Mapping[tuple[str, Any], float]],
        built: Sequence[str],
        options: Options,
        only: int | None = None,
    ) -> Outcome:
        """Return how every future is best run with what is built given.

        known : in each future, values of linking columns by key, those left out 0; what is not built is only where to begin.
        only : the one future to run; None: all.
        """
        sizes, links = self._apart.sizes, self._apart.links
        owner = self._owner[links]
        values = np.array([known[f].get(self._keys[int(i)], 0.0) for i, f in zip(links, owner, strict=True)])
        fixed = np.array([self._keys[int(i)][0] in built for i in links])
        at = np.clip(values, sizes.lower, sizes.upper)
        weight = self._joined.risk.probability if only is None else np.eye(len(self._parts))[only]
        sizes = replace(
            sizes if only is None else self._sizes_of(only), lower=np.where(fixed, at, sizes.lower), upper=np.where(fixed, at, sizes.upper),
            cost=weight @ self._joined.sizes_cost.toarray(), offset=float(weight @ self._joined.offsets),
        )  # fmt: skip
        active = None if only is None else np.flatnonzero(self._future == only).tolist()
        return search_over(self._apart, sizes, Around(weight[self._future]), replace(options, start=at), active=active)

    def for_all(self, options: Options, progress: Progress | None = None) -> Outcome:
        """Return the sizes that are best over all futures."""
        options = replace(options, cuts=latest(options.cuts))
        return search_over(self._apart, self._apart.sizes, self._joined.around(self._future), options, progress)

    def alone(self, f: int, options: Options) -> Outcome:
        """Return the sizes that are best in one future. options.cuts : of any future; those of others are left out."""
        own = np.flatnonzero(self._future == f)
        sizes = replace(
            self._sizes_of(f),
            cost=self._joined.sizes_cost[[f]].toarray().ravel(),
            offset=float(self._joined.offsets[f]),
        )
        mine = set(own.tolist())
        cuts = latest([cut for cut in options.cuts if cut[0] in mine])
        return search_over(
            self._apart,
            sizes,
            Around((self._future == f).astype(float)),
            replace(options, cuts=cuts),
            active=own.tolist(),
        )

    def _sizes_of(self, f: int) -> Program:
        """Return the sizes without what the other futures ask of them: who comes there need not be served here."""
        sizes, own = self._apart.sizes, self._row_future == f
        lower, upper = np.where(own, sizes.row_lower, -np.inf), np.where(own, sizes.row_upper, np.inf)
        return replace(sizes, row_lower=lower, row_upper=upper)

    def costs(self, x: np.ndarray) -> np.ndarray:
        """Return what a solution costs in each future."""
        pairs = zip(self._parts, self._joined.place, strict=True)
        return np.array([float(part.program.cost @ x[place]) + part.program.offset for part, place in pairs])

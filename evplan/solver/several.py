"""Sizes for several futures at once: with what is built given, with it to be chosen for all, or for one future alone.

All visit the same blocks in HiGHS, which stay warm; the second begins with what the first learnt in each future, the third with
what the second did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evplan.solver.around import Around
from evplan.solver.benders import search_over
from evplan.solver.compile import Program
from evplan.solver.join import Joined, Part
from evplan.solver.loaded import Loaded, latest
from evplan.solver.outcome import Options, Outcome, Progress


class Several:
    """The futures' programs, joined, taken apart and loaded."""

    def __init__(self, joined: Joined, parts: Sequence[Part], options: Options) -> None:
        self._joined, self._parts = joined, parts
        self._loaded = Loaded(joined, parts, range(len(parts)), options)
        self._keys = {
            i: key
            for part, place in zip(parts, joined.place, strict=True)
            for i, key in zip(place[part.linking].tolist(), part.keys, strict=True)
        }

    def given(self, f: int, known: Mapping[tuple[str, Any], float], built: Sequence[str], options: Options) -> Outcome:
        """Return how one future is best run with what is built given.

        known : values of linking columns by key, those left out 0; what is not built is only where to begin.
        """
        sizes, links = self._loaded.sizes_of(f), self._loaded.apart.links
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
        options, loaded = replace(options, cuts=latest(options.cuts)), self._loaded
        return search_over(loaded.apart, loaded.apart.sizes, self._joined.around(loaded.future), options, progress)

    def alone(self, f: int, options: Options) -> Outcome:
        """Return the sizes that are best in one future. options.cuts : of any future; those of others are left out."""
        mine = set(self._loaded.blocks_of(f))
        cuts = latest([cut for cut in options.cuts if cut[0] in mine])
        return self._search(f, self._loaded.sizes_of(f), replace(options, cuts=cuts))

    def _search(self, f: int, sizes: Program, options: Options) -> Outcome:
        """Search over one future's blocks alone."""
        own = (self._loaded.future == f).astype(float)
        return search_over(self._loaded.apart, sizes, Around(own), options, active=self._loaded.blocks_of(f))

    def costs(self, x: np.ndarray) -> np.ndarray:
        """Return what a solution costs in each future."""
        pairs = zip(self._parts, self._joined.place, strict=True)
        return np.array([float(part.program.cost @ x[place]) + part.program.offset for part, place in pairs])

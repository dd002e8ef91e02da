"""Cuts carried from a program into the one that joins it with others, and back: their blocks are the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evplan.solver.join import Joined, Part
from evplan.solver.subproblem import Cut

Cuts = tuple[
    tuple[int, np.ndarray, Cut], ...
]  # block, where its links stand among all linking columns, what was learnt


def into(joined: Joined, parts: Sequence[Part], cuts: Sequence[Cuts]) -> Cuts:
    """Return the cuts of every part as cuts of the joined program; none if some part has none."""
    if not all(cuts):
        return ()
    found, first = [], 0
    for f, own in enumerate(cuts):
        at = _links(joined, parts, f)
        found += [_moved(first + number, at[place], cut) for number, place, cut in own]
        first += blocks_of(own)
    return tuple(found)


def out_of(joined: Joined, parts: Sequence[Part], cuts: Cuts, blocks: Sequence[int]) -> list[Cuts]:
    """Return the cuts of the joined program part by part. blocks : how many each part has."""
    ends = np.cumsum(blocks)
    found: list[list[tuple[int, np.ndarray, Cut]]] = [[] for _ in parts]
    back = []
    for f in range(len(parts)):
        at = _links(joined, parts, f)
        where = np.full(int(joined.linking.sum()), -1)
        where[at] = np.arange(len(at))
        back.append(where)
    for number, place, cut in cuts:
        f = int(np.searchsorted(ends, number, side="right"))
        found[f].append(_moved(number - int(ends[f] - blocks[f]), back[f][place], cut))
    return [tuple(own) for own in found]


def blocks_of(cuts: Cuts) -> int:
    """Return how many blocks a program has whose every block has a cut."""
    return 1 + max((number for number, _, _ in cuts), default=-1)


def _links(joined: Joined, parts: Sequence[Part], f: int) -> np.ndarray:
    """Return where the linking columns of a part stand among those of the joined program."""
    return (np.cumsum(joined.linking) - 1)[joined.place[f][parts[f].linking]]


def _moved(number: int, place: np.ndarray, cut: Cut) -> tuple[int, np.ndarray, Cut]:
    order = np.argsort(place)
    return number, place[order], Cut(cut.feasible, cut.value, cut.slope[order], cut.x[order])

"""Several programs as one, with some of their columns in common: the same plan in several futures.

    minimise   (1 - w) * sum over f of p[f] cost[f]  +  w * (eta + 1 / tail * sum over f of p[f] over[f])
               over[f] >= cost[f] - eta,  over[f] >= 0

cost[f] is the cost in future f, which comes with probability p[f]. What w weighs is the conditional value at risk: the mean cost
in the worst futures, a share `tail` of all (Rockafellar and Uryasev 2000). With w = 0 only expected costs count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from evplan.solver.around import Around
from evplan.solver.compile import Program


@dataclass(frozen=True)
class Part:
    """One of the programs without its model: linking marks the columns that its blocks share, keys name those."""

    program: Program
    keys: tuple[tuple[str, Any], ...]  # component and index of each linking column
    linking: np.ndarray

    def columns(self, names: Sequence[str]) -> dict[tuple[str, Any], int]:
        """Return where the columns of some components stand."""
        pairs = zip(self.keys, np.flatnonzero(self.linking).tolist(), strict=True)
        return {key: column for key, column in pairs if key[0] in names}


@dataclass(frozen=True)
class Risk:
    """How costs in several futures make an objective. probability : shape (futures,), sums to 1."""

    probability: np.ndarray
    tail: float = 1.0
    weight: float = 0.0

    def of(self, costs: np.ndarray) -> float:
        """Return the objective of a cost in each future."""
        return float((1 - self.weight) * self.probability @ costs + self.weight * self.worst(costs))

    def worst(self, costs: np.ndarray) -> float:
        """Return the mean cost in the worst futures."""
        order = np.argsort(-costs)
        before = np.cumsum(self.probability[order]) - self.probability[order]
        counted = np.clip(self.tail - before, 0.0, self.probability[order])
        return float(counted @ costs[order] / counted.sum())


@dataclass(frozen=True)
class Joined:
    """The programs as one. place[p] : where the columns of program p stand in it."""

    program: Program
    linking: np.ndarray
    place: tuple[np.ndarray, ...]
    offsets: np.ndarray  # shape (futures,)
    risk: Risk
    sizes_cost: csr_array  # shape (futures, linking columns)

    def around(self, future: np.ndarray) -> Around:
        """Return the objective over the blocks' costs, each weighed by its future's probability and by the tail it may lie in.

        future : of every block, shape (blocks,).
        """
        risk, futures, blocks = self.risk, len(self.offsets), len(future)
        weight = (1 - risk.weight) * risk.probability[future]
        if not risk.weight:
            return Around(weight)
        over = np.concatenate([[risk.weight], risk.weight / risk.tail * risk.probability])
        sizes = self.sizes_cost.shape[1]
        rows = np.zeros((futures, sizes + blocks + 1 + futures))  # over[f] + eta - cost[f] >= 0
        rows[:, :sizes] = -self.sizes_cost.toarray()
        rows[future, sizes + np.arange(blocks)] = -1.0
        rows[:, sizes + blocks] = 1.0
        rows[np.arange(futures), sizes + blocks + 1 + np.arange(futures)] = 1.0
        lower = np.concatenate([[-np.inf], np.zeros(futures)])
        none = np.full(futures, np.inf)
        return Around(weight, over, lower, np.full(1 + futures, np.inf), csr_array(rows), self.offsets, none)


def join(parts: Sequence[Part], shared: Sequence[str], risk: Risk) -> Joined:
    """Return several programs as one that has the columns of the components named `shared` in common."""
    return join_named(parts, [part.columns(shared) for part in parts], risk)


def join_named(
    parts: Sequence[Part], named: Sequence[Mapping[Any, int]], risk: Risk, future: Sequence[int] | None = None
) -> Joined:
    """Return several programs as one in which columns of one name are one column.

    named : of each program, where the columns that have a name stand; the others are its own.
    future : the future that each program belongs to, whose cost is the sum of theirs; None: each is one by itself.
    """
    known: dict[Any, int] = {}
    place, count = [], 0
    for part, common in zip(parts, named, strict=True):
        own = np.full(len(part.linking), -1)
        for key, column in common.items():
            own[column] = known.get(key, -1)
        new = own < 0
        own[new] = count + np.arange(new.sum())
        count += int(new.sum())
        known |= {key: int(own[column]) for key, column in common.items()}
        place.append(own)
    return _put_together(
        parts, tuple(place), count, risk, np.arange(len(parts)) if future is None else np.array(future)
    )


def _put_together(
    parts: Sequence[Part], place: tuple[np.ndarray, ...], count: int, risk: Risk, future: np.ndarray
) -> Joined:
    cost, integer, linking = np.zeros(count), np.zeros(count, bool), np.zeros(count, bool)
    lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
    rows, columns, values, first = [], [], [], 0
    futures = len(risk.probability)
    own_cost = np.zeros((futures, count))
    for f, part, own in zip(future.tolist(), parts, place, strict=True):
        program, matrix = part.program, part.program.matrix.tocoo()
        rows.append(matrix.row + first)
        columns.append(own[matrix.col])
        values.append(matrix.data)
        first += matrix.shape[0]
        own_cost[f, own[part.linking]] += program.cost[part.linking]
        cost[own[~part.linking]] = program.cost[~part.linking]  # a block's cost; around the blocks it is weighed
        lower[own], upper[own] = np.maximum(lower[own], program.lower), np.minimum(upper[own], program.upper)
        integer[own] |= program.integer
        linking[own] |= part.linking
    offsets = np.bincount(future, [part.program.offset for part in parts], futures)
    weights = (1 - risk.weight) * risk.probability
    cost[linking] = weights @ own_cost[:, linking]
    program = Program(
        matrix=csc_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (first, count)),
        cost=cost,
        offset=float(weights @ offsets),
        row_lower=np.concatenate([part.program.row_lower for part in parts]),
        row_upper=np.concatenate([part.program.row_upper for part in parts]),
        lower=lower,
        upper=upper,
        integer=integer,
    )
    return Joined(program, linking, place, offsets, risk, csr_array(own_cost[:, linking]))

"""Linear expressions over arrays: one for every place of a grid, written as a formula is.

    stored, charge = each(block.stored_kwh), each(block.charge_kw)      # shape (years, steps, depths)
    block.energy = Rows(stored - stored[:, before] - h * charge == 0)   # a row for every year, step and depth

Arrays of numbers are broadcast as numpy does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from evplan.linear.columns import grid
from evplan.linear.pairs import Linear, Pairs, members


class Term(NamedTuple):
    """What one variable adds to every place: the sum over k of factor * column. Shapes (*grid, k), broadcast."""

    variable: Any
    at: np.ndarray  # place among the variable's columns, -1 where there is none
    factor: np.ndarray


class Affine:
    """A constant and terms for every place of a grid."""

    __array_ufunc__ = None  # numpy leaves `array * affine` to this class

    def __init__(self, terms: tuple[Term, ...], constant: Any = 0.0) -> None:
        self.terms, self.constant = terms, np.asarray(constant, float)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the grid."""
        shapes = (part.shape[:-1] for term in self.terms for part in (term.at, term.factor))
        return np.broadcast_shapes(self.constant.shape, *shapes)

    def __add__(self, other: Any) -> Affine:
        if isinstance(other, Affine):
            return Affine(self.terms + other.terms, self.constant + other.constant)
        return Affine(self.terms, self.constant + other)

    __radd__ = __add__

    def __mul__(self, factor: Any) -> Affine:
        wide = np.asarray(factor, float)
        terms = (Term(variable, at, own * wide[..., None]) for variable, at, own in self.terms)
        return Affine(tuple(terms), self.constant * wide)

    __rmul__ = __mul__

    def __truediv__(self, factor: Any) -> Affine:
        return self * (1.0 / np.asarray(factor, float))

    def __neg__(self) -> Affine:
        return self * -1.0

    def __sub__(self, other: Any) -> Affine:
        return self + (-other if isinstance(other, Affine) else -np.asarray(other, float))

    def __rsub__(self, other: Any) -> Affine:
        return -self + other

    def __le__(self, other: Any) -> Relation:
        return Relation(self - other, -np.inf, 0.0)

    def __ge__(self, other: Any) -> Relation:
        return Relation(self - other, 0.0, np.inf)

    # Python's own `==` gives a bool; here it is a row's.
    def __eq__(self, other: Any) -> Relation:  # type: ignore[override]
        return Relation(self - other, 0.0, 0.0)

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, key: Any) -> Affine:
        """Return the places that `key` picks, as of an array."""
        shape, keys = self.shape, key if isinstance(key, tuple) else (key,)
        inner = (*keys, slice(None)) if any(part is ... for part in keys) else keys
        terms = (Term(term.variable, *(part[inner] for part in _wide(term, shape))) for term in self.terms)
        return Affine(tuple(terms), np.broadcast_to(self.constant, shape)[key])

    def sum(self, *axes: int) -> Affine:
        """Return the sum over some axes; over all if none is named."""
        shape = self.shape
        named = sorted({axis % len(shape) for axis in axes} if axes else range(len(shape)))
        left = tuple(size for axis, size in enumerate(shape) if axis not in named)
        last, many = range(len(left), len(shape)), math.prod(shape[axis] for axis in named)

        def flat(part: np.ndarray) -> np.ndarray:
            return np.moveaxis(part, named, last).reshape(*left, many * part.shape[-1])

        terms = (Term(term.variable, *map(flat, _wide(term, shape))) for term in self.terms)
        return Affine(tuple(terms), np.broadcast_to(self.constant, shape).sum(axis=tuple(named)))

    def sum_by(self, group: np.ndarray, count: int) -> Affine:
        """Return sums over parts of the last axis. group : the sum that each place counts in, -1 for none, shape (places,)."""
        order = np.argsort(group, kind="stable")
        order = order[group[order] >= 0]
        size = np.bincount(group[order], minlength=count)
        first = np.cumsum(size) - size
        padded = np.full((count, max(1, int(size.max(initial=0)))), -1)
        padded[group[order], np.arange(len(order)) - first[group[order]]] = order
        picked = self[..., np.maximum(padded, 0)] * (padded >= 0)
        return picked.sum(-1)

    def entries(self, where: np.ndarray) -> list[tuple[Any, np.ndarray, np.ndarray, np.ndarray]]:
        """Return (variable, row, place, factor) of every entry; the places in `where` are rows, in order."""
        found = []
        for term in self.terms:
            at, factor = (part[where] for part in _wide(term, where.shape))
            row, k = np.nonzero((at >= 0) & (factor != 0))
            found.append((term.variable, row, at[row, k], factor[row, k]))
        return found

    def pairs(self, where: np.ndarray) -> list[Pairs]:
        """Return the pairs of every place in `where`."""
        rows: list[Pairs] = [[] for _ in range(int(np.count_nonzero(where)))]
        for variable, row, at, factor in self.entries(where):
            own = list(members(variable).values())
            for i, place, number in zip(row.tolist(), at.tolist(), factor.tolist(), strict=True):
                rows[i].append((number, own[place]))
        return rows


@dataclass(frozen=True)
class Relation:
    """lower <= body <= upper at every place."""

    body: Affine
    lower: float
    upper: float


def each(variable: Any) -> Affine:
    """Return a variable's columns as an expression over its indices; 0 where it has none."""
    return Affine((Term(variable, grid(variable)[..., None], np.ones(1)),))


def gathered(shape: tuple[int, ...], pairs: Mapping[Any, Pairs]) -> Affine:
    """Return an expression over a grid from the pairs at some of its places."""
    total = Affine((), np.zeros(shape))
    for variable in {id(v.parent_component()): v.parent_component() for own in pairs.values() for _, v in own}.values():
        place = {id(member): i for i, member in enumerate(members(variable).values())}
        mine = {key: [(c, place[id(v)]) for c, v in own if id(v) in place] for key, own in pairs.items()}
        longest = max(map(len, mine.values()))
        at, factor = np.full((*shape, longest), -1), np.zeros((*shape, longest))
        for key, own in mine.items():
            if own:
                factor[key][: len(own)], at[key][: len(own)] = zip(*own, strict=True)
        total += Affine((Term(variable, at, factor),))
    return total


def _wide(term: Term, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    k = np.broadcast_shapes(term.at.shape[-1:], term.factor.shape[-1:])
    return np.broadcast_to(term.at, shape + k), np.broadcast_to(term.factor, shape + k)


class Total(Linear):
    """The sum of everything in an expression over arrays, as Pyomo has expressions; its pairs are made when asked for."""

    __slots__ = ("affine",)

    def __init__(self, affine: Affine) -> None:
        self.affine = affine.sum()
        self.constant_ = float(self.affine.constant)
        count = sum(len(row) for _, row, _, _ in self.affine.entries(np.array(True)))
        self._nargs = count + (self.constant_ != 0)  # type: ignore[misc]

    @property
    def pairs(self) -> Pairs:  # type: ignore[override]
        """Return the pairs of the sum."""
        return self.affine.pairs(np.array(True))[0]

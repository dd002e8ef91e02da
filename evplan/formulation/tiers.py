"""Tiers: an amount split into parts that each pay their own price.

    part[k,n]   what of amount k falls into tier n                        >= 0, <= width[n]
    full[k,n]   1 if tier n is full, so that the next may begin           binary, only where prices fall

    sum over n of part[k,n] = amount[k]                                   *_split
    part[k,n] >= width[n] full[k,n]                                       *_filled    where prices fall
    part[k,n+1] <= width[n+1] full[k,n]                                   *_begun     where prices fall

Rising prices fill the cheapest tier first by themselves. The last tier is as wide as the connection can make it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.assets.tariff import Tiers
from evplan.linear.affine import Affine, gathered
from evplan.linear.pairs import Linear, Pairs

Keys = dict[tuple, tuple[Pairs, Tiers, float]]  # key: the amount, its tiers, the most it can be


def add(block: Any, name: str, keys: Keys, shape: tuple[int, ...]) -> list[Affine]:
    """Add the parts of every amount and return what the amounts of each month cost, shape (years, months).

    name : begins the components' names.  shape : of the grid of years, lines and months that the amounts stand in.
    """
    if not keys:
        return []
    parts = [(*key, n) for key, (_, tiers, _) in keys.items() for n in range(len(tiers))]
    width = {key: widths(tiers, most) for key, (_, tiers, most) in keys.items()}
    falling = [key for key, (_, tiers, _) in keys.items() if falls(tiers)]
    steps = [(*key, n) for key in falling for n in range(len(keys[key][1]) - 1)]
    part = pyo.Var(parts, domain=pyo.NonNegativeReals, bounds=lambda b, *k: (0, width[k[:-1]][k[-1]]))
    full = pyo.Var(steps, domain=pyo.Binary)
    block.add_component(f"{name}_tier", part)
    block.add_component(f"{name}_full", full)

    def split(b: Any, *key: Any) -> Any:
        amount = [(-coefficient, variable) for coefficient, variable in keys[key][0]]
        return Linear([*((1.0, part[(*key, n)]) for n in range(len(keys[key][1]))), *amount]) == 0

    def filled(b: Any, *k: Any) -> Any:
        return Linear([(1.0, part[k]), (-width[k[:-1]][k[-1]], full[k])]) >= 0

    def begun(b: Any, *k: Any) -> Any:
        return Linear([(1.0, part[(*k[:-1], k[-1] + 1)]), (-width[k[:-1]][k[-1] + 1], full[k])]) <= 0

    said = {
        "split": (list(keys), split, "every part of an amount is billed in one tier"),
        "filled": (steps, filled, "a tier is full before the next begins"),
        "begun": (steps, begun, "a tier begins when the one before is full"),
    }
    for row, (index, rule, doc) in said.items():
        if index:
            block.add_component(f"{name}_{row}", pyo.Constraint(index, rule=rule, doc=doc))
    costs = {key: [(t.price, part[(*key, n)]) for n, t in enumerate(tiers)] for key, (_, tiers, _) in keys.items()}
    return [gathered(shape, costs).sum(1)]


def widths(tiers: Tiers, most: float) -> list[float]:
    """Return how much each tier holds of an amount that is at most `most`."""
    ends = np.minimum([tier.up_to for tier in tiers], most)
    return np.maximum(np.diff(ends, prepend=0.0), 0.0).tolist()


def falls(tiers: Tiers) -> bool:
    """Return whether a later tier is cheaper than an earlier one."""
    return bool((np.diff([tier.price for tier in tiers]) < 0).any())

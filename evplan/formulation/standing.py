"""What stands before a plan: a number, or at a later stage a column that the stage before decides.

    stood_X[index]     size X that stands when the stage begins               as X of the stage before
    X[index] >= stood_X[index]                                                X_stays

Costs are paid, and modules and fixed costs counted, for what is added: X - stood_X.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from evplan.linear.affine import Affine, gathered
from evplan.linear.pairs import Linear, Pairs
from evplan.parameters.types import SiteParameters

Standing = Callable[[Any], tuple[Pairs, float]]


def standing(block: Any, site: SiteParameters, name: str, existing: Callable[[Any], float]) -> Standing:
    """Return what stands of size `name` at an index, as pairs and a number.

    existing : what stands before anything is planned; None is the index of a size that has none.
    """
    if not site.later:
        return lambda index: ([], existing(index))
    size = getattr(block, name)
    axes = [list(size.index_set())] if size.is_indexed() else []
    stood = pyo.Var(
        *axes, domain=pyo.NonNegativeReals, bounds=lambda b, *index: (existing(_plain(index)), size[_plain(index)].ub)
    )
    block.add_component(f"stood_{name}", stood)
    stays = pyo.Constraint(
        *axes, rule=lambda b, *index: Linear([(1.0, size[_plain(index)]), (-1.0, stood[_plain(index)])]) >= 0,
        doc="what stands is not taken away",
    )  # fmt: skip
    block.add_component(f"{name}_stays", stays)
    return lambda index: ([(1.0, stood[index])], 0.0)


def _plain(index: tuple) -> Any:
    return index[0] if len(index) == 1 else index or None


def added_cost(cost: float, variable: Any, stands: tuple[Pairs, float]) -> Affine:
    """Return what adding to what stands costs."""
    pairs, number = stands
    return cost * (gathered((), {(): [(1.0, variable), *((-c, v) for c, v in pairs)]}) - number)

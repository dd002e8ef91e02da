"""A plan like another that begins some years later: its dates, and its prices in the money of the other's first year.

general     rises with inflation, which money of the first year leaves out
bills       x ((1 + electricity_escalation) / (1 + inflation))^n
upkeep      x ((1 + om_escalation) / (1 + inflation))^n
equipment   x (1 + cost_change_per_year)^n

So a figure of the later plan is one of the first year's money; worth is carried back over n years at (1 + discount_rate) / (1 + inflation).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from evplan.instance.finance import Finance
from evplan.instance.moved import moved
from evplan.instance.schema import Instance

BILLS = (
    "price_per_kwh", "price_per_kw_month", "price_per_kw_year", "price_per_kva_month", "excess_price_per_kva_month",
    "fixed_per_month", "minimum_per_month", "export_per_kwh",
)  # fmt: skip
UPKEEP = ("om_per_year", "om_per_kw_year")
MOST_MODELLED = 12  # years that a plan may model
EQUIPMENT = ("cost", "install_cost", "cost_per_kw", "cost_per_kwh")


def later(tree: dict[str, Any], instance: Instance, years: int) -> dict[str, Any]:
    """Return the tree of a plan that begins some years later, its prices in money of the first year. instance : what the tree describes."""
    if not years:
        return dict(tree)
    rises = beyond_inflation(instance.finance, instance.finance.electricity_escalation) ** years
    own = {**tree, "catalogue": _catalogue(tree.get("catalogue") or {}, instance, years)}
    if "tariffs" in tree:  # expanded, as those named by `use` have no prices in the tree
        own["tariffs"] = {
            name: _bills(one.model_dump(mode="json", exclude_defaults=True), rises)
            for name, one in instance.tariffs.items()
        }
    return moved(own, instance, years)


def beyond_inflation(finance: Finance, rate: float | None) -> float:
    """Return how much dearer a year makes what rises at a rate, in money of the first year. rate : None for inflation itself."""
    return 1.0 if rate is None else (1 + rate) / (1 + finance.inflation)


def carried_back(finance: Finance, years: int) -> float:
    """Return what an amount, in money of the first year and due some years after it, is worth in the first year."""
    return ((1 + finance.inflation) / (1 + finance.discount_rate)) ** years


def _catalogue(tree: dict[str, Any], instance: Instance, years: int) -> dict[str, Any]:
    """Return a catalogue whose equipment costs what it will, of entries that are named by `use` too."""
    own, upkeep = instance.catalogue, beyond_inflation(instance.finance, instance.finance.om_escalation) ** years
    found = dict(tree)
    found["chargers"] = [
        _priced(said, one, upkeep, years) for said, one in zip(tree.get("chargers", []), own.chargers, strict=True)
    ]
    for kind in ("solar", "battery"):
        if isinstance(tree.get(kind), dict) and getattr(own, kind) is not None:
            found[kind] = _priced(tree[kind], getattr(own, kind), upkeep, years)
    return found


def _priced(said: dict[str, Any], one: Any, upkeep: float, years: int) -> dict[str, Any]:
    change = (1 + one.cost_change_per_year) ** years
    factors = {**dict.fromkeys(EQUIPMENT, change), **dict.fromkeys(UPKEEP, upkeep)}
    return said | {
        name: getattr(one, name) * factor for name, factor in factors.items() if factor != 1 and getattr(one, name, 0.0)
    }


def _bills(node: Any, factor: float) -> Any:
    """Return tariffs whose prices are a factor of what they are, those of series too."""
    if factor == 1:
        return node
    if isinstance(node, list):
        return [_bills(one, factor) for one in node]
    if not isinstance(node, dict):
        return node
    found = {
        name: value * factor if name in BILLS and value is not None else _bills(value, factor)
        for name, value in node.items()
    }
    if found.get("energy_series"):
        found["energy_series"] = {**found["energy_series"], "scale": factor * found["energy_series"].get("scale", 1.0)}
    return found


def seen(horizon: dict[str, Any], modelled: Sequence[int], by_year: Sequence[float]) -> dict[str, Any]:
    """Return a horizon that models the years in which demand turns and from which it stays, beside those of the base."""
    if horizon.get("stages") is not None:
        return horizon
    path = list(by_year)[: horizon.get("years", 15)]
    rises = [b - a for a, b in itertools.pairwise(path)]
    moves = [k for k, rise in enumerate(rises) if rise]
    turns = [this + 1 for this, after in itertools.pairwise(moves) if (rises[this] > 0) != (rises[after] > 0)]
    last = [moves[-1] + 1] if moves else []
    changes = {1, *(k + 1 for k in (*turns, *last))}
    years = sorted({*modelled, *changes})
    return {**horizon, "operating_years": years if len(years) <= MOST_MODELLED else sorted(changes)[:MOST_MODELLED]}

"""Power that is billed: demand charges with tiers and ratchets, coincident peaks, contracted capacity.

    billed_kw[y,l,m]       highest import of month m inside line l's windows, kW                     >= 0
    remembered_kw[y,l,m]   the same, where other months are billed for it                            >= 0
    ratcheted_kw[y,l,m]    what a line with a ratchet bills, kW                                      >= 0
    coincident_kw[y,c]     highest import in the utility's peak hours of line c, kW                  >= 0
    contracted_kw[y]       contracted capacity, kW                                                   >= 0
    excess_kw[y,m]         highest import above it, kW                                               >= 0

    import_kw[y,t] <= billed_kw[y,l,m(t)]                    where line l applies                    billed_power
    import_kw[y,t] <= remembered_kw[y,l,m(t)] <= connection_kw                                       remembered_*
    ratcheted_kw[y,l,m] >= remembered_kw[y,l,m], >= fraction * remembered_kw[y,l,k]                  ratchet_*
    import_kw[y,t] <= coincident_kw[y,c] <= connection_kw                                            coincident_*
    highest_kw[y,m] <= contracted_kw[y] + excess_kw[y,m]                                             contracted_power

A line that applies at every step and has no ratchet bills the month's highest import (`highest_kw`) and needs no rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.assets.tariff import Contract
from evplan.formulation import tiers
from evplan.formulation.charges import Charges
from evplan.formulation.connection import largest_kw
from evplan.formulation.values import Values
from evplan.linear import Linear, Rows, members
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Add what is billed for power to the site's block and register it."""
    lines = site.tariffs[0].demand
    ratcheted = [i for i, line in enumerate(lines) if line.ratchet]
    _windows(block, site, [i for i, line in enumerate(lines) if not line.ratchet and not line.applies.all()])
    if ratcheted:
        _ratchets(block, site, ratcheted)
    _lines(block, site, charges)
    _coincident(block, site, charges)
    contracts = [tariff.contract for tariff in site.tariffs if tariff.contract is not None]
    if contracts:
        _contract(block, site, contracts, charges)


def inside(site: SiteParameters, numbers: list[int]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return (line, step) and (line, month) pairs of the steps and months in which lines apply."""
    lines, month = site.tariffs[0].demand, site.clock.month.tolist()
    steps = [(i, t) for i in numbers for t in np.flatnonzero(lines[i].applies).tolist()]
    return steps, list(dict.fromkeys((i, month[t]) for i, t in steps))


def _windows(block: Any, site: SiteParameters, windowed: list[int]) -> None:
    steps, months = inside(site, windowed)
    month = site.clock.month.tolist()
    block.LT = pyo.Set(initialize=steps, ordered=True, dimen=2)
    block.LM = pyo.Set(initialize=months, ordered=True, dimen=2)
    block.billed_kw = pyo.Var(block.Y, block.LM, domain=pyo.NonNegativeReals)
    import_kw, billed_kw = members(block.import_kw), members(block.billed_kw)
    block.billed_power = Rows(
        block.Y, block.LT,
        rule=lambda b, y, i, t: Linear([(1.0, import_kw[y, t]), (-1.0, billed_kw[y, i, month[t]])]) <= 0,
        doc="the billed power of a demand charge is the highest in its window",
    )  # fmt: skip


def _ratchets(block: Any, site: SiteParameters, numbers: list[int]) -> None:
    month = site.clock.month.tolist()
    ratchets = {i: ratchet for i in numbers if (ratchet := site.tariffs[0].demand[i].ratchet)}
    steps = [(i, t) for i, ratchet in ratchets.items() for t in np.flatnonzero(ratchet.remembers).tolist()]
    months = list(dict.fromkeys((i, month[t]) for i, t in steps))
    charged = inside(site, numbers)[1]
    block.remembered_kw = pyo.Var(block.Y, months, domain=pyo.NonNegativeReals)
    block.ratcheted_kw = pyo.Var(block.Y, charged, domain=pyo.NonNegativeReals)
    import_kw, remembered_kw = members(block.import_kw), members(block.remembered_kw)
    block.remembered_peak = pyo.Constraint(
        block.Y, steps,
        rule=lambda b, y, i, t: Linear([(1.0, import_kw[y, t]), (-1.0, remembered_kw[y, i, month[t]])]) <= 0,
        doc="the peak that a ratchet remembers is the highest in its hours",
    )  # fmt: skip
    block.remembered_limit = pyo.Constraint(
        block.Y, months, rule=lambda b, y, i, m: Linear([(1.0, b.remembered_kw[y, i, m]), (-1.0, b.connection_kw)]) <= 0,
        doc="no peak exceeds the grid connection",
    )  # fmt: skip
    block.ratchet_own = pyo.Constraint(
        block.Y, charged,
        rule=lambda b, y, i, m: Linear([(1.0, b.remembered_kw[y, i, m]), (-1.0, b.ratcheted_kw[y, i, m])]) <= 0,
        doc="a month is billed its own peak at least",
    )  # fmt: skip
    holds = [(i, m, k) for i, m in charged for j, k in months if i == j and k != m and ratchets[i].counts[m, k]]
    block.ratchet_others = pyo.Constraint(
        block.Y, holds,
        rule=lambda b, y, i, m, k: Linear([
            (ratchets[i].fraction, b.remembered_kw[y, i, k]), (-1.0, b.ratcheted_kw[y, i, m])]) <= 0,
        doc="a month is billed a fraction of the peaks that a ratchet remembers",
    )  # fmt: skip


def _lines(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Register every demand charge: a price, or tiers, on what it bills."""
    most = largest_kw(site)
    tiered: dict[str, tiers.Keys] = {"demand": {}, "ratcheted": {}}
    for y in block.Y:
        for i, line in enumerate(site.tariffs[y].demand):
            kind = "ratcheted" if line.ratchet else "demand"
            for m in block.M:
                if line.ratchet and (y, i, m) in block.ratcheted_kw:
                    kw = block.ratcheted_kw[y, i, m]
                elif line.ratchet:
                    continue
                elif line.applies.all():
                    kw = block.highest_kw[y, m]
                elif (i, m) in block.LM:
                    kw = block.billed_kw[y, i, m]
                else:
                    continue
                if len(line.tiers) == 1:
                    charges.monthly[y, m].append((line.tiers[0].price, kw))
                else:
                    tiered[kind][y, i, m] = ([(1.0, kw)], line.tiers, most)
    for kind, keys in tiered.items():
        if keys:
            for (y, _, m), cost in tiers.add(block, kind, keys).items():
                charges.monthly[y, m] += cost


def _coincident(block: Any, site: SiteParameters, charges: Charges) -> None:
    lines = site.tariffs[0].coincident
    peaks = {c: np.flatnonzero(line.applies).tolist() for c, line in enumerate(lines) if line.applies.any()}
    highest = [c for c in peaks if lines[c].highest]
    if highest:
        block.coincident_kw = pyo.Var(block.Y, highest, domain=pyo.NonNegativeReals)
        block.coincident_peak = pyo.Constraint(
            block.Y, [(c, t) for c in highest for t in peaks[c]],
            rule=lambda b, y, c, t: Linear([(1.0, b.import_kw[y, t]), (-1.0, b.coincident_kw[y, c])]) <= 0,
            doc="the coincident peak is the highest import in the utility's peak hours",
        )  # fmt: skip
        block.coincident_limit = pyo.Constraint(
            block.Y, highest, rule=lambda b, y, c: Linear([(1.0, b.coincident_kw[y, c]), (-1.0, b.connection_kw)]) <= 0,
            doc="no coincident peak exceeds the grid connection",
        )  # fmt: skip
    for y in block.Y:
        for c, steps in peaks.items():
            price = site.tariffs[y].coincident[c].price_per_kw_year
            if lines[c].highest:
                charges.yearly[y].append((price, block.coincident_kw[y, c]))
            else:
                hours = site.clock.year_h[steps]
                charges.yearly[y] += [
                    (price * float(h), block.import_kw[y, t]) for h, t in zip(hours / hours.sum(), steps, strict=True)
                ]


def _contract(block: Any, site: SiteParameters, said: list[Contract], charges: Charges) -> None:
    most, fixed = largest_kw(site), said[0].excess_price_per_kw_month is None
    block.contracted_kw = pyo.Var(
        block.Y, domain=pyo.NonNegativeReals, bounds=lambda b, y: (0, max(said[y].min_kw, min(most, said[y].max_kw)))
    )
    block.excess_kw = pyo.Var([] if fixed else [(y, m) for y in block.Y for m in block.M], domain=pyo.NonNegativeReals)
    block.contracted_least = pyo.Constraint(
        block.Y, rule=lambda b, y: Linear([(1.0, b.contracted_kw[y]), (-said[y].min_kw, b.open)]) >= 0,
        doc="the contract is not below the least the tariff allows",
    )  # fmt: skip

    def covered(b: Any, y: int, m: int) -> Any:
        over = [] if fixed else [(-1.0, b.excess_kw[y, m])]
        return Linear([(1.0, b.highest_kw[y, m]), (-1.0, b.contracted_kw[y]), *over]) <= 0

    block.contracted_power = pyo.Constraint(
        block.Y, block.M, rule=covered, doc="a month draws what is contracted, and pays for what exceeds it"
    )
    for y in block.Y:
        for m in block.M:
            charges.monthly[y, m].append((said[y].price_per_kw_month, block.contracted_kw[y]))
            if not fixed:
                charges.monthly[y, m].append((said[y].excess_price_per_kw_month, block.excess_kw[y, m]))


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the contracted capacity of each modelled year, shape (years,), kW; 0 where nothing is contracted."""
    if block.component("contracted_kw") is None:
        return {"contracted_kw": np.zeros(len(site.years))}
    return {"contracted_kw": np.maximum(values.of(block.contracted_kw), 0.0)}

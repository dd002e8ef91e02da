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

from evplan.assets.tariff import Contract
from evplan.formulation import tiers
from evplan.formulation.charges import Charges
from evplan.formulation.connection import largest_kw
from evplan.formulation.values import Values
from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Add what is billed for power to the site's block and register it."""
    lines = site.tariffs[0].demand
    ratcheted = np.array([bool(line.ratchet) for line in lines], bool)
    windowed = np.array([not line.ratchet and not line.applies.all() for line in lines], bool)
    _windows(block, site, windowed)
    if ratcheted.any():
        _ratchets(block, site, ratcheted)
    _lines(block, site, charges)
    _coincident(block, site, charges)
    contracts = [tariff.contract for tariff in site.tariffs if tariff.contract is not None]
    if contracts:
        _contract(block, site, contracts, charges)


def inside(site: SiteParameters, steps: np.ndarray) -> np.ndarray:
    """Return the months that have steps in each line. steps : shape (lines, steps), bool. Returns shape (years, lines, months)."""
    months = np.zeros((len(steps), len(site.clock.month_weight)), bool)
    line, step = np.nonzero(steps)
    months[line, site.clock.month[step]] = True
    return over_years(site, months)


def over_years(site: SiteParameters, marks: Any) -> np.ndarray:
    """Return marks that are the same in every year, for each year."""
    return np.broadcast_to(marks, (len(site.years), *marks.shape))


def _windows(block: Any, site: SiteParameters, windowed: np.ndarray) -> None:
    steps = (
        np.array([line.applies for line in site.tariffs[0].demand], bool).reshape(-1, site.clock.steps)
        & windowed[:, None]
    )
    block.billed_kw = Columns(inside(site, steps))
    block.billed_power = Rows(
        each(block.import_kw)[:, None] - each(block.billed_kw)[..., site.clock.month] <= 0, over_years(site, steps),
        doc="the billed power of a demand charge is the highest in its window",
    )  # fmt: skip


def _ratchets(block: Any, site: SiteParameters, ratcheted: np.ndarray) -> None:
    month, lines, none = site.clock.month, site.tariffs[0].demand, np.zeros(site.clock.steps, bool)
    remembers = np.array([line.ratchet.remembers if line.ratchet else none for line in lines])
    applies = np.array([line.applies for line in lines]) & ratcheted[:, None]
    fraction = np.array([line.ratchet.fraction if line.ratchet else 0.0 for line in lines])[:, None, None]
    months = inside(site, remembers)
    charged = inside(site, applies)
    block.remembered_kw = Columns(months)
    block.ratcheted_kw = Columns(charged)
    remembered_kw, ratcheted_kw = each(block.remembered_kw), each(block.ratcheted_kw)
    block.remembered_peak = Rows(
        each(block.import_kw)[:, None] - remembered_kw[..., month] <= 0, over_years(site, remembers),
        doc="the peak that a ratchet remembers is the highest in its hours",
    )  # fmt: skip
    block.remembered_limit = Rows(
        remembered_kw - each(block.connection_kw) <= 0, months, doc="no peak exceeds the grid connection"
    )
    block.ratchet_own = Rows(remembered_kw - ratcheted_kw <= 0, charged, doc="a month is billed its own peak at least")
    nothing = np.zeros((months.shape[2],) * 2, bool)
    counts = np.array([line.ratchet.counts if line.ratchet else nothing for line in lines])
    others = counts & ~np.eye(months.shape[2], dtype=bool)  # shape (lines, the month billed, the month remembered)
    block.ratchet_others = Rows(
        fraction * remembered_kw[:, :, None] - ratcheted_kw[..., None] <= 0, charged[..., None] & months[:, :, None] & others,
        doc="a month is billed a fraction of the peaks that a ratchet remembers",
    )  # fmt: skip


def _lines(block: Any, site: SiteParameters, charges: Charges) -> None:
    """Register every demand charge: a price, or tiers, on what it bills."""
    most, shape = largest_kw(site), block.billed_kw.where.shape
    tiered: dict[str, tiers.Keys] = {"demand": {}, "ratcheted": {}}
    for i, line in enumerate(site.tariffs[0].demand):
        by_line = block.ratcheted_kw if line.ratchet else block.billed_kw
        billed_kw = each(block.highest_kw) if not line.ratchet and line.applies.all() else each(by_line)[:, i]
        of_year = [tariff.demand[i].tiers for tariff in site.tariffs]
        price = np.array([[own[0].price if len(own) == 1 else 0.0] for own in of_year])
        charges.monthly.append(price * billed_kw)
        there = np.array([[len(own) > 1] for own in of_year]) & np.ones(shape[::2], bool)
        for (y, m), amount in zip(np.argwhere(there).tolist(), billed_kw.pairs(there), strict=True):
            if amount:
                tiered["ratcheted" if line.ratchet else "demand"][y, i, m] = (amount, of_year[y], most)
    for kind, keys in tiered.items():
        charges.monthly += tiers.add(block, kind, keys, shape)


def _coincident(block: Any, site: SiteParameters, charges: Charges) -> None:
    lines, clock = site.tariffs[0].coincident, site.clock
    highest = np.array([line.applies & line.highest for line in lines], bool).reshape(-1, clock.steps)
    if highest.any():
        counted = over_years(site, highest.any(axis=1))
        block.coincident_kw = Columns(counted)
        coincident_kw = each(block.coincident_kw)
        block.coincident_peak = Rows(
            each(block.import_kw)[:, None] - coincident_kw[..., None] <= 0, over_years(site, highest),
            doc="the coincident peak is the highest import in the utility's peak hours",
        )  # fmt: skip
        block.coincident_limit = Rows(
            coincident_kw - each(block.connection_kw) <= 0, counted,
            doc="no coincident peak exceeds the grid connection",
        )  # fmt: skip
    for c, line in enumerate(lines):
        price = np.array([tariff.coincident[c].price_per_kw_year for tariff in site.tariffs])
        if line.highest and line.applies.any():
            charges.yearly.append(price * coincident_kw[:, c])
        elif line.applies.any():
            hours = clock.year_h * line.applies
            charges.yearly.append(price * (hours / hours.sum() * each(block.import_kw)).sum(1))


def _contract(block: Any, site: SiteParameters, said: list[Contract], charges: Charges) -> None:
    most, by_month = largest_kw(site), (len(said), len(site.clock.month_weight))
    excess = [contract.excess_price_per_kw_month for contract in said]
    block.contracted_kw = Columns((len(said),), upper=np.array([max(c.min_kw, min(most, c.max_kw)) for c in said]))
    block.excess_kw = Columns(np.full(by_month, excess[0] is not None))
    contracted_kw, excess_kw = each(block.contracted_kw), each(block.excess_kw)
    block.contracted_least = Rows(
        contracted_kw - np.array([contract.min_kw for contract in said]) * each(block.open) >= 0,
        doc="the contract is not below the least the tariff allows",
    )
    block.contracted_power = Rows(
        each(block.highest_kw) - contracted_kw[:, None] - excess_kw <= 0,
        doc="a month draws what is contracted, and pays for what exceeds it",
    )
    price = np.array([[contract.price_per_kw_month] for contract in said])
    charges.monthly.append(price * contracted_kw[:, None] + np.zeros(by_month))
    charges.monthly.append(np.array([[price or 0.0] for price in excess]) * excess_kw)


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the contracted capacity of each modelled year, shape (years,), kW; 0 where nothing is contracted."""
    if block.component("contracted_kw") is None:
        return {"contracted_kw": np.zeros(len(site.years))}
    return {"contracted_kw": values.least_0(block.contracted_kw)}

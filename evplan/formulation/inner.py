"""Peaks inside merged steps: what the shorter steps of highest demand draw at least.

    inner_kw[y,t]    highest import of the shorter steps inside step t, kW                                    >= 0
    top_kw[y,i]      what is served in the short steps i, the highest in demand inside step t(i), kW          >= 0

Steps i make up the share f of t; vehicles want rest_kw in the others, where rest_rush times the queue's capacity is let in.

    served = f top + (1 - f) other,  other <= rest_kw, <= rest_rush * capacity_kw             inner_wanted, inner_admitted
    top <= full_kw                                                                            inner_ports
    inner >= load_i + top / efficiency - yield_i * solar_kw - discharge / f                   inner_peak
    inner >= load_i + top / efficiency - yield_i * solar_kw - battery_kw                      inner_power
    inner <= highest_kw, and every other peak that is billed in step t                        inner_billed

All hold of every plan of the shorter steps, so the merged problem stays a bound.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from evplan.linear import Linear, Pairs
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters) -> None:
    """Add the peaks inside merged steps to the site's block; every component that they meet is there already."""
    if not site.inner:
        return
    every, wanted = range(len(site.inner)), set(block.WANTED_YT)
    block.INNER_T = pyo.Set(initialize=list(dict.fromkeys(inner.step for inner in site.inner)), ordered=True)
    block.inner_kw = pyo.Var(block.Y, block.INNER_T, domain=pyo.NonNegativeReals)
    busy = [(y, i) for y in block.Y for i in every if (y, site.inner[i].step) in wanted]
    block.top_kw = pyo.Var(busy, domain=pyo.NonNegativeReals)
    _serve(block, site, busy)
    _draw(block, site, set(busy))
    month = site.clock.month.tolist()
    block.inner_billed = pyo.Constraint(
        [(y, t, k) for y in block.Y for t in block.INNER_T for k in range(len(_peaks(block, site, y, t, month)))],
        rule=lambda b, y, t, k: Linear([(1.0, b.inner_kw[y, t]), (-1.0, _peaks(b, site, y, t, month)[k])]) <= 0,
        doc="a peak inside a merged step is a peak",
    )  # fmt: skip


def _serve(block: Any, site: SiteParameters, busy: list[tuple[int, int]]) -> None:
    """What is served in the short steps of highest demand, and in the others."""

    def other(b: Any, y: int, i: int) -> Pairs:
        inner = site.inner[i]
        return [*((1.0, b.served_kw[g, y, inner.step]) for g in b.G), (-inner.share, b.top_kw[y, i])]

    def admitted(b: Any, y: int, i: int) -> Any:
        most = float((1 - site.inner[i].share) * site.inner[i].rest_rush[y])
        return Linear([*other(b, y, i), *((-most, b.capacity_kw[g, y]) for g in b.G)]) <= 0

    block.inner_wanted = pyo.Constraint(
        busy, rule=lambda b, y, i: Linear(other(b, y, i)) <= float((1 - site.inner[i].share) * site.inner[i].rest_kw[y]),
        doc="short steps serve no more than is wanted",
    )  # fmt: skip
    if any(charger.waits for charger in site.chargers):
        block.inner_admitted = pyo.Constraint(
            busy, rule=admitted, doc="short steps admit no more than their queue allows"
        )
    block.inner_ports = pyo.Constraint(
        busy, rule=lambda b, y, i: Linear([(1.0, b.top_kw[y, i]), *((-1.0, b.full_kw[g, y]) for g in b.G)]) <= 0,
        doc="ports give no short step more than their power",
    )  # fmt: skip


def _draw(block: Any, site: SiteParameters, busy: set[tuple[int, int]]) -> None:
    """What the short steps draw, less what panels and battery relieve them of."""
    best = max((charger.efficiency for charger in site.chargers), default=1.0)

    def drawn(b: Any, y: int, i: int, relief: Pairs) -> Any:
        inner = site.inner[i]
        serving = [(-1 / best, b.top_kw[y, i])] if (y, i) in busy else []
        sun = [(float(inner.yield_kw_per_kw[a, y]), b.solar_kw[a]) for a in b.ARRAY] if site.solar else []
        return Linear([(1.0, b.inner_kw[y, inner.step]), *serving, *sun, *relief]) >= float(inner.load_kw[y])

    def peak(b: Any, y: int, i: int) -> Any:
        inner = site.inner[i]
        return drawn(
            b, y, i, [(1 / inner.share, b.discharge_kw[y, inner.step, d]) for d in b.D] if site.battery else []
        )

    every = range(len(site.inner))
    block.inner_peak = pyo.Constraint(block.Y, every, rule=peak, doc="short steps draw what the battery leaves of them")
    if site.battery is not None:
        block.inner_power = pyo.Constraint(
            block.Y, every, rule=lambda b, y, i: drawn(b, y, i, [(1.0, b.battery_kw)]),
            doc="the battery relieves no step by more than its power",
        )  # fmt: skip


def _peaks(block: Any, site: SiteParameters, y: int, t: int, month: list[int]) -> list[Any]:
    """Return every peak that step t counts for."""
    found, tariff = [block.highest_kw[y, month[t]]], site.tariffs[y]
    for i, line in enumerate(tariff.demand):
        if line.ratchet is not None and line.ratchet.remembers[t]:
            found.append(block.remembered_kw[y, i, month[t]])
        elif line.ratchet is None and line.applies[t] and not line.applies.all():
            found.append(block.billed_kw[y, i, month[t]])
    for c, shared in enumerate(tariff.coincident):
        if shared.highest and shared.applies[t]:
            found.append(block.coincident_kw[y, c])
    return found

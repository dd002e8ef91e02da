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

import numpy as np

from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters) -> None:
    """Add the peaks inside merged steps to the site's block; every component that they meet is there already."""
    if not site.inner:
        return
    step = np.array([inner.step for inner in site.inner])
    merged = np.zeros(site.demand_kwh.shape, bool)
    merged[:, step] = True
    busy = block.served_kw.where.any(axis=0)[:, step]  # shape (years, short steps)
    block.inner_kw = Columns(merged)
    block.top_kw = Columns(busy)
    _serve(block, site, step, busy)
    _draw(block, site, step)
    _bill(block, site, merged)


def _serve(block: Any, site: SiteParameters, step: np.ndarray, busy: np.ndarray) -> None:
    """What is served in the short steps of highest demand, and in the others."""
    share = np.array([inner.share for inner in site.inner])
    rest_kw, rest_rush = (np.stack([getattr(i, name) for i in site.inner], axis=1) for name in ("rest_kw", "rest_rush"))
    top_kw, full_kw, capacity_kw = each(block.top_kw), each(block.full_kw), each(block.capacity_kw)
    other_kw = each(block.served_kw).sum(0)[:, step] - share * top_kw
    block.inner_wanted = Rows(other_kw <= (1 - share) * rest_kw, busy, doc="short steps serve no more than is wanted")
    if any(charger.waits for charger in site.chargers):
        block.inner_admitted = Rows(
            other_kw - (1 - share) * rest_rush * capacity_kw.sum(0)[:, None] <= 0, busy,
            doc="short steps admit no more than their queue allows",
        )  # fmt: skip
    block.inner_ports = Rows(
        top_kw - full_kw.sum(0)[:, None] <= 0, busy, doc="ports give no short step more than their power"
    )


def _draw(block: Any, site: SiteParameters, step: np.ndarray) -> None:
    """What the short steps draw, less what panels and battery relieve them of."""
    best = max((charger.efficiency for charger in site.chargers), default=1.0)
    load_kw, share = np.stack([inner.load_kw for inner in site.inner], axis=1), np.array([i.share for i in site.inner])
    drawn_kw = each(block.inner_kw)[:, step] - each(block.top_kw) / best
    if site.solar is not None:
        yields = np.stack([inner.yield_kw_per_kw for inner in site.inner]).transpose(
            2, 0, 1
        )  # (years, short steps, arrays)
        drawn_kw += (yields * each(block.solar_kw)).sum(2)
    given_kw = each(block.discharge_kw).sum(2)[:, step] / share if site.battery is not None else 0.0
    block.inner_peak = Rows(drawn_kw + given_kw >= load_kw, doc="short steps draw what the battery leaves of them")
    if site.battery is not None:
        block.inner_power = Rows(
            drawn_kw + each(block.battery_kw) >= load_kw, doc="the battery relieves no step by more than its power"
        )


def _bill(block: Any, site: SiteParameters, merged: np.ndarray) -> None:
    """Every peak that a step counts for is at least what is drawn inside it."""
    month, lines, shared = site.clock.month, site.tariffs[0].demand, site.tariffs[0].coincident
    peaks = [(each(block.highest_kw)[:, month], np.ones(len(month), bool))]
    for i, line in enumerate(lines):
        if line.ratchet is not None:
            peaks.append((each(block.remembered_kw)[:, i, month], line.ratchet.remembers))
        elif not line.applies.all():
            peaks.append((each(block.billed_kw)[:, i, month], line.applies))
    for c, peak in enumerate(shared):
        if peak.highest and peak.applies.any():
            peaks.append((each(block.coincident_kw)[:, c, None], peak.applies))
    for k, (peak_kw, counts) in enumerate(peaks):
        rows = Rows(each(block.inner_kw) - peak_kw <= 0, merged & counts, doc="a peak inside a merged step is a peak")
        block.add_component(f"inner_billed_{k}", rows)

"""Dynamic operating envelopes: what every connection may draw, and give, in each step, whatever the others do within theirs.

maximise    first the least of all limits, then their sum
for each leg l, highest:   V_l + sum over c of max(J_lc m_c, -J_lc e_c) <= highest        m_c : may draw; e_c : may give; J : kV per kW
lowest likewise; for each branch and direction d:  Re(d I) + sum over c of max(Re(d B_c) m_c, -Re(d B_c) e_c) <= rating

As m and e are at least 0, each maximum is one of its two sides, and the rows are linear. The corner of the envelopes that is worst for each
leg is then tried by exact power flow, and limits are drawn in until all corners hold.

Source: Petrou, Procopiou, Gutierrez-Lagos, Liu, Ochoa, Langstaff and Theunissen 2021, IEEE Trans. Smart Grid 12(6), 4877-4890.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from evplan.feeder.day import Day
from evplan.feeder.flow import ONE_THREAD, Flow, legs_of
from evplan.feeder.ratings import binding

Tell = Callable[[str], None]
DIRECTIONS = np.exp(2j * np.pi * np.arange(12) / 12)
INSIDE = float(np.cos(np.pi / 12))  # a dodecagon in the circle
MARGIN, TIGHTER = 1e-4, 6  # p.u.; times that limits are drawn in


@dataclass(frozen=True)
class Envelopes:
    """Limits of each customer, kW, shape (C, T). worst_pu : by how much any corner that was tried leaves the band, shape (T,)."""

    draw_kw: np.ndarray
    give_kw: np.ndarray
    worst_pu: np.ndarray


def envelopes(
    day: Day, most_kw: float, tell: Tell = lambda said: None, stopped: Callable[[], bool] = lambda: False
) -> Envelopes:
    """Return the envelopes of all customers. most_kw : that any connection may have."""
    with ONE_THREAD.limit(limits=1, user_api="blas"):
        flow = Flow(day.network, legs_of(day.network, day.customers))
        count, steps = len(day.customers), day.load.shape[1]
        draw, give, worst = np.zeros((count, steps)), np.zeros((count, steps)), np.full(steps, np.nan)
        for t in range(steps):
            if stopped():
                break
            tell(f"step {t + 1} of {steps}")
            draw[:, t], give[:, t], worst[t] = _step(day, flow, t, most_kw)
        return Envelopes(draw, give, worst)


def _step(day: Day, flow: Flow, t: int, most_kw: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return what each customer may draw and give in a step, and by how much the worst corner leaves the band."""
    idle = 1j * day.load[:, t].imag  # connections at rest: their reactive power stays
    margin = MARGIN
    for _ in range(TIGHTER):
        draw, give, slope = _limits(day, flow, idle, most_kw, margin)
        corners = np.concatenate([np.where(slope > 0, draw, -give), np.where(slope > 0, -give, draw)])
        solved = flow.solve(flow.legs.of((1000 * corners + idle).T))
        pu = np.abs(solved.voltage) / flow.base_v[:, None]
        limits = day.study.limits
        worst = (
            max(float(pu.max() - limits.highest_pu), float(limits.lowest_pu - pu.min()))
            if solved.settled.all()
            else np.inf
        )
        if worst <= MARGIN:
            break
        margin = 1.2 * (margin + min(worst, 0.02))
    return draw, give, max(worst, 0.0)


def _limits(
    day: Day, flow: Flow, idle: np.ndarray, most_kw: float, margin: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return limits by linear programs around connections at rest, and slopes of voltages, p.u. per kW, shape (legs, C)."""
    own, count = day.study.limits, len(day.customers)
    solved = flow.solve(flow.legs.of(idle[:, None]))
    volts = solved.voltage[:, 0]
    per_kw = 1000 * flow.legs.draws.toarray() / np.conj(volts)[:, None]
    change = -(flow.impedance @ per_kw)
    slope = (np.conj(volts)[:, None] * change).real / np.abs(volts)[:, None] / flow.base_v[:, None]
    pu = np.abs(volts) / flow.base_v
    rows = [
        np.hstack([np.maximum(slope, 0), np.maximum(-slope, 0)]),
        np.hstack([np.maximum(-slope, 0), np.maximum(slope, 0)]),
    ]
    room = [own.highest_pu - margin - pu, pu - own.lowest_pu - margin]
    keep, rated = binding(flow, day.rated)
    if len(keep):
        current = flow.branch_idle[keep] + flow.branch_spread[keep] @ solved.current[:, 0]
        per = flow.branch_spread[keep] @ per_kw / rated[:, None]
        for direction in DIRECTIONS:
            part = (direction * per).real
            rows.append(np.hstack([np.maximum(part, 0), np.maximum(-part, 0)]))
            room.append(INSIDE * (1 - margin) - (direction * current / rated).real)
    matrix, right = np.concatenate(rows), np.maximum(np.concatenate(room), 0.0)
    # First the least of all, then the sum with none below it. Columns: draw, give, and the least of each.
    least = np.hstack([matrix[:, :count].sum(axis=1, keepdims=True), matrix[:, count:].sum(axis=1, keepdims=True)])
    alike = linprog([-1, -1], least, right, bounds=[(0, most_kw)] * 2)
    floor = np.repeat(alike.x if alike.success else np.zeros(2), count) * (1 - 1e-9)
    found = linprog(
        -np.ones(2 * count), matrix, right, bounds=list(zip(floor, np.full(2 * count, most_kw), strict=True))
    )
    best = found.x if found.success else floor
    return best[:count], best[count:], slope

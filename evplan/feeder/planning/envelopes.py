"""Dynamic operating envelopes: what every connection may draw, and give, in each step, whatever the others do within theirs.

maximise    first the least of all limits, then the least to draw and the least to give, then the sum of all
for each leg l, highest:   V_l + sum over c of max(J_lc m_c, -J_lc e_c) <= highest        m_c : may draw; e_c : may give; J : kV per kW
lowest likewise; for each branch and direction d:  Re(d I) + sum over c of max(Re(d B_c) m_c, -Re(d B_c) e_c) <= rating

As m and e are at least 0, each maximum is one of its two sides, and the rows are linear. The corner of the envelopes that is worst for each
leg, and for each branch and direction, is then tried by exact power flow, and limits are drawn in until all corners hold.

Source: Petrou, Procopiou, Gutierrez-Lagos, Liu, Ochoa, Langstaff and Theunissen 2021, IEEE Trans. Smart Grid 12(6), 4877-4890.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from evplan.feeder.day import Day
from evplan.feeder.flow import ONE_THREAD, Flow, legs_of
from evplan.feeder.planning.hosting import takers
from evplan.feeder.ratings import binding

Tell = Callable[[str], None]
DIRECTIONS = np.exp(2j * np.pi * np.arange(12) / 12)
INSIDE = float(np.cos(np.pi / 12))  # a dodecagon in the circle
MARGIN, TIGHTER = 1e-4, 6  # p.u.; times that limits are drawn in


@dataclass(frozen=True)
class Envelopes:
    """Limits of customers, kW, shape (C, T), but of those who give power to the network themselves; steps not reached are left out.

    worst_pu, worst_loading : by how much any corner that was tried leaves the band, and how much of a rating any takes, shape (T,).
    """

    names: tuple[str, ...]
    draw_kw: np.ndarray
    give_kw: np.ndarray
    worst_pu: np.ndarray
    worst_loading: np.ndarray


def envelopes(
    day: Day, most_kw: float, tell: Tell = lambda said: None, stopped: Callable[[], bool] = lambda: False
) -> Envelopes | None:
    """Return the envelopes of all customers, None where it is stopped before the first step. most_kw : that any connection may have."""
    with ONE_THREAD.limit(limits=1, user_api="blas"):
        taking = takers(day)
        names = tuple(day.customers[c].name for c in taking.tolist())
        flow = Flow(day.network, legs_of(day.network, day.customers))
        found = []
        for t in range(day.load.shape[1]):
            if stopped():
                break
            tell(f"step {t + 1} of {day.load.shape[1]}")
            found.append(_step(day, flow, taking, t, most_kw))
        if not found:
            return None
        draw, give, worst, loading = zip(*found, strict=True)
        return Envelopes(names, np.stack(draw, axis=1), np.stack(give, axis=1), np.array(worst), np.array(loading))


def _step(
    day: Day, flow: Flow, taking: np.ndarray, t: int, most_kw: float
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return what each customer may draw and give in a step; by how much the worst corner leaves the band; its highest loading."""
    idle = day.load[:, t].copy()
    idle[taking] = 1j * idle[taking].imag  # connections at rest: their reactive power stays
    if not flow.solve(flow.legs.of(idle)[:, None]).settled.all():  # no voltage carries even connections at rest
        return np.zeros(len(taking)), np.zeros(len(taking)), np.inf, np.inf
    into = 1000.0 * flow.legs.draws[:, taking]  # W of legs per kW
    keep, rated = binding(flow, day.rated)
    margin = np.array([MARGIN, MARGIN])  # of voltages and of ratings
    for _ in range(TIGHTER):
        draw, give, slopes = _limits(day, flow, idle, into, most_kw, margin)
        up, down = (np.where(slopes * side > 0, draw, -give) for side in (1, -1))
        solved = flow.solve(into @ np.concatenate([up, down]).T + flow.legs.of(idle)[:, None])
        pu, limits = np.abs(solved.voltage) / flow.base_v[:, None], day.study.limits
        loading = np.abs(flow.branch_idle[keep, None] + flow.branch_spread[keep] @ solved.current) / rated[:, None]
        worst = np.array([max(pu.max() - limits.highest_pu, limits.lowest_pu - pu.min()), loading.max(initial=0.0) - 1])
        worst = worst if solved.settled.all() else np.full(2, np.inf)
        if (worst <= MARGIN).all():
            break
        margin = np.where(worst > MARGIN, 1.2 * (margin + np.minimum(worst, 0.03)), margin)
    return draw, give, max(float(worst[0]), 0.0), float(worst[1] + 1)


def _limits(
    day: Day, flow: Flow, idle: np.ndarray, into: csr_array, most_kw: float, margin: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return limits by linear programs around connections at rest, and slopes whose signs say the worst corners, shape (rows, C)."""
    own, count = day.study.limits, into.shape[1]
    solved = flow.solve(flow.legs.of(idle[:, None]))
    volts = solved.voltage[:, 0]
    per_kw = into.toarray() / np.conj(volts)[:, None]
    change = -(flow.impedance @ per_kw)
    slope = (np.conj(volts)[:, None] * change).real / np.abs(volts)[:, None] / flow.base_v[:, None]
    pu = np.abs(volts) / flow.base_v
    rows = [
        np.hstack([np.maximum(slope, 0), np.maximum(-slope, 0)]),
        np.hstack([np.maximum(-slope, 0), np.maximum(slope, 0)]),
    ]
    room = [own.highest_pu - margin[0] - pu, pu - own.lowest_pu - margin[0]]
    keep, rated = binding(flow, day.rated)
    slopes = [slope]
    if len(keep):
        current = flow.branch_idle[keep] + flow.branch_spread[keep] @ solved.current[:, 0]
        per = flow.branch_spread[keep] @ per_kw / rated[:, None]
        for direction in DIRECTIONS:
            part = (direction * per).real
            slopes.append(part)
            rows.append(np.hstack([np.maximum(part, 0), np.maximum(-part, 0)]))
            room.append(INSIDE * (1 - margin[1]) - (direction * current / rated).real)
    matrix, right = np.concatenate(rows), np.maximum(np.concatenate(room), 0.0)
    # First the least of all, then the least to draw and to give with neither below it, then the sum. Columns: draw, give.
    least = np.stack([matrix[:, :count].sum(axis=1), matrix[:, count:].sum(axis=1)], axis=1)
    alike = float(np.min(right / np.maximum(least.sum(axis=1), 1e-12), initial=most_kw)) * (1 - 1e-9)
    apart = linprog([-1, -1], least, right, bounds=[(alike, most_kw)] * 2)
    floor = np.repeat(apart.x if apart.success else np.full(2, alike), count) * (1 - 1e-9)
    found = linprog(
        -np.ones(2 * count), matrix, right, bounds=list(zip(floor, np.full(2 * count, most_kw), strict=True))
    )
    best = found.x if found.success else floor
    best = best + 0.0  # no minus before 0
    return best[:count], best[count:], np.concatenate(slopes)

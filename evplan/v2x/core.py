"""One step of many worlds: powers are kept within every limit, energy flows, money is counted, vehicles leave and come.

Tables are those of state.py and stays.py; w is a world, p a port, s a station, x a transformer, k a demand charge. A world is not
touched by those beside it, so a batch of any size gives the same.
"""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at
from evplan.v2x import stays as of
from evplan.v2x.flows import let_flow, meter
from evplan.v2x.powers import settle

BLOCK = 32  # worlds that are taken through a step together: their state stays near the processor


@compiled
def step(
    t: int, step_h: float, driver_price: float, tracked: bool, start: np.ndarray, station_kw: np.ndarray, transformer: np.ndarray,
    hard: np.ndarray, outside: np.ndarray, nodes: np.ndarray, applies: np.ndarray, per_kw: np.ndarray, stays: np.ndarray,
    asked_kw: np.ndarray, up_to: np.ndarray, down_to: np.ndarray, coming: np.ndarray, ports: np.ndarray, flow_kw: np.ndarray,
    net_kw: np.ndarray, peak_kw: np.ndarray, outcome: np.ndarray, books: np.ndarray,
) -> None:  # fmt: skip
    """Take every world through step t, and plug in who comes in the next.

    asked_kw : at each port, below 0 to give, shape (worlds, ports).  up_to, down_to : kWh in the battery at which it ends, same shape.
    coming : the next stay of every world.  flow_kw : mean power at ports, is filled.  net_kw : through transformers' meters, is filled.
    """
    for begin in range(0, len(flow_kw), BLOCK):
        end = min(begin + BLOCK, len(flow_kw))
        settle(
            begin, end, t, step_h, start, station_kw, transformer, hard, outside, nodes, ports, asked_kw, up_to, down_to, flow_kw
        )  # fmt: skip
        let_flow(begin, end, t, step_h, driver_price, start, transformer, ports, flow_kw, net_kw, books)
        meter(begin, end, t, step_h, tracked, outside, nodes, applies, per_kw, net_kw, peak_kw, books)
        leave(begin, end, t, step_h, stays, ports, outcome, books)
        arrive(begin, end, t + 1, stays, coming, ports)


@compiled
def leave(
    begin: int, end: int, t: int, step_h: float, stays: np.ndarray, ports: np.ndarray, outcome: np.ndarray, books: np.ndarray
) -> None:  # fmt: skip
    """Unplug who leaves at the end of step t, and say how long the rest is there in the next."""
    who, until, hours = ports[at.WHO], ports[at.UNTIL], ports[at.HOURS]
    for w in range(begin, end):
        short, left = 0.0, 0.0
        for p in range(who.shape[1]):
            if who[w, p] < 0.0:
                continue
            i = int(who[w, p])
            if until[w, p] > t:
                hours[w, p] = step_h if until[w, p] > t + 1 else stays[of.LAST_H, w, i]
                continue
            outcome[at.AT_LEFT, w, i], outcome[at.AT_CHARGED, w, i] = ports[at.STORED, w, p], ports[at.CHARGED, w, p]
            outcome[at.AT_GIVEN, w, i] = ports[at.GIVEN, w, p]
            short += max(ports[at.TARGET, w, p] - ports[at.STORED, w, p], 0.0)
            left += 1.0
            who[w, p] = at.NOBODY
        books[at.B_SHORT, w], books[at.B_LEFT, w] = short, left


@compiled
def arrive(begin: int, end: int, t: int, stays: np.ndarray, coming: np.ndarray, ports: np.ndarray) -> None:
    """Plug in who comes in step t. coming : the next stay of every world."""
    for w in range(begin, end):
        i = coming[w]
        while i < stays.shape[2] and stays[of.FIRST, w, i] <= t:
            p = int(stays[of.PORT, w, i])
            ports[at.WHO, w, p], ports[at.UNTIL, w, p], ports[at.HOURS, w, p] = (
                i,
                stays[of.LAST, w, i],
                stays[of.FIRST_H, w, i],
            )
            ports[at.STORED, w, p], ports[at.CHARGED, w, p], ports[at.GIVEN, w, p] = stays[of.CAME, w, i], 0.0, 0.0
            for k in range(ports.shape[0] - at.CAPACITY):
                ports[at.CAPACITY + k, w, p] = stays[of.OF_VEHICLE + k, w, i]
            i += 1
        coming[w] = i

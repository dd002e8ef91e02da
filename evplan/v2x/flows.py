"""What flows in a step, and what the meters count.

drawn = gain / efficiency          given = efficiency_back taken          lost = drawn - gain + taken - given
net   = load - solar + sum of (drawn - given) / step                      at every transformer's meter
"""

from __future__ import annotations

import numpy as np

from evplan.compiled import compiled
from evplan.v2x import state as at


@compiled
def let_flow(
    begin: int, end: int, t: int, step_h: float, driver_price: float, start: np.ndarray, transformer: np.ndarray,
    ports: np.ndarray, flow_kw: np.ndarray, net_kw: np.ndarray, books: np.ndarray,
) -> None:  # fmt: skip
    """Let energy flow for step t: flow_kw becomes its mean, batteries and books follow."""
    stored, hours, target = ports[at.STORED], ports[at.HOURS], ports[at.TARGET]
    for w in range(begin, end):
        net_kw[w] = 0.0
        drawn, given, gained, taken, wear, wish = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for s in range(len(transformer)):
            total = 0.0
            for p in range(start[s], start[s + 1]):
                power = flow_kw[w, p]
                if power == 0.0:
                    continue
                before = stored[w, p]
                energy = power * hours[w, p]
                if power > 0.0:
                    gain = energy * ports[at.EFFICIENCY, w, p]
                    ports[at.CHARGED, w, p] += energy
                    drawn += energy
                    gained += gain
                else:
                    gain = energy / ports[at.GIVE_EFFICIENCY, w, p]
                    ports[at.GIVEN, w, p] -= energy
                    given -= energy
                    taken -= gain
                    wear -= gain * ports[at.WEAR, w, p]
                stored[w, p] = before + gain
                wish += min(stored[w, p], target[w, p]) - min(before, target[w, p])
                flow_kw[w, p] = energy / step_h
                total += flow_kw[w, p]
            net_kw[w, transformer[s]] += total
        books[at.B_DRAWN, w], books[at.B_GIVEN, w], books[at.B_GAINED, w], books[at.B_TAKEN, w] = (
            drawn,
            given,
            gained,
            taken,
        )
        books[at.B_LOST, w], books[at.B_WEAR, w], books[at.B_PAID, w] = (
            (drawn - gained) + (taken - given),
            wear,
            driver_price * wish,
        )


@compiled
def meter(
    begin: int, end: int, t: int, step_h: float, tracked: bool, outside: np.ndarray, nodes: np.ndarray, applies: np.ndarray,
    per_kw: np.ndarray, net_kw: np.ndarray, peak_kw: np.ndarray, books: np.ndarray,
) -> None:  # fmt: skip
    """Count what flows through the meters in step t, beside what would without vehicles; net_kw becomes all that flows.

    tracked : whether there is a setpoint.  applies : shape (steps, worlds, charges).  peak_kw : shape (2, worlds, transformers, charges).
    """
    for w in range(begin, end):
        buy, sell = outside[at.BUY, t, w], outside[at.SELL, t, w]
        bought, sold, demand, over, vehicles = 0.0, 0.0, 0.0, 0.0, 0.0
        for x in range(net_kw.shape[1]):
            bare = nodes[at.LOAD_KW, t, w, x] - nodes[at.SOLAR_KW, t, w, x]
            vehicles += net_kw[w, x]
            net = bare + net_kw[w, x]
            net_kw[w, x] = net
            bought += step_h * (max(net, 0.0) - max(bare, 0.0))
            sold += step_h * (max(-net, 0.0) - max(-bare, 0.0))
            over += step_h * max(abs(net) - nodes[at.LIMIT_KW, t, w, x], 0.0)
            for k in range(len(per_kw)):
                if applies[t, w, k]:
                    rise, fall = max(net - peak_kw[at.WITH, w, x, k], 0.0), max(bare - peak_kw[at.BARE, w, x, k], 0.0)
                    demand += per_kw[k] * (rise - fall)
                    peak_kw[at.WITH, w, x, k] += rise
                    peak_kw[at.BARE, w, x, k] += fall
        books[at.B_BOUGHT, w], books[at.B_SOLD, w], books[at.B_ENERGY, w] = bought, sold, buy * bought - sell * sold
        books[at.B_DEMAND, w], books[at.B_OVER, w] = demand, over
        books[at.B_ASTRAY, w] = step_h * abs(vehicles - outside[at.SETPOINT_KW, t, w]) if tracked else 0.0

"""p-median: p sites so that the sum of weighted distances from everybody to the nearest is least, proved.

1. Interchange: swap an open site for a closed one while that helps, from several beginnings.
2. Lagrangian bound: everybody's "is assigned once" is priced; a subgradient search raises the bound, and its sites are begun from again.

    L(price) = sum over i of price[i] + sum over the p lowest worth[j],    worth[j] = sum over i of min(0, cost[i,j] - price[i])

3. Branch and bound: a site is open, or closed; prices settle what no better solution can have or lack.

Source: Whitaker 1983, INFOR 21(2), 95-108 (interchange); Narula, Ogbu and Samuelsson 1977, Operations Research 25(4), 709-713 (bound);
Beasley 1985, European Journal of Operational Research 21(2), 270-273 (search).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from evplan.errors import InputError

BEGINNINGS, STEPS, STEPS_LATER, PATIENCE = 4, 1500, 120, 25


@dataclass(frozen=True)
class Sited:
    """Sites that were chosen, what they come to, and its bound."""

    sites: np.ndarray
    value: float
    bound: float


def p_median(
    distance: np.ndarray, p: int, weight: np.ndarray | None = None, time_limit_s: float = 600.0, seed: int = 0
) -> Sited:
    """Return the best p sites. distance : from everybody to every site, shape (n, sites).  weight : of everybody.

    Raises: InputError for a p that is not from 1 to the number of sites.
    """
    cost = distance if weight is None else distance * weight[:, None]
    count = cost.shape[1]
    if not 1 <= p <= count:
        raise InputError(f"p must be from 1 to {count} (got {p})")
    random = np.random.default_rng(seed)
    best = min(
        (interchange(cost, random.choice(count, p, replace=False)) for _ in range(BEGINNINGS)), key=lambda one: one[1]
    )
    unit = 1.0 if (cost == np.rint(cost)).all() else 0.0  # whole distances: a better solution is better by one
    search = _Search(cost, p, unit, best[0], best[1], time.perf_counter() + time_limit_s)
    own = np.sort(cost, axis=1)
    bound = search.branch(own[:, min(1, count - 1)].copy())
    return Sited(np.sort(search.sites), search.value, search.value if bound >= search.aim else bound)


def interchange(cost: np.ndarray, sites: np.ndarray) -> tuple[np.ndarray, float]:
    """Return sites from which no swap of one for another helps, and their cost."""
    sites = sites.copy()
    while True:
        own = cost[:, sites]
        order = np.argsort(own, axis=1, kind="stable")[:, :2]
        first = order[:, 0]
        rows = np.arange(len(cost))
        near = own[rows, first]
        second = own[rows, order[:, 1]] if len(sites) > 1 else np.full(len(cost), cost.max() + 1.0)
        gain = np.maximum(near[:, None] - cost, 0).sum(axis=0)
        kept = np.maximum(second[:, None] - np.maximum(near[:, None], cost), 0)
        by = np.argsort(first, kind="stable")
        starts = np.searchsorted(first[by], np.arange(len(sites)))
        size = np.bincount(first, minlength=len(sites))
        spared = np.add.reduceat(kept[by], np.minimum(starts, len(by) - 1), axis=0) * (size > 0)[:, None]
        lost = np.bincount(first, second - near, len(sites))
        profit = gain[None] - lost[:, None] + spared
        profit[:, sites] = -np.inf
        out, into = np.unravel_index(int(profit.argmax()), profit.shape)
        if profit[out, into] <= 1e-9 * max(near.sum(), 1e-9):
            return sites, float(near.sum())
        sites[out] = into


@dataclass
class _Search:
    """The best so far, and how it is bettered. state of a site : 1 open, -1 closed, 0 either."""

    cost: np.ndarray
    p: int
    unit: float
    sites: np.ndarray
    value: float
    until: float
    tried: set[bytes] = field(default_factory=set)

    @property
    def aim(self) -> float:
        """Return the bound from which on nothing better is left: whole numbers are better by one."""
        return self.value - self.unit * (1 - 1e-6) - 1e-9 * abs(self.value)

    def branch(self, price: np.ndarray) -> float:
        """Return a bound of all solutions, or of those that are better than the best. price : to begin from."""
        least, count = np.inf, self.cost.shape[1]
        left = [(-np.inf, price, np.zeros(count, int), STEPS)]  # bound known before, prices, state, steps
        while left:
            floor, price, state, steps = left.pop()
            if time.perf_counter() > self.until and steps != STEPS:
                least = min(least, floor)
                continue
            bound, price, state = self.raise_bound(price, state, steps)
            floor = max(floor, bound)
            if floor >= self.aim or time.perf_counter() > self.until:
                least = min(least, floor)
                continue
            worth = np.minimum(self.cost - price[:, None], 0.0).sum(axis=0)
            chosen = self._chosen(worth, state)
            open_ = chosen[state[chosen] == 0]
            if not len(open_) or int((state == 0).sum()) == len(open_):
                least = min(least, max(floor, self._only(chosen)))
                continue
            site = int(open_[np.argmin(worth[open_])])
            for side in (1, -1):  # closed is tried first
                further = state.copy()
                further[site] = side
                left.append((floor, price, further, STEPS_LATER))
        return min(least, self.aim)

    def raise_bound(self, price: np.ndarray, state: np.ndarray, steps: int) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the highest bound of a state, its prices, and the state with what they settle."""
        step, idle, bound, top = 2.0 if steps == STEPS else 0.5, 0, -np.inf, price
        may = np.flatnonzero(state >= 0)
        cost = self.cost[:, may]
        for _ in range(steps):
            saved = np.minimum(cost - price[:, None], 0.0)
            chosen = self._chosen(saved.sum(axis=0), state[may])
            value = float(price.sum() + saved[:, chosen].sum())
            idle = 0 if value > bound + 1e-4 * abs(bound) else idle + 1
            if value > bound:
                bound, top = value, price
                self._try(may[chosen])
            if bound >= self.aim or step < 1e-3:
                break
            if idle >= (PATIENCE if steps == STEPS else 8):
                step, idle = step / 2, 0
            slope = 1.0 - (saved[:, chosen] < 0).sum(axis=1)
            price = price + step * max(1.002 * self.value - value, 1e-9) / max(float(slope @ slope), 1e-9) * slope
        return bound, top, self._settled(bound, top, state)

    def _only(self, sites: np.ndarray) -> float:
        """Return the cost of the only sites that a state allows, which are kept if they are the best so far."""
        value = float(self.cost[:, sites].min(axis=1).sum())
        if len(sites) == self.p and value < self.value:
            self.sites, self.value = sites, value
        return value

    def _chosen(self, worth: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Return the open sites and those of the rest that are worth most, p together."""
        must, free = np.flatnonzero(state == 1), np.flatnonzero(state == 0)
        more = min(self.p - len(must), len(free))
        rest = free[np.argpartition(worth[free], more - 1)[:more]] if more > 0 else free[:0]
        return np.concatenate([must, rest])

    def _settled(self, bound: float, price: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Return a state in which sites are closed, or open, that no better solution can have, or lack."""
        worth, free = np.minimum(self.cost - price[:, None], 0.0).sum(axis=0), np.flatnonzero(state == 0)
        more, room = self.p - int((state == 1).sum()), self.aim - bound
        if room <= 0 or more <= 0 or more >= len(free):
            return state
        order, made = np.sort(worth[free]), state.copy()
        made[free[worth[free] > order[more - 1] + room]] = -1
        made[free[worth[free] < order[more] - room]] = 1
        return made

    def _try(self, sites: np.ndarray) -> None:
        """Begin an interchange from sites, a new one each time, thirty times at most."""
        key = np.sort(sites).tobytes()
        if len(sites) == self.p and key not in self.tried and len(self.tried) < 30:
            self.tried.add(key)
            found = interchange(self.cost, sites)
            if found[1] < self.value:
                self.sites, self.value = found

"""Internal rates of return of many cash flows at once, each with a status that is never wrong in silence.

With x = 1 / (1 + r) the net present value is f(x) = sum of c_k x^k, and every rate above -100 % is a root x > 0. With
t = x / (1 + x) the same polynomial, up to a positive factor, has the Bernstein coefficients c_k / C(d, k) on 0 < t < 1. Their changes
of sign count the roots up to an even number: none means no root, one means one. Where there are more, the interval is cut
(de Casteljau) until every part has none or one. With one change of sign, P and N being the sums of its terms of either sign,
ln P(y) - ln N(y) rises with ln y, by at least one, so that Newton's method inside a bracket finds the root.

Source: Mourrain, Rouillier, Roy, The Bernstein basis and real root isolation, 2005 (isolation); Descartes' rule of signs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import comb

NONE, UNIQUE, SEVERAL = 0, 1, 2
STATUS = ("none", "unique", "several")
CUT = 0.4871  # where an interval is cut: no rate of return that anyone writes down lies just there (5.29 % below zero)
DEEPEST = 48  # cuts after which two roots count as one of multiplicity two, which is several
FARTHEST = 34.0  # of ln y: a rate between -99.9999999999999 % and 1e15 times the stake
QUICK, ROUNDS = 4, 80  # of Newton's method: for all at once, and for those that are not there yet
THERE = 1e-7  # of ln y: the step that was this small squares what is left
NOTHING = 1e-14  # of a flow's largest amount: what sums that cancel leave
PROBES = np.array([4.0, 1.0, 0.5, 0.25, 0.12, 0.05, -0.05, -0.2, -0.5])  # rates at which signs are looked at first
CHUNK = 1024  # flows that stay in the processor's cache together


@dataclass(frozen=True)
class Rates:
    """Rates of return of many cash flows.

    value : array, shape (n,)   The rate where `status` is UNIQUE, NaN elsewhere.
    status : array, shape (n,)   NONE, UNIQUE or SEVERAL; roots that arithmetic cannot tell apart are SEVERAL.
    """

    value: np.ndarray
    status: np.ndarray


def rates_of_return(flows: np.ndarray) -> Rates:
    """Return the rate, above -100 %, at which each cash flow is worth nothing, and whether it is the only one.

    flows : array, shape (periods, n)   Amounts at the end of periods 0, 1, ...; the rate is per period.
    """
    flows = np.asarray(flows, float)
    degree, count = len(flows) - 1, flows.shape[1]
    scaled = flows / np.maximum(np.abs(flows).max(axis=0), np.finfo(float).tiny)
    scaled[np.abs(scaled) < NOTHING] = 0.0
    bernstein = scaled / comb(degree, np.arange(degree + 1))[:, None]
    changes = _changes(bernstein)
    status = np.minimum(changes, SEVERAL).astype(np.int8)
    low, high, unsure = np.zeros(count), np.ones(count), np.flatnonzero(changes > 1)
    parts = (unsure[begin : begin + CHUNK] for begin in range(0, len(unsure), CHUNK))
    unsure = np.concatenate([unsure[:0], *(own[_seen(scaled[:, own]) < 2] for own in parts)])
    if len(unsure):
        status[unsure], low[unsure], high[unsure], bernstein[:, unsure] = _isolated(bernstein[:, unsure])
    value, single = np.full(count, np.nan), np.flatnonzero(status == UNIQUE)
    if len(single):
        t = low[single] + (high[single] - low[single]) * _root(bernstein[:, single])
        value[single] = _polished((1 - t) / t - 1, scaled[:, single])
    return Rates(value, status)


def _changes(coefficients: np.ndarray) -> np.ndarray:
    """Return the changes of sign down each column, zeros left out."""
    below = coefficients < 0
    if not (coefficients == 0).any():
        return np.count_nonzero(below[1:] != below[:-1], axis=0)
    sign = np.sign(coefficients).astype(np.int8)
    last, changes = sign[0].copy(), np.zeros(sign.shape[1], np.int64)
    for row in sign[1:]:
        changes += row * last < 0
        np.copyto(last, row, where=row != 0)
    return changes


def _seen(scaled: np.ndarray) -> np.ndarray:
    """Return how often the net present value is seen to change sign between some rates: at least so many roots there are."""
    powers = (1 / (1 + PROBES))[:, None] ** np.arange(len(scaled))
    worth = powers @ scaled
    worth[np.abs(worth) < 1e-12 * (powers @ np.abs(scaled))] = 0.0
    return _changes(np.vstack([scaled[:1], worth, scaled[-1:]]))


def _isolated(bernstein: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each column's status, and where it is UNIQUE an interval of t that holds its root, with the coefficients there."""
    count = bernstein.shape[1]
    roots, several = np.zeros(count, np.int64), np.zeros(count, bool)
    at_low, at_high, at = np.zeros(count), np.ones(count), bernstein.copy()
    owner, low, high, part = np.arange(count), np.zeros(count), np.ones(count), bernstein
    for _ in range(DEEPEST):
        middle = low + CUT * (high - low)
        part, owner = _cut(part), np.concatenate([owner, owner])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        changes = _changes(part)
        alone = np.flatnonzero(changes == 1)
        its = owner[alone]
        roots += np.bincount(its, minlength=count)
        at_low[its], at_high[its], at[:, its] = low[alone], high[alone], part[:, alone]
        odd = (changes > 1) & (part[0] * part[-1] < 0)
        several |= roots + np.bincount(owner, odd, minlength=count) > 1
        left = np.flatnonzero((changes > 1) & ~several[owner])
        owner, low, high, part = owner[left], low[left], high[left], part[:, left]
        if not len(owner):
            break
    several[owner] = True
    return np.where(several, SEVERAL, roots).astype(np.int8), at_low, at_high, at


def _cut(bernstein: np.ndarray) -> np.ndarray:
    """Return the coefficients of each column to the left of `CUT`, and after them to the right, by de Casteljau's scheme."""
    size, count = bernstein.shape
    both = np.empty((size, 2 * count))
    for begin in range(0, count, CHUNK):
        right = bernstein[:, begin : begin + CHUNK].copy()
        left = np.empty_like(right)
        left[0], work = right[0], np.empty_like(right)
        for j in range(1, size):
            rest, step = right[: size - j], work[: size - j]
            np.subtract(right[1 : size - j + 1], rest, out=step)
            step *= CUT
            rest += step
            left[j] = rest[0]
        end = begin + right.shape[1]
        both[:, begin:end], both[:, count + begin : count + end] = left, right
    return both


def _root(bernstein: np.ndarray) -> np.ndarray:
    """Return the one root, as a part of the interval, of each column, whose coefficients change sign once."""
    degree, count = len(bernstein) - 1, bernstein.shape[1]
    binomial, powers = comb(degree, np.arange(degree + 1))[:, None], np.arange(degree + 1.0)[:, None]
    place, late = np.zeros(count), []
    for begin in range(0, count, CHUNK):
        terms = binomial * bernstein[:, begin : begin + CHUNK]
        own = slice(begin, begin + terms.shape[1])
        place[own], moved = _newton(_sums(terms, powers), QUICK)
        late.append(begin + np.flatnonzero(~(moved <= THERE)))
    slow = np.concatenate(late)
    if len(slow):
        place[slow], _ = _newton(_sums(binomial * bernstein[:, slow], powers), ROUNDS)
    return 1 / (1 + np.exp(-place))


def _sums(terms: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Return the terms of P, N, y P' and y N', shape (degree + 1, 4, n): those after the change of sign, and those before it."""
    first = terms[0].copy()
    for row in terms[1:]:
        np.copyto(first, row, where=first == 0)
    rising = terms * -np.sign(first)
    sums = np.empty((len(terms), 4, terms.shape[1]))
    np.maximum(rising, 0.0, out=sums[:, 0])
    np.subtract(sums[:, 0], rising, out=sums[:, 1])
    np.multiply(sums[:, :2], powers[:, None], out=sums[:, 2:])
    return sums


def _newton(sums: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ln y after some rounds of Newton's method on ln P - ln N inside a bracket, and the last steps."""
    count = sums.shape[2]
    place, moved = np.zeros(count), np.full(count, np.inf)
    low, high = np.full(count, -FARTHEST), np.full(count, FARTHEST)
    for _ in range(rounds):
        up, down, up_slope, down_slope = _horner(sums, np.exp(place))
        off = np.log(up / down)
        step = place - off / (up_slope / up - down_slope / down)
        np.copyto(high, place, where=off >= 0)
        np.copyto(low, place, where=off <= 0)
        step = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        moved, place = np.abs(step - place), step
        if (moved <= THERE).all():
            break
    return place, moved


def _horner(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    value = coefficients[-1].copy()
    for row in coefficients[-2::-1]:
        value *= x
        value += row
    return value


def _polished(rate: np.ndarray, flows: np.ndarray) -> np.ndarray:
    """Return rates after one step of Newton's method on the cash flow itself, where that is small."""
    x = 1 / (1 + rate)
    worth, slope = _horner(flows, x), _horner(flows[1:] * np.arange(1.0, len(flows))[:, None], x)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = worth / slope
    use = np.abs(step) < 1e-6 * x  # not where the slope is lost in rounding
    return np.where(use, 1 / np.where(use, x - step, x) - 1, rate)

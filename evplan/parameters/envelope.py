"""Cumulative energy envelopes: what vehicles that stay can have got by the end of every step, at the earliest and the latest.

A vehicle that is there from a to d, takes p at most and wants e holds at time tau, of what it gets here,

    at most    min(e + spare, p (tau - a), e + g (d - tau))          as soon as possible
    at least   max(-out, e - p (d - tau), -g (tau - a))              as late as possible

where g, spare and out are 0 unless it gives energy back. Sums over the vehicles plugged in are walls between which what
they hold together must lie; whoever leaves takes e along. For one vehicle the walls say all there is to say; for several they
are a relaxation: energy may seem to move between vehicles (`solution/sharing.py` shares a plan out one by one). Times are
continuous: nothing is rounded to steps.

Stays that run past the end of their block go on at its beginning, as in `sessions.spread`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.parameters.clock import Clock
from evplan.parameters.fleet import Envelope, Stays

INSTANT_H = 1e-9  # a vehicle that stays no longer than this into a step has left before it
PARTS = ("upper_kwh", "lower_kwh", "leaving_kwh", "plugged_kw", "give_kw")


@dataclass(frozen=True)
class Present:
    """The vehicles of a year in the k-th step of their stay. who : their places; ages are hours since arrival."""

    who: np.ndarray
    step: np.ndarray
    begins_h: np.ndarray
    ends_h: np.ndarray
    stays_on: np.ndarray


def presences(stays: Stays, clock: Clock):
    """Yield the vehicles in the first step of their stay, those still there in the next, and so on."""
    who, step = np.arange(len(stays)), stays.step
    begins, ends, following = np.zeros(len(stays)), clock.step_h[stays.step] - stays.offset_h, clock.next_step
    while len(who):
        stay = stays.stay_h[who]
        on = stay > ends + INSTANT_H
        yield Present(who, step, begins, np.minimum(ends, stay), on)
        who, step, begins = who[on], following[step[on]], ends[on]
        ends = begins + clock.step_h[step]


def upper_kwh(stays: Stays, who: np.ndarray, age_h: np.ndarray) -> np.ndarray:
    """Return the most that vehicles hold after so long, kWh."""
    energy, left_h = stays.energy_kwh[who], stays.stay_h[who] - age_h
    top = np.minimum(energy + stays.spare_kwh[who], energy + stays.give_kw[who] * left_h)
    return np.minimum(top, stays.power_kw[who] * age_h)


def lower_kwh(stays: Stays, who: np.ndarray, age_h: np.ndarray) -> np.ndarray:
    """Return the least that vehicles hold after so long, kWh."""
    must = stays.energy_kwh[who] - stays.power_kw[who] * (stays.stay_h[who] - age_h)
    return np.maximum(np.maximum(-stays.out_kwh[who], must), -stays.give_kw[who] * age_h)


def soonest_kwh(stays: Stays, who: np.ndarray, age_h: np.ndarray) -> np.ndarray:
    """Return what vehicles that charge as soon as possible hold after so long, kWh."""
    return np.minimum(stays.energy_kwh[who], stays.power_kw[who] * age_h)


def wanted_kwh(stays: Stays, group: np.ndarray, groups: int, clock: Clock) -> np.ndarray:
    """Return the energy of each step if all charge as soon as possible, shape (groups, steps); it sums to what all want."""
    total = np.zeros(groups * clock.steps)
    for now in presences(stays, clock):
        got = soonest_kwh(stays, now.who, now.ends_h) - soonest_kwh(stays, now.who, now.begins_h)
        total += np.bincount(group[now.who] * clock.steps + now.step, got, len(total))
    return total.reshape(groups, clock.steps)


def envelope_of(stays: Stays, group: np.ndarray, groups: int, clock: Clock) -> dict[str, np.ndarray]:
    """Return the parts of one year's `Envelope`, each of shape (groups, steps). group : of each vehicle."""
    total = {name: np.zeros(groups * clock.steps) for name in PARTS}
    for now in presences(stays, clock):
        on, off = now.stays_on, ~now.stays_on
        there = (now.ends_h - now.begins_h) / clock.step_h[now.step]
        added = {
            "upper_kwh": (on, upper_kwh(stays, now.who[on], now.ends_h[on])),
            "lower_kwh": (on, lower_kwh(stays, now.who[on], now.ends_h[on])),
            "leaving_kwh": (off, stays.energy_kwh[now.who[off]]),
            "plugged_kw": (slice(None), stays.power_kw[now.who] * there),
            "give_kw": (slice(None), stays.give_kw[now.who] * there),
        }
        place = group[now.who] * clock.steps + now.step
        for name, (which, values) in added.items():
            total[name] += np.bincount(place[which], values, groups * clock.steps)
    return {name: series.reshape(groups, clock.steps) for name, series in total.items()}


def envelopes(
    years: list[tuple[Stays, np.ndarray]], groups: int, clock: Clock
) -> tuple[Envelope | None, Envelope | None]:
    """Return envelopes of every modelled year's vehicles, each with its group: of those that only take, of those that also give.

    None where there are no such vehicles; if none come at all, the first says so.
    """

    def kind(willing: bool) -> Envelope:
        own = [stays.willing == willing for stays, _ in years]
        parts = [
            envelope_of(stays.of(mine), group[mine], groups, clock)
            for mine, (stays, group) in zip(own, years, strict=True)
        ]
        return Envelope(**{name: np.array([part[name] for part in parts]) for name in PARTS})

    giving = any(stays.willing.any() for stays, _ in years)
    taking = not giving or any(not stays.willing.all() for stays, _ in years)
    return kind(False) if taking else None, kind(True) if giving else None

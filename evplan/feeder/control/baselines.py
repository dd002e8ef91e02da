"""What is done today: no control, panels off, and greedy."""

from __future__ import annotations

import numpy as np

from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day


def nothing(day: Day) -> Operation:
    """Return no control: vehicles charge as they come, panels give what they can."""
    return Operation(day, "no control", at_once(day), np.zeros_like(day.panel_kw))


def panels_off(day: Day) -> Operation:
    """Return no control of vehicles, without panels."""
    return Operation(day, "panels off", at_once(day), day.panel_kw.copy())


def at_once(day: Day) -> np.ndarray:
    """Return charging at full power from arrival until there is enough, kW, shape (S, T)."""
    made = [_filled(day, s, np.arange(one.first, one.last)) for s, one in enumerate(day.sessions)]
    return np.array(made).reshape(len(day.sessions), day.study.horizon.steps)


def greedy(day: Day) -> Operation:
    """Return vehicles in the order of their arrival, each in the steps of its stay in which its phases carry least."""
    carried = np.zeros((3, day.study.horizon.steps))
    for customer, drawn in zip(day.customers, day.load.real / 1000, strict=True):
        for phase in customer.phases:
            carried[phase - 1] += drawn / len(customer.phases)
    for panel, given in zip(day.panels, day.panel_kw, strict=True):
        for phase in panel.phases:
            carried[phase - 1] -= given / len(panel.phases)
    charge = np.zeros((len(day.sessions), day.study.horizon.steps))
    for s in sorted(range(len(day.sessions)), key=lambda s: day.sessions[s].first):
        one = day.sessions[s]
        phases = [phase - 1 for phase in one.at.phases]
        stay = np.arange(one.first, one.last)
        order = stay[np.argsort(carried[phases].mean(axis=0)[stay], kind="stable")]
        charge[s] = _filled(day, s, order)
        carried[phases] += charge[s] / len(phases)
    return Operation(day, "greedy", charge, np.zeros_like(day.panel_kw))


def evenly(day: Day) -> Operation:
    """Return vehicles at the same power over their whole stay: the least that draws at once."""
    hours = np.array([day.hours * (one.last - one.first) for one in day.sessions])
    kw = np.array([one.possible(day.hours) for one in day.sessions]) / hours if len(hours) else hours
    return Operation(day, "evenly", kw[:, None] * day.there, np.zeros_like(day.panel_kw))


def _filled(day: Day, s: int, order: np.ndarray) -> np.ndarray:
    """Return a vehicle's power when it charges in steps in an order, at full power until there is enough, kW, shape (T,)."""
    one, made = day.sessions[s], np.zeros(day.study.horizon.steps)
    before = one.kw * day.hours * np.arange(len(order))
    made[order] = np.clip((one.possible(day.hours) - before) / day.hours, 0.0, one.kw)
    return made

"""The station around the vehicles: the grid, panels, a battery, and the peaks that are paid.

import, excess, export, spill_kwh[t], peak_kw[j]
charge, discharge, stored_kwh[t]         of the stationary battery

sum over v net + charge - discharge + base - solar = import + excess - export - spill     balance
stored[t] - stored[t-1] - efficiency charge + discharge / efficiency = 0, at the end as at the beginning    storage
import + excess <= step_h (so far[j] + peak[j])          in every step that j applies in   peak
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.schedule.problem import Problem

ALMOST = 0.999  # of what a battery can take until the end: so much it must not lack there


def add(block: Any, problem: Problem) -> None:
    """Add the station to a program that holds vehicles."""
    steps = (problem.steps,)
    block.import_kwh = Columns(steps, upper=problem.limit_kwh)
    block.excess_kwh = Columns(steps)
    block.export_kwh = Columns(steps, upper=problem.export_kwh)
    block.spill_kwh = Columns(steps, upper=problem.solar_kwh)
    if problem.battery is not None:
        _battery(block, problem)
    _balance(block, problem)
    if problem.demand:
        _peaks(block, problem)


def _battery(block: Any, problem: Problem) -> None:
    """Add the stationary battery."""
    battery, steps = problem.battery, problem.steps
    assert battery is not None
    power = problem.step_h * battery.power_kw
    block.charge_kwh, block.discharge_kwh = Columns((steps,), upper=power), Columns((steps,), upper=power)
    begins = problem.begun.stored_kwh if problem.begun else battery.stored_kwh
    refilled = begins + battery.efficiency * power * steps * ALMOST
    ends = np.where(np.arange(steps) == steps - 1, min(battery.stored_kwh, refilled), 0.0)
    block.stored_kwh = Columns((steps,), lower=ends, upper=battery.energy_kwh)
    stored, first = each(block.stored_kwh), np.arange(steps) == 0
    before = stored[np.maximum(np.arange(steps) - 1, 0)] * np.where(first, 0.0, 1.0) + begins * first
    kept = battery.efficiency * each(block.charge_kwh) - each(block.discharge_kwh) * (1 / battery.efficiency)
    block.storage = Rows(stored - before - kept == 0, doc="the battery keeps what it gets")
    earns = problem.price < 0
    if earns.any():
        block.fills = Columns(earns, upper=1.0, whole=True)
        fills = power * each(block.fills)
        block.only_fills = Rows(each(block.charge_kwh) - fills <= 0, earns, doc="it fills or it empties")
        block.only_empties = Rows(each(block.discharge_kwh) + fills <= power, earns, doc="and not both")


def _balance(block: Any, problem: Problem) -> None:
    """What comes goes, in every step."""
    net = (each(block.drawn_kwh) - each(block.given_kwh)).sum_by(problem.columns.step, problem.steps)
    if problem.battery is not None:
        net = net + each(block.charge_kwh) - each(block.discharge_kwh)
    grid = each(block.import_kwh) + each(block.excess_kwh) - each(block.export_kwh) - each(block.spill_kwh)
    block.balance = Rows(net + (problem.base_kwh - problem.solar_kwh) - grid == 0, doc="what comes goes")


def _peaks(block: Any, problem: Problem) -> None:
    """A demand charge counts the highest import inside it, above what the month has seen."""
    lines = problem.demand
    block.peak_kw = Columns((len(lines),))
    drawn = each(block.import_kwh) + each(block.excess_kwh)
    applies = np.array([line.applies for line in lines])
    so_far = np.array([line.so_far_kw for line in lines])[:, None]
    paid = each(block.peak_kw)[np.arange(len(lines))[:, None] + np.zeros_like(applies, int)]
    every = drawn[np.arange(problem.steps)[None, :] + np.zeros_like(applies, int)]
    block.peak = Rows(
        every - problem.step_h * paid - problem.step_h * so_far <= 0, applies, doc="the month's peak is paid"
    )

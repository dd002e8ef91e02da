"""The cheapest plan as a linear program: vehicles that draw and give, a stationary battery, panels, the grid and its peaks.

    drawn_kwh[k]       by a session in a step in which it is plugged in        0 <= . <= power * hours
    given_kwh[k]       back out of it, where its driver lets it                0 <= . <= power * hours
    level_kwh[k]       what its battery has gained by then                     -depth * battery <= . <= room
    short_kwh[v]       what a session lacks when it leaves                     0 <= . <= wanted
    charge, discharge, stored_kwh[t]    of the stationary battery
    import, excess, export, spill_kwh[t], peak_kw[j]

    sum of a session's gains + short = wanted                                                               service
    level[k] - level[k-1] - efficiency drawn[k] + given[k] / giving efficiency = 0                           level
    sum over v (drawn - given) + charge - discharge + base - solar = import + excess - export - spill       balance
    stored[t] - stored[t-1] - efficiency charge + discharge / efficiency = 0, stored at the end as at the beginning    storage
    import + excess <= step_h (so far[j] + peak[j])                          in every step that j applies in      peak

    minimise  price (import + excess) + excess price excess - export price export + per kW peak + wear + short price short

No row asks that a vehicle or the battery not both take and give: losses make it dear, unless energy has a negative price.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.linear.affine import Affine, Total, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.schedule.problem import Problem


def model(problem: Problem) -> Any:
    """Return the linear program of a problem."""
    block = pyo.ConcreteModel()
    _vehicles(block, problem)
    _site(block, problem)
    if problem.battery is not None:
        _battery(block, problem)
    _balance(block, problem)
    if problem.demand:
        _peaks(block, problem)
    block.cost = Affine(()) + sum(_costs(block, problem), Affine((), 0.0))
    block.goal = pyo.Objective(expr=Total(block.cost))
    return block


def _vehicles(block: Any, problem: Problem) -> None:
    """Add what vehicles draw, give, hold and lack."""
    session, count = problem.columns.session, len(problem.sessions)
    gives = problem.gives[session]
    block.drawn_kwh = Columns((len(session),), upper=problem.most_kwh)
    block.given_kwh = Columns(gives, upper=np.where(gives, problem.most_kwh, 0.0))
    block.short_kwh = Columns((count,), upper=problem.want_kwh)
    out = problem.giving.efficiency if problem.giving else 1.0
    gain = problem.efficiency * each(block.drawn_kwh) - each(block.given_kwh) * (1 / out)
    block.service = Rows(
        gain.sum_by(session, count) + each(block.short_kwh) == problem.want_kwh,
        doc="what a session gets and what it lacks is what it wants",
    )
    if gives.any():
        least, most = problem.level_walls
        block.level_kwh = Columns(gives, lower=least[session], upper=most[session])
        level, begins = each(block.level_kwh), np.append(True, session[1:] != session[:-1])
        before = level[np.maximum(np.arange(len(session)) - 1, 0)] * np.where(begins, 0.0, 1.0)
        block.level = Rows(level - before - gain == 0, gives, doc="a battery keeps what it gets")


def _site(block: Any, problem: Problem) -> None:
    """Add the grid and the panels."""
    steps = (problem.steps,)
    block.import_kwh = Columns(steps, upper=problem.limit_kwh)
    block.excess_kwh = Columns(steps)
    block.export_kwh = Columns(steps, upper=problem.export_kwh)
    block.spill_kwh = Columns(steps, upper=problem.solar_kwh)


def _battery(block: Any, problem: Problem) -> None:
    """Add the stationary battery."""
    battery, steps = problem.battery, problem.steps
    assert battery is not None
    power = problem.step_h * battery.power_kw
    block.charge_kwh, block.discharge_kwh = Columns((steps,), upper=power), Columns((steps,), upper=power)
    ends = np.where(np.arange(steps) == steps - 1, battery.stored_kwh, 0.0)
    block.stored_kwh = Columns((steps,), lower=ends, upper=battery.energy_kwh)
    stored, first = each(block.stored_kwh), np.arange(steps) == 0
    before = stored[np.maximum(np.arange(steps) - 1, 0)] * np.where(first, 0.0, 1.0) + battery.stored_kwh * first
    kept = battery.efficiency * each(block.charge_kwh) - each(block.discharge_kwh) * (1 / battery.efficiency)
    block.storage = Rows(stored - before - kept == 0, doc="the battery keeps what it gets")


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


def _costs(block: Any, problem: Problem) -> list[Affine]:
    """Return what is minimised, part by part."""
    found = [
        problem.price * each(block.import_kwh),
        (problem.price + problem.excess_price) * each(block.excess_kwh),
        -1.0 * problem.export_price * each(block.export_kwh),
        problem.short_price * each(block.short_kwh),
    ]
    if problem.giving is not None:
        found.append(problem.giving.wear_per_kwh * each(block.given_kwh))
    if problem.battery is not None:
        found.append(problem.battery.wear_per_kwh * each(block.discharge_kwh))
    if problem.demand:
        found.append(np.array([line.per_kw for line in problem.demand]) * each(block.peak_kw))
    return [part.sum() for part in found]

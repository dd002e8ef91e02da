"""What vehicles draw, give, hold and lack.

    drawn_kwh[k]       by a session in a step in which it is plugged in        0 <= . <= power * hours
    given_kwh[k]       back out of it, where its driver lets it                0 <= . <= power * hours
    level_kwh[k]       what its battery has gained by then                     -depth * battery <= . <= room
    short_kwh[v]       what a session lacks when it leaves                     0 <= . <= wanted
    over_kwh[v]        what a least time would bring beyond the wish; a vehicle that is full stops by itself

    sum of a session's gains + short - over = wanted                                          service
    level[k] - level[k-1] - efficiency drawn[k] + given[k] / giving efficiency = 0, or what it had got before    level
    drawn[k] <= most[k] (first + second SoC[k]), SoC at the step's end                        taper

That a vehicle or the battery does not both take and give follows from losses where energy costs something; where it earns, whole
numbers (draws, fills) say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.schedule.problem import Problem


def add(block: Any, problem: Problem) -> None:
    """Add vehicles to a program."""
    session, count = problem.columns.session, len(problem.sessions)
    gives = problem.gives[session]
    block.drawn_kwh = Columns((len(session),), upper=problem.most_kwh)
    block.given_kwh = Columns(gives, upper=np.where(gives, problem.most_kwh, 0.0))
    block.short_kwh = Columns((count,), upper=np.maximum(problem.want_kwh + problem.got_kwh, 0.0))
    block.over_kwh = Columns((count,), upper=over_kwh(problem))
    gain = gain_of(block, problem)
    block.service = Rows(
        gain.sum_by(session, count) + each(block.short_kwh) - each(block.over_kwh) == problem.want_kwh,
        doc="what a session gets and what it lacks is what it wants",
    )
    both = gives & (problem.price < 0)[problem.columns.step]
    if both.any():
        block.draws = Columns(both, upper=1.0, whole=True)
        draws = problem.most_kwh * each(block.draws)
        block.only_draws = Rows(each(block.drawn_kwh) - draws <= 0, both, doc="a vehicle draws or gives")
        block.only_gives = Rows(each(block.given_kwh) + draws <= problem.most_kwh, both, doc="and not both")
    held = gives | problem.tapers[session]
    if held.any():
        _level(block, problem, held, gain)


def gain_of(block: Any, problem: Problem) -> Affine:
    """Return what each column adds to its vehicle's battery, kWh."""
    out = problem.giving.efficiency if problem.giving else 1.0
    return problem.efficiency * each(block.drawn_kwh) - each(block.given_kwh) * (1 / out)


def over_kwh(problem: Problem) -> np.ndarray:
    """Return what may be drawn beyond each session's wish, kWh into its battery, shape (sessions,): a vehicle that is full stops by itself.

    That is less than the least power brings in the least time.
    """
    least_on = problem.points.least_on if problem.points.least_on > 1 else 0
    return problem.efficiency * problem.step_h * least_on * problem.sessions.min_kw


def before(values: Affine, session: np.ndarray) -> Affine:
    """Return values of the column before, 0 where a session begins. session : of each column."""
    begins = np.append(True, session[1:] != session[:-1])
    return values[np.maximum(np.arange(len(session)) - 1, 0)] * np.where(begins, 0.0, 1.0)


def _level(block: Any, problem: Problem, held: np.ndarray, gain: Affine) -> None:
    """Add what batteries have gained, its walls, and the charging curve. held : columns whose session's level matters."""
    session, gives = problem.columns.session, problem.gives
    least, most = problem.level_walls
    lower, upper = np.where(gives, least, -np.inf)[session], np.where(gives, most, np.inf)[session]
    block.level_kwh = Columns(held, lower=lower, upper=upper)
    level = each(block.level_kwh)
    first = np.append(True, session[1:] != session[:-1])
    begins = np.where(first, problem.got_kwh[session], 0.0)
    block.level = Rows(level - before(level, session) - gain == begins, held, doc="a battery keeps what it gets")
    tapers = problem.tapers[session]
    if tapers.any():
        own = problem.sessions
        battery = np.where(problem.tapers, own.battery_kwh, 1.0)[session]
        soc = np.where(problem.tapers, own.arrival_soc, 0.0)[session]
        lines = np.array(problem.points.taper)[:, :, None]
        most = problem.most_kwh * (lines[:, 0] + lines[:, 1] * soc)
        every = np.zeros((len(lines), 1), int) + np.arange(len(session))
        slope = problem.most_kwh * lines[:, 1] / battery
        block.taper = Rows(
            each(block.drawn_kwh)[every] - slope * level[every] <= most,
            tapers & np.ones((len(lines), 1), bool),
            doc="power falls as a battery fills",
        )

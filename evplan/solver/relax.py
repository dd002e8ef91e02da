"""What a program without a plan lacks: one obligation lowered, or limits raised, by the least that helps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csc_array, hstack

from evplan.solver.compile import Program
from evplan.solver.highs import run
from evplan.solver.outcome import Options

LONGEST_S = 120.0  # for each question asked; an unanswered one is left out
NOISE_KW = 1e-3  # what the solver leaves of nothing
ROWS = {
    "grid": ("connection_choice",),
    "ports": ("queue_capacity", "full_capacity"),
    "contract": ("contracted_power",),
    "carbon": ("carbon_cap",),
    "sockets": ("ports_working",),
}  # what gives way, kW (of carbon: kg a year; of sockets: ports where vehicles stay) per unit
ROOM = {"battery": ("battery_room", "opened_battery", "battery_fixed_cost")}  # what more room gives, kWh per unit


def has_any(program: Program) -> bool:
    """Return whether the rows alone have a solution, whatever it costs, integers relaxed."""
    nothing = np.zeros(len(program.cost))
    relaxed = replace(program, cost=nothing, offset=0.0, integer=nothing.astype(bool))
    return run(relaxed, Options(0.0, LONGEST_S)).x is not None


def largest_share(program: Program, asked: float) -> float | None:
    """Return the largest `min_served` that has a plan, or None if even 0 has none.

    The obliged energy of each year becomes a share times what is wanted, and the share is maximised.
    """
    rows = rows_of(program, "min_served")
    if not len(rows) or asked <= 0:
        return None
    wanted = program.row_lower[rows] / asked
    share = csc_array((-wanted, (rows, np.zeros(len(rows), int))), shape=(program.matrix.shape[0], 1))
    lower = program.row_lower.copy()
    lower[rows] = 0.0
    relaxed = replace(
        program,
        matrix=csc_array(hstack([program.matrix, share])),
        cost=np.append(np.zeros(len(program.cost)), -1.0),
        offset=0.0,
        row_lower=lower,
        lower=np.append(program.lower, 0.0),
        upper=np.append(program.upper, 1.0),
        integer=np.zeros(len(program.cost) + 1, bool),
    )
    outcome = run(relaxed, Options(0.0, LONGEST_S))
    return None if outcome.x is None else max(0.0, float(outcome.x[-1]))


def missing(program: Program, limits: tuple[str, ...]) -> dict[str, float] | None:
    """Return how many kW more each limit needs, limits of 0 left out; None if giving way does not help.

    A kW more of ports is one of full power and of power within the waiting limit alike. Costs are dropped,
    so nothing keeps sizes from their largest and integers need not be enforced.
    """
    columns, owner, year = [], [], []
    for limit in limits:
        for index, rows in shared_rows(program, (ROWS | ROOM)[limit]).items():
            columns.append(
                csc_array((-np.ones(len(rows)), (rows, np.zeros(len(rows), int))), (program.matrix.shape[0], 1))
            )
            owner.append(limit)
            year.append(index[-1] if isinstance(index, tuple) else index)
    if not columns:
        return None
    added = len(columns)
    relaxed = replace(
        program,
        matrix=csc_array(hstack([program.matrix, *columns])),
        cost=np.append(np.zeros(len(program.cost)), np.ones(added)),
        offset=0.0,
        lower=np.append(program.lower, np.zeros(added)),
        upper=np.append(program.upper, np.full(added, np.inf)),
        integer=np.zeros(len(program.cost) + added, bool),
    )
    outcome = run(relaxed, Options(0.0, LONGEST_S))
    if outcome.x is None:
        return None
    by_year: dict[str, dict[Any, float]] = {limit: {} for limit in limits}
    for limit, y, kw in zip(owner, year, outcome.x[-added:], strict=True):
        by_year[limit][y] = by_year[limit].get(y, 0.0) + float(kw)
    return {limit: worst for limit in limits if (worst := max(by_year[limit].values(), default=0.0)) > NOISE_KW}


def shared_rows(program: Program, limits: tuple[str, ...]) -> dict[Any, np.ndarray]:
    """Return the rows of several limits by their index: one kW more gives way in all of them."""
    rows: dict[Any, list[int]] = {}
    for limit in limits:
        for i in rows_of(program, limit):
            rows.setdefault(program.rows.index_of(int(i)), []).append(int(i))
    return {index: np.array(found) for index, found in rows.items()}


def rows_of(program: Program, limit: str) -> np.ndarray:
    """Return the rows that belong to a constraint component."""
    return program.rows.of(limit)
